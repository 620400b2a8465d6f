package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // logos may be
	_ "image/jpeg" // logos may be
	_ "image/png"  // logos may be

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

const (
	// MaxLogo is the most bytes that a logo may have: it is in every mail.
	MaxLogo = 64 << 10
	// The logo's picture is shown in a box of this size, in pixels.
	logoWidth, logoHeight = 240, 48
)

// A Logo is the picture that stands in an organisation's mail.
type Logo struct {
	ContentType   string
	Bytes         []byte
	Width, Height int // in pixels, as it is shown
}

// ReadLogo reads a PNG, JPEG or GIF of at most MaxLogo bytes.
func ReadLogo(b []byte) (Logo, error) {
	if len(b) > MaxLogo {
		return Logo{}, fmt.Errorf("the picture has %d kB; it goes along with every mail, so %d kB is the most", len(b)>>10, MaxLogo>>10)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || c.Width < 1 || c.Height < 1 {
		return Logo{}, errors.New("it is no picture in PNG, JPEG or GIF")
	}
	l := Logo{ContentType: "image/" + format, Bytes: b, Width: c.Width, Height: c.Height}
	if l.Width > logoWidth {
		l.Width, l.Height = logoWidth, max(1, l.Height*logoWidth/l.Width)
	}
	if l.Height > logoHeight {
		l.Width, l.Height = max(1, l.Width*logoHeight/l.Height), logoHeight
	}
	return l, nil
}

// SetLogo has the tenant's mail show a logo from now on; nil: none.
func SetLogo(ctx context.Context, tx tenant.Tx, l *Logo) error {
	if l == nil {
		if _, err := tx.Exec(ctx, `DELETE FROM tenant_logos WHERE tenant_id = $1`, tx.Tenant()); err != nil {
			return fmt.Errorf("remove the logo: %w", err)
		}
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO tenant_logos (tenant_id, content_type, bytes, width, height) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id) DO UPDATE SET content_type = excluded.content_type, bytes = excluded.bytes, width = excluded.width, height = excluded.height`,
		tx.Tenant(), l.ContentType, l.Bytes, l.Width, l.Height)
	if err != nil {
		return fmt.Errorf("set the logo: %w", err)
	}
	return nil
}

// LogoOf returns the tenant's logo; nil: it has none.
func LogoOf(ctx context.Context, tx tenant.Tx) (*Logo, error) {
	rows, _ := tx.Query(ctx, `SELECT content_type, bytes, width, height FROM tenant_logos WHERE tenant_id = $1`, tx.Tenant()) // CollectOneRow reports the error.
	l, err := pgx.CollectOneRow(rows, pgx.RowToStructByPos[Logo])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the logo: %w", err)
	}
	return &l, nil
}
