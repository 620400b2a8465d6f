package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// ErrNoMessage means that the tenant has no such inbound message.
var ErrNoMessage = errors.New("no such message")

// ErrNotQuarantined means that a message was to be released or dropped that is not in quarantine.
var ErrNotQuarantined = errors.New("the message is not in quarantine")

// ErrNoRaw means that a message was not taken from its mailbox, mostly because it is too large.
var ErrNoRaw = errors.New("the mail itself was not taken, and is still in the mailbox")

// An Inbound is a mail as it was taken from a mailbox, in the shape of `message list --json`.
type Inbound struct {
	ID          uuid.UUID          `json:"id"`
	Mailbox     string             `json:"mailbox"`
	ReceivedAt  time.Time          `json:"received_at"`
	MessageID   string             `json:"message_id"`
	Subject     string             `json:"subject"`
	FromEmail   string             `json:"from_email"`
	FromName    string             `json:"from_name"`
	Class       machine.Class      `json:"class"`
	State       State              `json:"state"`
	Auth        tickets.Verdict    `json:"auth"` // on the sender
	AuthReason  string             `json:"auth_reason"`
	Ticket      *tickets.Number    `json:"ticket"`
	CommentID   *tickets.CommentID `json:"comment_id"`
	Text        string             `json:"text"`
	Signature   string             `json:"signature"`
	FullText    string             `json:"full_text"`
	Attachments []AttachmentInfo   `json:"attachments"`
	Failures    []machine.Failure  `json:"failures"` // what a bounce or a feedback report says of each recipient
	Error       string             `json:"error"`
	Size        int64              `json:"size"`
	// Where it lay in its mailbox when it came, and whether it was taken from there; it still lies there otherwise.
	Folder string `json:"folder"`
	UID    int64  `json:"uid"`
	Taken  bool   `json:"taken"`
}

// AttachmentInfo is an attachment in the shape of the JSON output.
type AttachmentInfo struct {
	Part        string `json:"part"` // path within the mail, as in IMAP's section numbers
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	Inline      bool   `json:"inline"`
	Danger      string `json:"danger"` // why it should not be opened without thought; empty where nothing is known
	Virus       string `json:"virus"`  // what the scanner found in it when the mail came; empty: nothing, or it was not asked
}

// read fills in what is not stored beside the raw mail but read from it; nothing where it cannot be read.
func (m *Inbound) read(ctx context.Context, raw []byte, found infections) {
	p, err := readWithin(ctx, raw, listTime)
	if err != nil {
		p = Message{}
	}
	m.Text, m.Signature, m.FullText = p.Text, p.Signature, p.FullText
	m.Attachments = make([]AttachmentInfo, 0, len(p.Attachments))
	if m.Class == machine.Bounce && p.back != nil {
		p.Failures = p.back.failures
	}
	m.Failures = append([]machine.Failure{}, p.Failures...)
	for _, a := range p.Attachments {
		m.Attachments = append(m.Attachments, AttachmentInfo{
			Part: a.Part, Name: a.Name, ContentType: a.ContentType, Size: a.Size, Inline: a.Inline, Danger: a.Danger,
		})
		found.mark(&m.Attachments[len(m.Attachments)-1])
	}
}

// infections are what was found in the parts of a mail when it came, by the scanner, too: three lists in step.
type infections struct{ parts, viruses, dangers []string }

func (f infections) mark(a *AttachmentInfo) {
	if i := slices.Index(f.parts, a.Part); i >= 0 {
		a.Virus, a.Danger = f.viruses[i], f.dangers[i]
	}
}

// A MessageFilter chooses messages. The zero value chooses all.
type MessageFilter struct {
	State   State
	Class   machine.Class
	Mailbox *MailboxID
	Limit   int // the newest ones only; 0: no limit
}

