package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// ErrDelivered means that everybody to whom a mail was to go got it, as far as their servers said.
var ErrDelivered = errors.New("everybody got the mail")

// SendAgain has the mail of an answer that failed, came back or was refused for some leave once more at a time, to those
// who did not get it, for as long as a new one is tried. It returns the job for it, which the caller queues. ErrDelivered
// where all got it, ErrNoRecipient where it was to go to nobody, and else the errors of Schedule.
func (o *Outbox) SendAgain(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, at time.Time, by tickets.Actor) (jobs.Insert, error) {
	ticket, err := tickets.LockOf(ctx, tx, comment)
	if err != nil {
		return jobs.Insert{}, err
	}
	var id OutgoingID
	var to, cc, settled, refused, bounced []string
	err = tx.QueryRow(ctx, `SELECT id, recipients, cc, settled, refused, bounced FROM outgoing_messages
		WHERE tenant_id = $1 AND comment_id = $2 AND state IN ('failed', 'bounced', 'sent') FOR UPDATE SKIP LOCKED`, tx.Tenant(), comment).
		Scan(&id, &to, &cc, &settled, &refused, &bounced)
	if errors.Is(err, pgx.ErrNoRows) {
		return jobs.Insert{}, o.decided(ctx, tx, comment, "")
	}
	if err != nil {
		return jobs.Insert{}, fmt.Errorf("look up who did not get the mail of comment %s: %w", comment, err)
	}
	all := addressesOf(append(to, cc...))
	got := slices.DeleteFunc(settled, func(r string) bool {
		return named(refused, r) || named(bounced, r) || len(all) == 1 && len(bounced) > 0
	})
	missing := false
	for _, a := range all {
		missing = missing || !slices.Contains(got, a.Email)
	}
	switch {
	case len(all) == 0:
		return jobs.Insert{}, ErrNoRecipient
	case !missing:
		return jobs.Insert{}, fmt.Errorf("mail of comment %s: %w", comment, ErrDelivered)
	}
	// It counts as tried: who got it cannot be made not to have got it, so it cannot be taken back.
	_, err = tx.Exec(ctx, `UPDATE outgoing_messages SET state = 'queued', detail = '', settled = $3, refused = '{}', bounced = '{}',
			send_at = $4, retry_at = NULL, sent_at = NULL, attempts = 1 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, got, at)
	if err != nil {
		return jobs.Insert{}, fmt.Errorf("send the mail of comment %s again: %w", comment, err)
	}
	return sendJob(tx.Tenant(), id, at),
		o.cfg.Desk.Record(ctx, tx, tickets.Event{TicketID: ticket, Actor: by, Kind: tickets.DeliveryChanged, To: "queued", Subject: &comment.UUID})
}

// named says whether one of the lines about refusals and bounces is about a recipient, who stands first in it.
func named(lines []string, recipient string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		rest, ok := strings.CutPrefix(line, recipient)
		return ok && (strings.HasPrefix(rest, ": ") || strings.HasPrefix(rest, ", forwarded to "))
	})
}

// Cure says what a member can do about an answer that did not arrive, by what mail servers said of it.
func Cure(said string) string {
	switch machine.ReadReply("", said, true).Reason {
	case machine.NoSuchAddress, machine.NoSuchDomain, machine.Moved, machine.NoMail:
		return "The address is wrong or gone: ask the customer for another one, or reach them in another way. Sending it again helps only once the address works."
	case machine.MailboxFull, machine.Disabled:
		return "The customer's mailbox takes no mail for now: reach them in another way, or send it again in a day or two."
	case machine.TooLarge:
		return "The mail is too large for the mail server: answer again with fewer or smaller files, or put them where the customer can fetch them."
	case machine.Rejected, machine.Spam, machine.Content:
		return "The mail server turned it down by its rules: answer again in other words, without links and files. Where that happens often, an administrator should look at SPF and DKIM of your domain."
	case machine.Expired, machine.Network, machine.SystemFault, machine.MailLoop, machine.RateLimited:
		return "The mail server could not be reached or had a fault: send it again when that is over."
	}
	return "`customerdesk doctor` checks the mail server. When it works again, send the answer again."
}
