package inbox

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Verdicts come before mail is stored, since a thread must not be joined on the word of somebody who is not who
// they claim to be. What they need of DNS is asked for a whole batch at once and waited for briefly; a mail whose
// question is open by then is stored with the verdict unknown.

// An arrival is a message with what the verdict on its sender needs; nil where it has no bytes.
type arrival struct {
	Raw
	sender *origin.Letter
}

// arrivals prepares the verdicts on a batch.
func (in *Inbox) arrivals(ctx context.Context, batch []Raw) ([]arrival, error) {
	borders := make(map[MailboxID]origin.Border, 1)
	list := make([]arrival, len(batch))
	known := make([]*origin.Letter, 0, len(batch))
	for i, raw := range batch {
		list[i].Raw = raw
		if raw.Body == nil {
			continue
		}
		b, ok := borders[raw.Mailbox]
		if !ok {
			var err error
			if b, err = in.border(ctx, raw.Tenant, raw.Mailbox); err != nil {
				return nil, err
			}
			borders[raw.Mailbox] = b
		}
		at := raw.ReceivedAt
		if at.IsZero() {
			at = in.cfg.Clock()
		}
		list[i].sender = origin.Read(raw.Body, b, at)
		known = append(known, list[i].sender)
	}
	in.origin.Prepare(ctx, known...)
	return list, nil
}

// border is whom a mailbox trusts with Authentication-Results, also when it is removed meanwhile.
func (in *Inbox) border(ctx context.Context, owner tenant.ID, id MailboxID) (b origin.Border, err error) {
	err = tenant.In(ctx, in.cfg.Pool, owner, func(tx tenant.Tx) error {
		var url string
		var ids []string
		err := tx.QueryRow(ctx, `SELECT imap_url, auth_results FROM mailboxes WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id).Scan(&url, &ids)
		b = origin.BorderOf(url, ids)
		return ignoreNoRows(err)
	})
	if err != nil {
		return nil, fmt.Errorf("look up the mail servers that mailbox %s trusts: %w", id, err)
	}
	return b, nil
}

// judge puts the verdict on its sender into a message.
func (in *Inbox) judge(ctx context.Context, l *origin.Letter, m Message) (judged Message) {
	defer func() {
		if p := recover(); p != nil {
			in.cfg.Logger.ErrorContext(ctx, "checking a sender panicked", "panic", p, "stack", string(debug.Stack()))
			m.Auth, m.AuthReason = tickets.AuthUnknown, "the check broke off"
			judged = m
		}
	}()
	f := in.origin.Check(ctx, l, m.From.Email)
	m.Auth, m.AuthReason = f.Verdict, mail.Clean(f.Reason)
	return m
}

// doubt keeps a person's mail whose sender is not who they claim to be from joining a ticket: it opens one of its
// own, where Slack and the command line warn of it, and a member may merge the two. Nor does it leave anything by
// which mail to come would find it.
func doubt(m Message, f found) found {
	if m.Auth != tickets.AuthFail || m.Class != machine.Person && m.Class != machine.List {
		return f
	}
	if f.join != nil {
		f.verdict = offered(*f.join)
	}
	f.unseen = nil
	return f
}

// orUnknown is the verdict on a mail that could not be read so far.
func orUnknown(v tickets.Verdict) tickets.Verdict {
	if v == "" {
		return tickets.AuthUnknown
	}
	return v
}
