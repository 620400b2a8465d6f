// Package migrations brings a database to the schema that this binary needs, and says whether it has it.
//
// The schema is the SQL files in this folder, run in order by goose, each in a transaction; then come the
// job queue's own migrations. One advisory lock on a connection of its own spans all of it, so that several
// instances may run Up at once: one works, the others wait and find nothing to do.
//
// # Two logins
//
// Migrations run as the owner of the tables, the service runs as a login that may only read and write rows
// and stands under row-level security. LoginsFor says from the settings which is which. Where the settings
// name an owner only, Up makes the service's login, named after the database, with a password derived
// from the secret key, so that both commands know it without anybody writing it down.
package migrations
