package tenant

import (
	"context"
	"encoding/json"
	"fmt"
)

// Audit writes down a privileged act: who (an address, or the operator's login), by which way, what, on
// what, and details that must not hold secrets.
func Audit(ctx context.Context, tx Tx, actor, via, action, subject string, detail map[string]any) error {
	if detail == nil {
		detail = map[string]any{}
	}
	d, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit_log (tenant_id, id, actor, via, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Tenant(), NewID(), actor, via, action, subject, d)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}
