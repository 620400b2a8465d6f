package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Participant is somebody who gets the answers on a ticket.
type Participant struct {
	Email string
	Name  string
	Role  string // requester, to, cc or guest
}

// Guest is the role of somebody who wrote to a ticket without having a part in it: they get no copies.
const Guest = "guest"

// Participants returns those who take part in a ticket: the requester first, then by address.
func Participants(ctx context.Context, tx tenant.Tx, id ID) ([]Participant, error) {
	rows, _ := tx.Query(ctx, `SELECT email, name, role FROM ticket_participants
		WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY role <> 'requester', email_key`, tx.Tenant(), id)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Participant])
	if err != nil {
		return nil, fmt.Errorf("participants of ticket %s: %w", id, err)
	}
	return list, nil
}

// addParticipant reports whether it changed something: a guest may become more, nobody becomes less.
func addParticipant(ctx context.Context, tx tenant.Tx, id ID, p Participant) (news bool, err error) {
	ct, err := tx.Exec(ctx, `INSERT INTO ticket_participants AS p (tenant_id, ticket_id, email_key, email, name, role)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, ticket_id, email_key)
		DO UPDATE SET role = excluded.role WHERE p.role = 'guest' AND excluded.role <> 'guest'`,
		tx.Tenant(), id, tenant.AddressKey(p.Email), p.Email, p.Name, p.Role)
	if err != nil {
		return false, fmt.Errorf("add participant: %w", err)
	}
	return ct.RowsAffected() == 1, nil
}

func queueParticipant(b *pgx.Batch, tx tenant.Tx, id ID, p Participant) {
	b.Queue(`INSERT INTO ticket_participants (tenant_id, ticket_id, email_key, email, name, role)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		tx.Tenant(), id, tenant.AddressKey(p.Email), p.Email, p.Name, p.Role)
}
