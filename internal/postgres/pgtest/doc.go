// Package pgtest gives every test a database of its own, freshly migrated, on a real Postgres.
//
// All test binaries of a user on a machine share one private cluster, which the last of them stops. The
// schema is made once for each state of the migrations, as a template; a test's database is a copy of it,
// which takes some ten milliseconds, and is dropped when the test ends. What a killed test binary left
// behind is dropped by the next one.
//
// The tables belong to a role that is no superuser, so that row-level security is tried in earnest, and the
// pool that tests normally use is the service's.
//
// A package's TestMain should be
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// which stops the cluster at the end, if no other package uses it, and fails where goroutines are left.
package pgtest
