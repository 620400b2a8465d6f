// Package email moves mail between mail servers and the inbox: IMAP in (RFC 3501, RFC 9051), SMTP out
// (RFC 5321). It is transport and knows no tickets.
//
// # Inwards
//
// A [Supervisor] keeps one connection for each wanted mailbox, in a goroutine of its own, so that the
// failure of one never delays another. A connection takes what is new, then waits in IDLE (RFC 2177) where
// the server has it and polls otherwise. The promise is: a message is marked \Seen only after the sink has
// stored it, and the cursor passes it only after that. Whatever crashes in between, the message is handed
// to the sink once more, which is harmless there. Nothing that one message is or does (too large, vanished,
// unreadable for its server) keeps back the messages behind it.
//
// A cursor is a UIDVALIDITY and the last UID taken (RFC 9051 section 2.3.1.1). At the first look into a
// folder, and after a change of its UIDVALIDITY, the messages that are already there are taken as far as
// their INTERNALDATE is not before [Mailbox].Since; every message that appears later is taken whatever its
// date says, because clocks differ and people move old mail.
//
// Of a message only UID, size, date and body are ever asked for, sizes first: the server's reading of a
// header (ENVELOPE, BODYSTRUCTURE) may be malformed, and the IMAP library closes the connection over it.
// One FETCH is in flight at a time; what overlaps is the download of one range with the storing of the one
// before it.
//
// # Outwards
//
// A [Sender] hands composed bytes to a mailbox's SMTP server as they are. It keeps a few connections open
// between mails, replaces one that died in the meantime without a word, and reports each recipient's fate by
// itself. Once the server has accepted a message nothing that happens afterwards makes it an error; an
// answer that was lost on the way is [ErrUnknownOutcome].
package email
