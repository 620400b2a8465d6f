// Package secret keeps credentials unreadable in the database and signs what comes back from outside.
//
// One key of 32 bytes, which is never in the database, is the root of all: HKDF (RFC 5869) derives from it
// a key for each tenant's credentials and one for each purpose of signing. A sealed value is bound to its
// tenant and column, so that it cannot be moved to another row and read there.
package secret
