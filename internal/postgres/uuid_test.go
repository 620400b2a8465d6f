package postgres

import (
	"bytes"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

type typedID struct{ uuid.UUID }

func binaryMap() *pgtype.Map {
	m := pgtype.NewMap()
	m.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapIdentifier}, m.TryWrapEncodePlanFuncs...)
	return m
}

func TestIDsAreSentAsPgxWouldSendThem(t *testing.T) {
	id := uuid.MustParse("018f3c6e-7a3b-7cc1-9d2e-0123456789ab")
	var none *uuid.UUID
	var noneTyped *typedID
	for name, v := range map[string]any{
		"plain": id, "typed": typedID{id}, "pointer": &id, "pointer to typed": &typedID{id}, "nil": none, "nil typed": noneTyped,
		"zero": uuid.UUID{}, "zero typed": typedID{},
	} {
		for _, oid := range []uint32{pgtype.UUIDOID, pgtype.TextOID, pgtype.JSONBOID} {
			for _, format := range []int16{pgtype.BinaryFormatCode, pgtype.TextFormatCode} {
				want, wantErr := pgtype.NewMap().Encode(oid, format, v, nil)
				got, err := binaryMap().Encode(oid, format, v, nil)
				if !bytes.Equal(got, want) || (got == nil) != (want == nil) || (err == nil) != (wantErr == nil) {
					t.Errorf("%s as type %d in format %d: %q, %v, want %q, %v", name, oid, format, got, err, want, wantErr)
				}
			}
		}
	}
	want, _ := pgtype.NewMap().Encode(pgtype.UUIDArrayOID, pgtype.BinaryFormatCode, []uuid.UUID{id, {}}, nil)
	for _, list := range []any{[]uuid.UUID{id, {}}, []typedID{{id}, {}}} {
		if got, err := binaryMap().Encode(pgtype.UUIDArrayOID, pgtype.BinaryFormatCode, list, nil); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%T: %x, %v, want %x", list, got, err, want)
		}
	}
}

func BenchmarkEncodeID(b *testing.B) {
	id := typedID{uuid.New()}
	for name, m := range map[string]*pgtype.Map{"pgx": pgtype.NewMap(), "binary": binaryMap()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				var err error
				if buf, err = m.Encode(pgtype.UUIDOID, pgtype.BinaryFormatCode, id, buf[:0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
