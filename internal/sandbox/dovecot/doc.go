// Package dovecot runs a private Dovecot, the IMAP server of most of the world's mailboxes,
// for tests and benchmarks that an imitation would make too easy.
//
// What it promises:
//
//   - It works for root and for an ordinary user, with Dovecot 2.3 and 2.4, whose
//     configuration languages differ, and touches nothing outside its own folder: no system
//     configuration, no system users beyond the ones the package brought, loopback alone.
//   - A mail is in the mailbox when [Server.Deliver] returns, byte for byte; Dovecot itself
//     announces it to an IDLE about half a second later.
//   - Nothing stays behind: [Server.Stop] ends the process group and removes the folder,
//     and the kernel ends Dovecot when the test binary dies first.
//
// # Design
//
// Everything lies in one folder below /tmp, because the paths of Unix sockets may not be
// longer than about a hundred bytes and Dovecot's unprivileged processes must reach them.
// Mail is delivered by writing into the Maildir as Dovecot's own delivery agent does
// (tmp, then a rename into new), which costs no process: more than a thousand mails a second on two busy cores.
package dovecot
