// Package mailserver is a whole mail provider in one process: SMTP in, IMAP out and the
// mail program of the people who write to the desk. The demo runs on it and tests break it
// on purpose; it never talks to anything but loopback and keeps everything in memory.
//
// What it promises:
//
//   - A mail is stored byte for byte as it was handed over, below the trace headers that a
//     real MTA prepends (Return-Path, X-Original-To, Delivered-To, Received; RFC 5321,
//     section 4.4). A broken mail stays exactly as broken as it was.
//   - name+anything@domain is delivered to name@domain. An address nobody has is refused
//     with 550 5.1.1, a foreign domain with 550 5.7.1: nothing is ever relayed.
//   - A client in IDLE is told of every delivery, also of one that arrived between its last
//     command and the IDLE. A slow reader of one connection delays nobody else.
//   - Every fault a provider is known for can be asked for, once or many times ([Fault]).
//
// # Design
//
// One mutex guards accounts, folders, journal and faults; nothing is written to a network
// while it is held. Each change closes the channel that [Server.WaitFor] and the page's
// event stream wait on. The IMAP side stands on imapserver of go-imap and keeps its own
// folders, because imapserver/imapmemserver rewrites the header of BODY[] (and answers
// nothing for a malformed one), holds its lock while it writes to the client, loses a
// wake-up between two commands and IDLE, and announces the messages of a MOVE twice.
//
// The page ([Server.Page]) is a mail program, so it sends as one: through this server's own
// SMTP port, with the account's password.
package mailserver
