package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// messageKind says what a message shows.
type messageKind string

const (
	kindCard       messageKind = "card"       // subject: the ticket
	kindComment    messageKind = "comment"    // subject: the comment
	kindSuggestion messageKind = "suggestion" // subject: the suggestion
	kindNotice     messageKind = "notice"     // subject: made of what it is about
)

// A message is a row of slack_messages: where something is shown, or is about to be.
type message struct {
	ID        uuid.UUID
	TeamID    string
	ChannelID string
	Kind      messageKind
	Subject   uuid.UUID
	TicketID  *uuid.UUID
	TS        string // empty while it is not known to be posted
	Digest    []byte // of what is shown, or is being posted
	ByMember  bool   // a member's own message, which cannot be changed
	PostingAt *time.Time
}

const selectMessage = `
SELECT id, team_id, channel_id, kind, subject_id, ticket_id, coalesce(ts, '') AS ts, digest, by_member, posting_at
FROM slack_messages WHERE tenant_id = $1 `

// messageOf returns the row of a thing that is shown; found is false where there is none yet.
func messageOf(ctx context.Context, tx tenant.Tx, teamID string, kind messageKind, subject uuid.UUID) (m message, found bool, err error) {
	return oneMessage(ctx, tx, `AND team_id = $2 AND kind = $3 AND subject_id = $4`, teamID, kind, subject)
}

// cardUnderWay tells whether a card is being posted in a channel, since a time.
func cardUnderWay(ctx context.Context, tx tenant.Tx, teamID, channelID string, since time.Time) (yes bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM slack_messages WHERE tenant_id = $1 AND team_id = $4 AND channel_id = $2 AND ts IS NULL AND kind = 'card' AND posting_at > $3)`,
		tx.Tenant(), channelID, since, teamID).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("look for cards that are being posted: %w", err)
	}
	return yes, nil
}

// cardOf returns the row of a ticket's card, whichever workspace it is in.
func cardOf(ctx context.Context, tx tenant.Tx, ticket uuid.UUID) (m message, found bool, err error) {
	return oneMessage(ctx, tx, `AND kind = 'card' AND subject_id = $2`, ticket)
}

// placeCard chooses where a ticket's card is to be posted, which was not tried yet. Where somebody else did so
// meanwhile, or it was posted, that counts.
func placeCard(ctx context.Context, tx tenant.Tx, teamID, channelID string, ticket uuid.UUID) (message, error) {
	_, err := tx.Exec(ctx, `DELETE FROM slack_messages WHERE tenant_id = $1 AND kind = 'card' AND subject_id = $2 AND ts IS NULL AND posting_at IS NULL`, tx.Tenant(), ticket)
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO slack_messages (tenant_id, id, team_id, channel_id, kind, subject_id, ticket_id)
			VALUES ($1, $2, $3, $4, 'card', $5, $5) ON CONFLICT DO NOTHING`, tx.Tenant(), tenant.NewID(), teamID, channelID, ticket)
	}
	if err != nil {
		return message{}, fmt.Errorf("choose the place of a card: %w", err)
	}
	m, _, err := cardOf(ctx, tx, ticket)
	return m, err
}

// messageAt returns the row of a message in a workspace.
func messageAt(ctx context.Context, tx tenant.Tx, teamID, channelID, ts string) (m message, found bool, err error) {
	return oneMessage(ctx, tx, `AND team_id = $2 AND channel_id = $3 AND ts = $4`, teamID, channelID, ts)
}

func oneMessage(ctx context.Context, tx tenant.Tx, where string, args ...any) (m message, found bool, err error) {
	rows, _ := tx.Query(ctx, selectMessage+where, append([]any{tx.Tenant()}, args...)...) // CollectOneRow reports the error.
	m, err = pgx.CollectOneRow(rows, pgx.RowToStructByPos[message])
	if errors.Is(err, pgx.ErrNoRows) {
		return message{}, false, nil
	}
	if err != nil {
		return message{}, false, fmt.Errorf("look up a Slack message: %w", err)
	}
	return m, true, nil
}

// messagesOf returns the rows of all that is shown of a ticket, by subject and kind.
func messagesOf(ctx context.Context, tx tenant.Tx, teamID string, id tickets.ID) (map[shownKey]message, error) {
	rows, _ := tx.Query(ctx, selectMessage+`AND team_id = $2 AND ticket_id = $3`, tx.Tenant(), teamID, id)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[message])
	if err != nil {
		return nil, fmt.Errorf("look up the Slack messages of ticket %s: %w", id, err)
	}
	m := make(map[shownKey]message, len(list))
	for _, e := range list {
		m[shownKey{e.Kind, e.Subject}] = e
	}
	return m, nil
}

type shownKey struct {
	kind    messageKind
	subject uuid.UUID
}

// A claim is the right to post a message.
type claim struct {
	message
	// Before is when somebody else claimed it whose answer never came; nil for a first attempt.
	Before *time.Time
}

