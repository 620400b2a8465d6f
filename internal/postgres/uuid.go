package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// identifier is what uuid.UUID, the typed ids that embed it and pointers to them have in common, and nothing else
// has. A nil pointer never comes here: pgx sends it as NULL.
type identifier interface {
	MarshalBinary() ([]byte, error)
	Version() uuid.Version
}

// writeUUIDsInBinary teaches a connection to send ids as the 16 bytes that they are. By itself pgx knows them as
// driver.Valuers only: it writes their text, finds that text cannot be sent in binary, and reads it again, which
// for a message's dozens of ids is more work than all other parameters together.
func writeUUIDsInBinary(_ context.Context, conn *pgx.Conn) error {
	m := conn.TypeMap()
	m.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapIdentifier}, m.TryWrapEncodePlanFuncs...)
	return nil
}

func wrapIdentifier(value any) (plan pgtype.WrappedEncodePlanNextSetter, next any, ok bool) {
	if _, ok := value.(identifier); !ok {
		return nil, nil, false
	}
	return &identifierPlan{}, pgtype.UUID{}, true
}

type identifierPlan struct{ next pgtype.EncodePlan }

// SetNext implements pgtype.WrappedEncodePlanNextSetter.
func (p *identifierPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

// Encode implements pgtype.EncodePlan.
func (p *identifierPlan) Encode(value any, buf []byte) ([]byte, error) {
	b, err := value.(identifier).MarshalBinary()
	if err != nil || len(b) != 16 {
		return nil, fmt.Errorf("encode id %v: %d bytes: %w", value, len(b), err)
	}
	return p.next.Encode(pgtype.UUID{Bytes: [16]byte(b), Valid: true}, buf)
}
