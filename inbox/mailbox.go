package inbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// MailboxKind says what mail to a mailbox is about.
type MailboxKind string

// The kinds of mailboxes.
const (
	SupportMailbox MailboxKind = "support"  // mail becomes tickets
	ArticleMailbox MailboxKind = "articles" // questions about articles
)

// ErrNoMailbox means that the tenant has no such mailbox.
var ErrNoMailbox = errors.New("no such mailbox")

// ErrNoSender means that the tenant has no mailbox at all, so that nothing can be sent.
var ErrNoSender = errors.New("there is no mailbox to send from")

// ErrMailboxExists means that the tenant has a mailbox with this address already.
var ErrMailboxExists = errors.New("there is a mailbox with this address already")

// credentialsColumn binds sealed credentials to where they are kept.
const credentialsColumn = "mailboxes.credentials"

// A Mailbox is an address that customers write to, and the servers behind it.
type Mailbox struct {
	ID       MailboxID
	Address  string
	Kind     MailboxKind
	FromName string   // shown as the sender of answers
	IMAP     string   // URL without credentials
	SMTP     string   // URL without credentials
	Folder   string   // INBOX where empty
	Folders  []string // further ones that mail is read from
	MoveTo   string   // folder for stored mail; empty: it stays
	Since    time.Time
	Paused   bool
	// AuthResults are the authserv-ids (RFC 8601) of the mail servers whose word on a sender counts; see
	// origin.BorderOf. Nil: those of the provider, if it is a known one.
	AuthResults []string
}

const selectMailbox = `SELECT id, address, kind, from_name, imap_url, smtp_url, folder, folders, move_to, since, paused, auth_results FROM mailboxes
WHERE tenant_id = $1 AND removed_at IS NULL `

// NewMailbox is what AddMailbox needs. Credentials are whatever the transport needs to log in; they are
// encrypted, and given back by MailboxCredentials.
type NewMailbox struct {
	Mailbox
	Credentials []byte
}

// AddMailbox adds a mailbox and has it watched. ErrMailboxExists where the address is taken.
func AddMailbox(ctx context.Context, tx tenant.Tx, box *secret.Box, n NewMailbox) (Mailbox, error) {
	m := n.Mailbox
	m.ID = MailboxID{tenant.NewID()}
	if !mail.ValidEmail(m.Address) {
		return Mailbox{}, fmt.Errorf("%q is no mail address", m.Address)
	}
	if m.Kind == "" {
		m.Kind = SupportMailbox
	}
	if m.Folder == "" {
		m.Folder = "INBOX"
	}
	sealed, err := box.Seal(tx.Tenant().String(), credentialsColumn, n.Credentials)
	if err != nil {
		return Mailbox{}, fmt.Errorf("encrypt credentials: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO mailboxes (tenant_id, id, address, address_key, kind, from_name, imap_url, smtp_url, credentials, folder, move_to, since,
			auth_results, folders)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, coalesce($13::text[], '{}'), coalesce($14::text[], '{}'))`,
		tx.Tenant(), m.ID, m.Address, tenant.AddressKey(m.Address), m.Kind, m.FromName, m.IMAP, m.SMTP, sealed, m.Folder, m.MoveTo, m.Since,
		m.AuthResults, m.Folders)
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.ConstraintName == "mailboxes_address" {
		return Mailbox{}, fmt.Errorf("add mailbox %s: %w", m.Address, ErrMailboxExists)
	}
	if err != nil {
		return Mailbox{}, fmt.Errorf("add mailbox %s: %w", m.Address, err)
	}
	return m, watch(ctx, tx, m.ID, true)
}

// watch puts a mailbox on the list of those that are polled, or takes it off.
func watch(ctx context.Context, tx tenant.Tx, id MailboxID, on bool) error {
	q := `DELETE FROM routing.mailboxes WHERE mailbox = $1 AND tenant = $2`
	if on {
		q = `INSERT INTO routing.mailboxes (mailbox, tenant) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	}
	if _, err := tx.Exec(ctx, q, id, tx.Tenant()); err != nil {
		return fmt.Errorf("route mailbox: %w", err)
	}
	return nil
}

// MailboxByAddress returns a mailbox, or ErrNoMailbox.
func MailboxByAddress(ctx context.Context, tx tenant.Tx, address string) (Mailbox, error) {
	m, err := oneMailbox(ctx, tx, `AND address_key = $2`, tenant.AddressKey(address))
	if err != nil {
		return Mailbox{}, fmt.Errorf("mailbox %s: %w", address, err)
	}
	return m, nil
}