func (f MessageFilter) query(tx tenant.Tx) (q string, args []any) {
	where := ""
	args = []any{tx.Tenant()}
	add := func(cond string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(cond, len(args))
	}
	if f.State != "" {
		add(" AND i.state = $%d", f.State)
	}
	if f.Class != "" {
		add(" AND i.class = $%d", f.Class)
	}
	if f.Mailbox != nil {
		add(" AND i.mailbox_id = $%d", *f.Mailbox)
	}
	if f.Limit > 0 {
		add(` AND i.id IN (SELECT i.id FROM inbound_messages i WHERE i.tenant_id = $1`+where+` ORDER BY i.id DESC LIMIT $%d)`, f.Limit)
	}
	return selectInbound + where + ` ORDER BY i.id`, args
}

const selectInbound = `
SELECT i.id, b.address, i.received_at, i.message_id, i.subject, i.from_email, i.from_name, i.class, i.state, i.auth, i.auth_reason, t.number, i.comment_id, i.error, i.size, i.folder, i.uid,
       v.parts, v.viruses, v.dangers, ` + keptColumns + `
FROM inbound_messages i
JOIN mailboxes b ON b.tenant_id = i.tenant_id AND b.id = i.mailbox_id
LEFT JOIN ticket_comments k ON k.tenant_id = i.tenant_id AND k.id = i.comment_id
LEFT JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
LEFT JOIN LATERAL (
	SELECT array_agg(a.part ORDER BY a.id) AS parts, array_agg(a.virus ORDER BY a.id) AS viruses, array_agg(a.danger ORDER BY a.id) AS dangers
	FROM attachments a WHERE a.tenant_id = i.tenant_id AND a.comment_id = i.comment_id AND a.inbound_id = i.id AND (a.virus <> '' OR a.danger <> '')) v ON true` + joinKept + `
WHERE i.tenant_id = $1 `

// Messages calls each with every inbound message that f chooses, oldest first, one at a time: a mailbox's mail
// need not fit into memory.
func (in *Inbox) Messages(ctx context.Context, tx tenant.Tx, f MessageFilter, each func(Inbound) error) error {
	q, args := f.query(tx)
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return fmt.Errorf("list messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		m, _, err := in.scanInbound(ctx, tx.Tenant(), rows)
		if err != nil {
			return fmt.Errorf("list messages: %w", err)
		}
		if err := each(m); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list messages: %w", err)
	}
	return nil
}

// MessageByID returns one inbound message with its raw bytes, which are nil where it was too large to take;
// or ErrNoMessage.
func (in *Inbox) MessageByID(ctx context.Context, tx tenant.Tx, id uuid.UUID) (Inbound, []byte, error) {
	rows, err := tx.Query(ctx, selectInbound+`AND i.id = $2`, tx.Tenant(), id)
	if err != nil {
		return Inbound{}, nil, fmt.Errorf("message %s: %w", id, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return Inbound{}, nil, fmt.Errorf("message %s: %w", id, err)
		}
		return Inbound{}, nil, fmt.Errorf("message %s: %w", id, ErrNoMessage)
	}
	return in.scanInbound(ctx, tx.Tenant(), rows)
}

func (in *Inbox) scanInbound(ctx context.Context, owner tenant.ID, row pgx.CollectableRow) (Inbound, []byte, error) {
	var m Inbound
	var r keptRow
	var f infections
	err := row.Scan(append([]any{&m.ID, &m.Mailbox, &m.ReceivedAt, &m.MessageID, &m.Subject, &m.FromEmail, &m.FromName, &m.Class, &m.State, &m.Auth, &m.AuthReason,
		&m.Ticket, &m.CommentID, &m.Error, &m.Size, &m.Folder, &m.UID, &f.parts, &f.viruses, &f.dangers}, r.into()...)...)
	if err != nil {
		return Inbound{}, nil, err
	}
	m.Taken = r.raw != nil
	raw, err := in.whole(ctx, owner, r.kept())
	if err != nil {
		return Inbound{}, nil, err
	}
	m.read(ctx, raw, f)
	return m, raw, nil
}
