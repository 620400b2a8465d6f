// Package dkim signs a tenant's mail as its domains (DomainKeys Identified Mail, RFC 6376).
//
// A tenant may have several keys, each for a domain and a selector. A key signs nothing before its record was seen in
// DNS, since a signature that nobody can verify is worse than none; Check looks. Of several keys whose records were
// seen the newest of each algorithm signs, so that keys are exchanged without a gap: add the new one, publish its record, check, and
// remove the old one once the mail that it signed has arrived.
//
// Private keys are encrypted with a key that is not in the database. Mail whose key cannot be opened leaves unsigned:
// it is late at worst in being believed, and not lost.
package dkim