// MailboxByID returns a mailbox, or ErrNoMailbox.
func MailboxByID(ctx context.Context, tx tenant.Tx, id MailboxID) (Mailbox, error) {
	m, err := oneMailbox(ctx, tx, `AND id = $2`, id)
	if err != nil {
		return Mailbox{}, fmt.Errorf("mailbox %s: %w", id, err)
	}
	return m, nil
}

// The mailboxes that mail of the tenant can leave from, and in what order they are taken where a ticket has
// none of its own. A paused mailbox takes no mail, but sends.
const (
	senders     = ` FROM mailboxes m WHERE m.tenant_id = $1 AND m.removed_at IS NULL `
	senderOrder = `m.kind <> 'support', m.paused, m.id`

	// joinSender is the mailbox that answers to the ticket t leave from: its own, also where that was removed
	// and added again, else the next in order; nulls where there is none.
	joinSender = `LEFT JOIN LATERAL (SELECT m.id, m.address, m.from_name, m.signed_replies` + senders + `ORDER BY m.address_key =
		(SELECT o.address_key FROM mailboxes o WHERE o.tenant_id = t.tenant_id AND o.id = t.mailbox_id) DESC NULLS LAST, ` + senderOrder + ` LIMIT 1) m ON true`
)

// DefaultMailbox returns the mailbox that answers leave from where a ticket has none of its own: the oldest for
// support that is not paused, else whatever there is. ErrNoSender where there is none.
func DefaultMailbox(ctx context.Context, tx tenant.Tx) (Mailbox, error) {
	m, err := oneMailbox(ctx, tx, `AND id = (SELECT m.id`+senders+`ORDER BY `+senderOrder+` LIMIT 1)`)
	if errors.Is(err, ErrNoMailbox) {
		return Mailbox{}, ErrNoSender
	}
	if err != nil {
		return Mailbox{}, fmt.Errorf("look for a mailbox to send from: %w", err)
	}
	return m, nil
}

func oneMailbox(ctx context.Context, tx tenant.Tx, where string, args ...any) (Mailbox, error) {
	rows, _ := tx.Query(ctx, selectMailbox+where, append([]any{tx.Tenant()}, args...)...) // CollectExactlyOneRow reports the error.
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Mailbox])
	if errors.Is(err, pgx.ErrNoRows) {
		return Mailbox{}, ErrNoMailbox
	}
	return m, err
}

// MailboxCredentials decrypts what was given to AddMailbox.
func MailboxCredentials(ctx context.Context, tx tenant.Tx, box *secret.Box, id MailboxID) ([]byte, error) {
	var sealed []byte
	err := tx.QueryRow(ctx, `SELECT credentials FROM mailboxes WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, tx.Tenant(), id).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("mailbox %s: %w", id, ErrNoMailbox)
	}
	if err != nil {
		return nil, fmt.Errorf("mailbox %s: %w", id, err)
	}
	plain, err := box.Open(tx.Tenant().String(), credentialsColumn, sealed)
	if err != nil {
		return nil, fmt.Errorf("credentials of mailbox %s: %w", id, err)
	}
	return plain, nil
}

// SetMailboxCredentials replaces the credentials of a mailbox.
func SetMailboxCredentials(ctx context.Context, tx tenant.Tx, box *secret.Box, id MailboxID, plain []byte) error {
	sealed, err := box.Seal(tx.Tenant().String(), credentialsColumn, plain)
	if err != nil {
		return fmt.Errorf("encrypt credentials: %w", err)
	}
	return changeMailbox(ctx, tx, id, `UPDATE mailboxes SET credentials = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, sealed)
}

// SetMailboxAuthResults sets whose word on a sender counts, see Mailbox.AuthResults; for mail to come.
func SetMailboxAuthResults(ctx context.Context, tx tenant.Tx, id MailboxID, ids []string) error {
	return changeMailbox(ctx, tx, id, `UPDATE mailboxes SET auth_results = coalesce($3::text[], '{}') WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, ids)
}

// RenameMailbox sets the name that stands before the address in answers.
func RenameMailbox(ctx context.Context, tx tenant.Tx, id MailboxID, name string) error {
	return changeMailbox(ctx, tx, id, `UPDATE mailboxes SET from_name = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, name)
}

// PauseMailbox stops the polling of a mailbox, or takes it up again; mail that comes meanwhile is taken
// then. Answers leave from a paused mailbox too.
func PauseMailbox(ctx context.Context, tx tenant.Tx, id MailboxID, paused bool) error {
	err := changeMailbox(ctx, tx, id, `UPDATE mailboxes SET paused = $3, last_error = '', failing_since = NULL
		WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, paused)
	if err != nil {
		return err
	}
	return watch(ctx, tx, id, !paused)
}

// RemoveMailbox takes a mailbox out of use and forgets its credentials. Its mail and tickets stay.
func RemoveMailbox(ctx context.Context, tx tenant.Tx, id MailboxID, at time.Time) error {
	err := changeMailbox(ctx, tx, id, `UPDATE mailboxes SET removed_at = $3, credentials = '' WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, at)
	if err != nil {
		return err
	}
	return watch(ctx, tx, id, false)
}

