package inbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// FoldedLines returns of each mail that comments of a ticket came by how many lines with text it has beyond those
// of its comment: quoted history, signatures and footers. Mails without any are left out, and so are those that cannot
// be read.
func FoldedLines(ctx context.Context, tx tenant.Tx, id tickets.ID) (map[uuid.UUID]int, error) {
	folded := map[uuid.UUID]int{}
	// What stands in the mail itself is enough: files are no text.
	rows, _ := tx.Query(ctx, `SELECT i.id, i.raw, k.text FROM ticket_comments k
		JOIN inbound_messages i ON i.tenant_id = k.tenant_id AND i.id = k.inbound_id
		WHERE k.tenant_id = $1 AND k.ticket_id = $2 AND i.raw IS NOT NULL`, tx.Tenant(), id) // ForEachRow reports the error.
	var inbound uuid.UUID
	var raw []byte
	var text string
	_, err := pgx.ForEachRow(rows, []any{&inbound, &raw, &text}, func() error {
		m, err := readWithin(ctx, raw, listTime)
		if err != nil {
			return nil //nolint:nilerr // it was stored by a version that could read it
		}
		if n := linesOf(m.FullText) - linesOf(text); n > 0 {
			folded[inbound] = n
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the mails of ticket %s: %w", id, err)
	}
	return folded, nil
}

// linesOf counts the lines of a text that are not blank.
func linesOf(text string) (n int) {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n
}

// Addressees are whom one mail went to, or is to go to.
type Addressees struct{ To, Cc []mail.Address }

// AddresseesOf returns whom the answers on a ticket go to, by the comment that each is.
func AddresseesOf(ctx context.Context, tx tenant.Tx, id tickets.ID) (map[tickets.CommentID]Addressees, error) {
	list := map[tickets.CommentID]Addressees{}
	rows, _ := tx.Query(ctx, `SELECT comment_id, recipients, cc FROM outgoing_messages WHERE tenant_id = $1 AND ticket_id = $2`, tx.Tenant(), id)
	var comment tickets.CommentID
	var to, cc []string
	_, err := pgx.ForEachRow(rows, []any{&comment, &to, &cc}, func() error {
		list[comment] = Addressees{To: addressesOf(to), Cc: addressesOf(cc)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up whom the answers on ticket %s go to: %w", id, err)
	}
	return list, nil
}
