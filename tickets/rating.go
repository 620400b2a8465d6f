package tickets

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// The marks: from not satisfied at all to fully.
const (
	LeastScore = 1
	BestScore  = 5
)

// A Rating says how satisfied a customer is with what became of a ticket.
type Rating struct {
	Score   int    // LeastScore to BestScore
	Comment string // may be empty
	At      time.Time
	By      tenant.Person
}

// RatingOf returns the rating of a ticket; nil where there is none.
func RatingOf(ctx context.Context, tx tenant.Tx, id ID) (*Rating, error) {
	var r Rating
	err := tx.QueryRow(ctx, `SELECT r.score, r.comment, r.at, u.user_id, u.name, u.email FROM ticket_ratings r
		JOIN users.tenant_users u ON u.tenant_id = r.tenant_id AND u.user_id = r.user_id
		WHERE r.tenant_id = $1 AND r.ticket_id = $2`, tx.Tenant(), id).Scan(&r.Score, &r.Comment, &r.At, &r.By.ID, &r.By.Name, &r.By.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("rating of ticket %s: %w", id, err)
	}
	return &r, nil
}

// Rate stores the mark of a customer in place of the one before it; comment is the mail it came with, nil for none. The
// same mark with the same words changes nothing. ErrInvalid for a mark that there is not, or that nobody gives.
func (d *Desk) Rate(ctx context.Context, tx tenant.Tx, id ID, score int, words string, comment *CommentID, by Actor) error {
	if score < LeastScore || score > BestScore || by.User == (tenant.UserID{}) {
		return fmt.Errorf("rate ticket %s with %d: %w: a person's mark is from %d to %d", id, score, ErrInvalid, LeastScore, BestScore)
	}
	if _, err := lock(ctx, tx, id); err != nil {
		return err
	}
	before, err := RatingOf(ctx, tx, id)
	if err != nil {
		return err
	}
	given := Event{TicketID: id, Actor: by, Kind: Rated, To: strconv.Itoa(score), Detail: words}
	if comment != nil {
		given.Subject = &comment.UUID
	}
	if before != nil {
		if before.Score == score && before.Comment == words && before.By.ID == by.User {
			return nil
		}
		given.From = strconv.Itoa(before.Score)
	}
	_, err = tx.Exec(ctx, `INSERT INTO ticket_ratings (tenant_id, ticket_id, score, comment, at, user_id) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, ticket_id) DO UPDATE SET score = excluded.score, comment = excluded.comment, at = excluded.at, user_id = excluded.user_id`,
		tx.Tenant(), id, score, words, d.clock(), by.User)
	if err != nil {
		return fmt.Errorf("rate ticket %s: %w", id, err)
	}
	return d.Record(ctx, tx, given)
}
