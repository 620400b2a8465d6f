// Package inbox turns whatever a mailbox delivers, however often, into exactly one comment, and comments
// of support members into mail.
//
// Inwards, a Sink takes raw messages (RFC 5322) and returns only once they are in the database: the raw
// bytes, the comment on its ticket, the history event and the jobs that follow from it share one
// transaction. A fetched mail is unique on (mailbox, folder, UIDVALIDITY, UID) and a comment on (tenant,
// Message-ID, digest of sender and body), so that every step may be repeated without harm.
//
// Outwards, the row of an outgoing message holds its final Message-ID before any connection is opened. A
// crash between the server's acceptance and our knowing of it is answered by a retry with the same
// Message-ID.
package inbox