// claimMessage takes the right to post, making the row where it is missing. ok is false where the message
// has been posted or somebody else claimed it after stale; the row tells which.
func claimMessage(ctx context.Context, tx tenant.Tx, m message, now, stale time.Time) (c claim, ok bool, err error) {
	if _, err := tx.Exec(ctx, `INSERT INTO slack_messages (tenant_id, id, team_id, channel_id, kind, subject_id, ticket_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, team_id, kind, subject_id) DO NOTHING`,
		tx.Tenant(), tenant.NewID(), m.TeamID, m.ChannelID, m.Kind, m.Subject, m.TicketID); err != nil {
		return claim{}, false, fmt.Errorf("claim a Slack message: %w", err)
	}
	rows, _ := tx.Query(ctx, selectMessage+`AND team_id = $2 AND kind = $3 AND subject_id = $4 FOR UPDATE`,
		tx.Tenant(), m.TeamID, m.Kind, m.Subject)
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[message])
	if err != nil {
		return claim{}, false, fmt.Errorf("claim a Slack message: %w", err)
	}
	if row.TS != "" || row.PostingAt != nil && row.PostingAt.After(stale) {
		return claim{message: row}, false, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE slack_messages SET posting_at = $3, digest = $4 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), row.ID, now, m.Digest); err != nil {
		return claim{}, false, fmt.Errorf("claim a Slack message: %w", err)
	}
	c = claim{message: row, Before: row.PostingAt}
	c.Digest, c.PostingAt = m.Digest, &now
	return c, true, nil
}

// setChannel notes where a claimed message is about to be posted.
func setChannel(ctx context.Context, tx tenant.Tx, id uuid.UUID, channelID string) error {
	_, err := tx.Exec(ctx, `UPDATE slack_messages SET channel_id = $3 WHERE tenant_id = $1 AND id = $2 AND ts IS NULL`, tx.Tenant(), id, channelID)
	if err != nil {
		return fmt.Errorf("note the channel of a Slack message: %w", err)
	}
	return nil
}

// releaseMessage gives a claim back that was made at the time at; a newer one stays. to is the claim before,
// or nil where the message is known not to have been posted.
func releaseMessage(ctx context.Context, tx tenant.Tx, id uuid.UUID, at time.Time, to *time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE slack_messages SET posting_at = $4 WHERE tenant_id = $1 AND id = $2 AND ts IS NULL AND posting_at = $3`,
		tx.Tenant(), id, at, to)
	if err != nil {
		return fmt.Errorf("release a Slack message: %w", err)
	}
	return nil
}

// recordMessage writes down where a message stands in Slack. It returns the row as it is afterwards: its TS
// is another one where the message was posted twice. found is false where nothing is known of the id.
func recordMessage(ctx context.Context, tx tenant.Tx, id uuid.UUID, channelID, ts string, now time.Time) (m message, news, found bool, err error) {
	tag, err := tx.Exec(ctx, `UPDATE slack_messages SET ts = $3, channel_id = $4, posted_at = $5 WHERE tenant_id = $1 AND id = $2 AND ts IS NULL`,
		tx.Tenant(), id, ts, channelID, now)
	if err != nil {
		return message{}, false, false, fmt.Errorf("record a Slack message: %w", err)
	}
	m, found, err = oneMessage(ctx, tx, `AND id = $2`, id)
	return m, tag.RowsAffected() > 0, found, err
}

// adoptMessage writes down that a member's own message shows a comment.
func adoptMessage(ctx context.Context, tx tenant.Tx, m message, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO slack_messages (tenant_id, id, team_id, channel_id, kind, subject_id, ticket_id, ts, by_member, posted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, $9)`,
		tx.Tenant(), tenant.NewID(), m.TeamID, m.ChannelID, m.Kind, m.Subject, m.TicketID, m.TS, now)
	if err != nil {
		return fmt.Errorf("adopt a Slack message: %w", err)
	}
	return nil
}

// setDigest notes what a message shows now.
func setDigest(ctx context.Context, tx tenant.Tx, id uuid.UUID, digest []byte) error {
	_, err := tx.Exec(ctx, `UPDATE slack_messages SET digest = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, digest)
	if err != nil {
		return fmt.Errorf("note what a Slack message shows: %w", err)
	}
	return nil
}

// forgetTicket drops all rows of a ticket, so that it is shown anew: somebody deleted its card.
func forgetTicket(ctx context.Context, tx tenant.Tx, teamID string, id uuid.UUID) error {
	_, err := tx.Exec(ctx, `DELETE FROM slack_messages WHERE tenant_id = $1 AND team_id = $2 AND ticket_id = $3`, tx.Tenant(), teamID, id)
	if err != nil {
		return fmt.Errorf("forget the card of ticket %s: %w", id, err)
	}
	return nil
}

// forgetElsewhere drops the rows of a ticket's comments that are shown in the thread of another one.
func forgetElsewhere(ctx context.Context, tx tenant.Tx, id tickets.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM slack_messages m USING ticket_comments k
		WHERE m.tenant_id = $1 AND k.tenant_id = $1 AND k.ticket_id = $2 AND m.kind = 'comment' AND m.subject_id = k.id AND m.ticket_id <> $2`,
		tx.Tenant(), id)
	if err != nil {
		return fmt.Errorf("forget where the comments of ticket %s are shown: %w", id, err)
	}
	return nil
}
