// Package origin says whether a mail's sender is who it claims to be.
//
// A mailbox is read over IMAP: the connection that brought a mail, and with it the address that SPF (RFC 7208)
// goes by, is known to the mail server at the border only. So what that server wrote down comes first: the
// Authentication-Results field (RFC 8601) of a server that the mailbox trusts. Where there is none, or it leaves
// the question open, the mail's DKIM signatures (RFC 6376) are verified here and held against the DMARC policy
// (RFC 7489) of the domain in From. SPF is believed of the border alone: the Received fields from which one could
// read the address are anybody's to write, except for the topmost ones, and nothing tells where those end.
//
//   - pass: the domain in From vouches for the mail.
//   - fail: it does not, though it says that it vouches for all of its mail; or the border says that DMARC fails.
//   - none: nothing vouches for the mail, and nobody promised that something would.
//   - unknown: the question could not be settled, for instance since DNS did not answer.
//
// Nothing waits for DNS for longer than the Checker's limit: Prepare asks for all that a batch of mails needs at
// once, and Check goes by what has been answered by then. A resolver that does not answer is left alone for a
// while, and mails meanwhile get the verdict unknown. Keys of domains other than the one in From are never asked
// for, since they could not change the verdict: nobody holds a mail up by a slow name server of their own.
package origin
