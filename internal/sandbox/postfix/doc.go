// Package postfix runs a private Postfix, the mail server that much of the world's mail passes, in front of a private
// Dovecot: together they are the provider that a mailbox of the product lies at.
//
// What it promises:
//
//   - Mail for Dovecot's users, "+" addresses included, comes to their mailboxes; they send through a submission port
//     with TLS and their passwords. Mail to [Elsewhere] is handed on to a second server, which [Server.Judge] decides
//     for; whatever that refuses, Postfix returns to its sender, and of what it puts off, Postfix
//     tells the sender after a second and tries again each second. No other mail is taken, and none leaves the machine:
//     Postfix asks no DNS and listens and connects on loopback alone.
//   - It touches nothing outside its own folder, neither the system's Postfix nor another mail server of the machine,
//     and is the distribution's, either installed or unpacked by deploy/setup.sh.
//   - Nothing stays behind: [Server.Stop] ends the process group and removes the folder.
//
// Postfix changes between users by its design and so needs root; Start says so elsewhere.
package postfix
