package inbox

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Plans are made when a database is new and live as long as their connections, so they must be right
// before there is anything to judge by.
func TestLookUpsUseTheirKeysOnANewDatabase(t *testing.T) {
	h := newHouse(t)
	id := uuid.New()
	h.in(func(tx tenant.Tx) error {
		for q, want := range map[string]string{
			`SELECT number FROM support_tickets WHERE tenant_id = $1 AND id = $2`:                                                "support_tickets_pkey",
			`SELECT id FROM ticket_comments WHERE tenant_id = $1 AND message_id = $2::text AND digest = '\x00'`:                  "ticket_comments_tenant_id_message_id_digest_key",
			`SELECT id FROM ticket_comments WHERE tenant_id = $1 AND message_id = ANY (ARRAY[$2::text, 'b'])`:                    "ticket_comments_tenant_id_message_id_digest_key",
			`SELECT id FROM ticket_comments WHERE tenant_id = $1 AND ticket_id = $2`:                                             "ticket_comments_ticket",
			`SELECT id FROM ticket_comments WHERE tenant_id = $1 AND id = $2`:                                                    "ticket_comments_pkey",
			`SELECT email FROM users.tenant_users WHERE tenant_id = $1 AND user_id = $2`:                                         "tenant_users_pkey",
			`SELECT id FROM inbound_messages WHERE tenant_id = $1 AND id = $2`:                                                   "inbound_messages_pkey",
			`SELECT comment_id FROM comment_references WHERE tenant_id = $1 AND ref = ANY (ARRAY[$2::text, 'b'])`:                "comment_references_pkey",
			`SELECT id FROM support_tickets WHERE tenant_id = $1 AND subject_key = $2::text ORDER BY number DESC LIMIT 50`:       "support_tickets_subject",
			`SELECT role FROM ticket_participants WHERE tenant_id = $1 AND ticket_id = $2 AND email_key = ANY (ARRAY['a', 'b'])`: "ticket_participants_pkey",
			`SELECT bytes FROM blobs WHERE tenant_id = $1 AND digest = convert_to($2::text, 'UTF8')`:                             "blobs_pkey",
			`SELECT digest FROM message_blobs WHERE tenant_id = $1 AND inbound_id = $2`:                                          "message_blobs_pkey",
			`SELECT id FROM outgoing_messages WHERE tenant_id = $1 AND id = $2`:                                                  "outgoing_messages_pkey",
			`SELECT id FROM outgoing_messages WHERE tenant_id = $1 AND comment_id = $2`:                                          "outgoing_messages_tenant_id_comment_id_key",
		} {
			rows, _ := tx.Query(t.Context(), `EXPLAIN `+q, h.tenant, id) // CollectRows reports the error.
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			if text := strings.Join(plan, "\n"); !strings.Contains(text, " using "+want+" ") && !strings.Contains(text, " on "+want+" ") {
				t.Errorf("%s\ndoes not use %s:\n%s", q, want, text)
			}
		}
		return nil
	})
}