func changeMailbox(ctx context.Context, tx tenant.Tx, id MailboxID, q string, arg any) error {
	ct, err := tx.Exec(ctx, q, tx.Tenant(), id, arg)
	if err != nil {
		return fmt.Errorf("change mailbox %s: %w", id, err)
	}
	if ct.RowsAffected() == 0 {
		return fmt.Errorf("mailbox %s: %w", id, ErrNoMailbox)
	}
	return nil
}

// A Route says whose a mailbox is that is to be watched.
type Route struct {
	Tenant  tenant.ID
	Mailbox MailboxID
}

// A WatchedRoute is one that is watched now; Version changes with what a connection needs to know.
type WatchedRoute struct {
	Route
	Version int64
}

// Routes lists the mailboxes of all tenants that are neither paused nor removed.
func Routes(ctx context.Context, pool *pgxpool.Pool) ([]WatchedRoute, error) {
	rows, _ := pool.Query(ctx, `SELECT tenant, mailbox, version FROM routing.mailboxes ORDER BY mailbox`) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r WatchedRoute, err error) {
		err = row.Scan(&r.Tenant, &r.Mailbox.UUID, &r.Version)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list mailboxes of all tenants: %w", err)
	}
	return list, nil
}

// MailboxStatus is a mailbox with how it fares, in the shape of `mailbox list --json`.
type MailboxStatus struct {
	ID           uuid.UUID   `json:"-"`
	Address      string      `json:"address"`
	Kind         MailboxKind `json:"kind"`
	State        string      `json:"state"` // new (not polled yet), unauthorised, active, failing or paused
	LastPollAt   *time.Time  `json:"last_poll_at"`
	LastError    string      `json:"last_error"`
	FailingSince *time.Time  `json:"failing_since"`
	UIDValidity  int64       `json:"uid_validity"`
	LastUID      int64       `json:"last_uid"`
	Received     int64       `json:"received"`
	Quarantined  int64       `json:"quarantined"`
	// AuthResults are the authserv-ids whose word on a sender counts, set or known of the provider.
	AuthResults []string `json:"auth_results"`
	IMAP        string   `json:"-"` // URL without credentials
	// SignedReplies says whether answers ask for replies to an address with a signed tag; TestedAt when that
	// was tried.
	SignedReplies bool       `json:"signed_replies"`
	TestedAt      *time.Time `json:"tested_at"`
	// AuthorisedAt is when somebody let the service into a mailbox that takes access tokens.
	AuthorisedAt *time.Time     `json:"authorised_at"`
	Folders      []FolderStatus `json:"folders"`
}

// Mailboxes lists the mailboxes of the tenant, by address.
func Mailboxes(ctx context.Context, tx tenant.Tx) ([]MailboxStatus, error) {
	rows, _ := tx.Query(ctx, `
		SELECT m.id, m.address, m.kind,
		       CASE WHEN m.paused THEN 'paused' WHEN m.authorised_at IS NULL AND m.imap_url || m.smtp_url LIKE '%auth=%' THEN 'unauthorised' WHEN m.failing_since IS NOT NULL THEN 'failing' WHEN m.last_poll_at IS NULL THEN 'new' ELSE 'active' END,
		       m.last_poll_at, m.last_error, m.failing_since, coalesce(c.uid_validity, 0), coalesce(c.last_uid, 0), coalesce(n.all, 0), coalesce(n.bad, 0),
		       m.auth_results, m.imap_url, m.signed_replies, m.tested_at, m.authorised_at,
		       `+folderColumn+`
		FROM mailboxes m
		LEFT JOIN mailbox_cursors c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.id AND c.folder = m.folder
		LEFT JOIN LATERAL (SELECT count(*) AS all, count(*) FILTER (WHERE i.state = 'quarantined') AS bad
			FROM inbound_messages i WHERE i.tenant_id = m.tenant_id AND i.mailbox_id = m.id) n ON true
		WHERE m.tenant_id = $1 AND m.removed_at IS NULL ORDER BY m.address_key`, tx.Tenant())
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[MailboxStatus])
	if err != nil {
		return nil, fmt.Errorf("list mailboxes: %w", err)
	}
	for i, m := range list {
		list[i].AuthResults = append([]string{}, origin.BorderOf(m.IMAP, m.AuthResults)...)
	}
	return list, nil
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
