package postgres

import (
	"context"
	"errors"
	"fmt"
)

// ErrPrivileged means that a login could go around row-level security.
var ErrPrivileged = errors.New("the service must not be able to bypass row-level security")

// CheckServiceRole fails with ErrPrivileged when the login is, or may become by SET ROLE, a superuser, a
// role with BYPASSRLS, or the owner of tables under row-level security.
func CheckServiceRole(ctx context.Context, db querier) error {
	var user string
	var super, bypass, owner bool
	const q = `
		SELECT current_user,
		       EXISTS (SELECT FROM pg_roles r WHERE r.rolsuper AND pg_has_role(r.oid, 'MEMBER')),
		       EXISTS (SELECT FROM pg_roles r WHERE r.rolbypassrls AND pg_has_role(r.oid, 'MEMBER')),
		       EXISTS (SELECT FROM pg_class c WHERE c.relrowsecurity AND pg_has_role(c.relowner, 'MEMBER'))`
	if err := db.QueryRow(ctx, q).Scan(&user, &super, &bypass, &owner); err != nil {
		return fmt.Errorf("check the service's login: %w", err)
	}
	what := ""
	switch {
	case super:
		what = "is a superuser or may become one"
	case bypass:
		what = "has BYPASSRLS or may become a role that has"
	case owner:
		what = "owns the tables or may become their owner"
	default:
		return nil
	}
	return fmt.Errorf("%w: login %q %s; give CUSTOMERDESK_DATABASE_URL another login and the owner's as CUSTOMERDESK_MIGRATE_DATABASE_URL", ErrPrivileged, user, what)
}
