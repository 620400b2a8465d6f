package inbox

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Template is what a tenant made of a kind of automatic mail.
type Template struct {
	TemplateSpec
	Enabled   bool
	Own       bool // the wording is the tenant's, not the kind's
	Wording   Wording
	UpdatedAt time.Time // zero: never changed
}

// Templates returns all kinds of automatic mail as the tenant has them.
func Templates(ctx context.Context, tx tenant.Tx) ([]Template, error) {
	type row struct {
		Kind          TemplateKind
		Enabled       bool
		Subject, Body *string
		UpdatedAt     time.Time
	}
	rows, _ := tx.Query(ctx, `SELECT kind, enabled, subject, body, updated_at FROM mail_templates WHERE tenant_id = $1`, tx.Tenant()) // CollectRows reports the error.
	kept, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, fmt.Errorf("read the templates of automatic mail: %w", err)
	}
	var list []Template
	for _, spec := range TemplateSpecs() {
		n := Template{TemplateSpec: spec, Wording: spec.Default}
		for _, r := range kept {
			if r.Kind != spec.Kind {
				continue
			}
			n.Enabled, n.UpdatedAt = r.Enabled, r.UpdatedAt
			if r.Subject != nil && r.Body != nil {
				n.Own, n.Wording = true, Wording{*r.Subject, *r.Body}
			}
		}
		list = append(list, n)
	}
	return list, nil
}

// TemplateOf returns one kind as the tenant has it; the error wraps ErrTemplate where there is no such kind.
func TemplateOf(ctx context.Context, tx tenant.Tx, kind TemplateKind) (Template, error) {
	if _, err := ParseTemplateKind(string(kind)); err != nil {
		return Template{}, err
	}
	all, err := Templates(ctx, tx)
	for _, n := range all {
		if n.Kind == kind {
			return n, err
		}
	}
	return Template{}, cmp.Or(err, ErrTemplate)
}

// SwitchTemplate has a kind of automatic mail sent from now on, or not.
func SwitchTemplate(ctx context.Context, tx tenant.Tx, kind TemplateKind, on bool, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO mail_templates (tenant_id, kind, enabled, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, kind) DO UPDATE SET enabled = excluded.enabled, updated_at = excluded.updated_at`, tx.Tenant(), kind, on, at)
	if err != nil {
		return fmt.Errorf("switch the template %s: %w", kind, err)
	}
	return nil
}

// SetWording gives a kind of automatic mail the tenant's own words; nil: those that it comes with. Whether it is sent
// stays as it is. The error wraps ErrTemplate where the words do not do.
func SetWording(ctx context.Context, tx tenant.Tx, spec TemplateSpec, w *Wording, at time.Time) error {
	var subject, body *string
	if w != nil {
		if err := spec.Check(*w); err != nil {
			return err
		}
		subject, body = &w.Subject, &w.Text
	}
	_, err := tx.Exec(ctx, `INSERT INTO mail_templates (tenant_id, kind, enabled, subject, body, updated_at) VALUES ($1, $2, false, $3, $4, $5)
		ON CONFLICT (tenant_id, kind) DO UPDATE SET subject = excluded.subject, body = excluded.body, updated_at = excluded.updated_at`,
		tx.Tenant(), spec.Kind, subject, body, at)
	if err != nil {
		return fmt.Errorf("write the template %s: %w", spec.Kind, err)
	}
	return nil
}
