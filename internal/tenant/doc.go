// Package tenant holds what every organisation on an installation has (a name, settings, support members,
// an audit log) and the only way to its data: a transaction that is bound to one tenant.
//
// The promise is the database's. Row-level security is forced on every table of tenant data and shows a
// transaction only the rows of the tenant named in app.tenant_id, which In sets together with BEGIN. Code
// that touches tenant data takes a Tx, which only this package can make, so forgetting the tenant does not
// compile and going around it returns no rows.
package tenant
