package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/mail"
)

// checkEnvelope refuses what must never reach a command line or the wire. CR and LF alone are how one
// message is smuggled behind another (RFC 5321 section 2.3.8).
func checkEnvelope(e inbox.Envelope) error {
	malformed := func(text string) error { return &SendError{Step: "check", Enhanced: "5.6.0", Text: text} }
	if len(e.Recipients) == 0 {
		return malformed("the message has no recipients")
	}
	for _, address := range append([]string{e.From, e.ReturnPath}, e.Recipients...) {
		if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' }) {
			return malformed("an address of the message has a character that is not allowed there")
		}
	}
	for _, r := range e.Recipients {
		if r == "" {
			return malformed("the message has an empty recipient")
		}
	}
	if len(e.Data) == 0 {
		return malformed("the message is empty")
	}
	lines := bytes.Count(e.Data, []byte("\r\n"))
	if bytes.Count(e.Data, []byte("\r")) != lines || bytes.Count(e.Data, []byte("\n")) != lines {
		return malformed("the message has a line end that is not CRLF")
	}
	return nil
}

// address sends MAIL and all RCPTs, at once where the server permits (RFC 2920), and collects what it says
// of each recipient. The error is errStale where a used connection ended before MAIL was answered.
func (c *smtpConn) address(e inbox.Envelope, params string) (inbox.Receipt, error) {
	var receipt inbox.Receipt
	text := c.client.Text
	commands := make([]string, 0, len(e.Recipients)+1)
	commands = append(commands, "MAIL FROM:<"+mail.WireAddress(e.From)+">"+params)
	for _, r := range e.Recipients {
		commands = append(commands, "RCPT TO:<"+mail.WireAddress(r)+">")
	}
	// Servers read so much ahead that this many answers never fill the way back while we still write.
	const ahead = 100
	sent := 0
	write := func(upTo int) error {
		for ; sent < min(upTo, len(commands)); sent++ {
			if _, err := text.W.WriteString(commands[sent] + "\r\n"); err != nil {
				return err
			}
		}
		return text.W.Flush()
	}
	for i := range commands {
		if i == sent {
			upTo := sent + 1
			if c.pipelining {
				upTo = sent + ahead
			}
			if err := write(upTo); err != nil {
				return receipt, c.staleOr(i, err)
			}
		}
		if i > 0 {
			c.within(smtpCommandTimeout)
		}
		_, _, err := text.ReadResponse(2)
		var reply *textproto.Error
		switch {
		case err == nil && i > 0:
			receipt.Accepted = append(receipt.Accepted, e.Recipients[i-1])
		case err == nil:
		case !errors.As(err, &reply):
			return receipt, c.staleOr(i, err)
		case i == 0 || reply.Code == 421:
			return receipt, c.mailRefused(i, sent, err)
		default:
			refused := refusal("RCPT", err).(*SendError)
			if len(receipt.Accepted) > 0 && refused.tooManyRecipients() {
				refused.Temporary = true // the rest goes with the next try (RFC 5321 section 4.5.3.1.10)
			}
			receipt.Refused = append(receipt.Refused, inbox.Refusal{
				Recipient: e.Recipients[i-1], Permanent: !refused.Temporary, Reply: refused.reply(),
			})
		}
	}
	return receipt, nil
}

// mailRefused handles a refusal that ends the transaction, after command i of those sent was answered.
func (c *smtpConn) mailRefused(i, sent int, err error) error {
	refused := refusal("MAIL", err).(*SendError)
	if i > 0 {
		refused.Step = "RCPT"
	}
	switch {
	case refused.Code == 421: // The server closes the connection.
		return c.staleOr(i, refused)
	case refused.Code == 530: // It has forgotten the login (RFC 4954 section 6), or wants one.
		return c.staleOr(i, loginFault(c.account, refused))
	}
	for i++; i < sent; i++ { // The answers to what was sent ahead.
		if _, _, err := c.client.Text.ReadResponse(0); err != nil {
			return fmt.Errorf("%w; and then the connection was lost: %w", refused, err)
		}
	}
	return refused
}

// staleOr is errStale where a used connection failed at its first command: the server had closed it.
func (c *smtpConn) staleOr(command int, err error) error {
	if command == 0 && c.used {
		return fmt.Errorf("%w: %w", errStale, err)
	}
	return err
}

func (c *smtpConn) startData() error {
	c.within(smtpCommandTimeout)
	id, err := c.client.Text.Cmd("DATA")
	if err != nil {
		return err
	}
	c.client.Text.StartResponse(id)
	defer c.client.Text.EndResponse(id)
	_, _, err = c.client.Text.ReadResponse(354)
	return refusal("DATA", err)
}

// transfer sends the message, dot-stuffed (RFC 5321 section 4.5.2), and reads the server's verdict. An error
// that is no *SendError leaves open whether the message was taken, and is ErrUnknownOutcome, if all of it
// was handed over.
func (c *smtpConn) transfer(ctx context.Context, data []byte) error {
	stop := context.AfterFunc(ctx, func() { c.within(smtpFinalGrace) })
	defer stop()
	deadline := func(d time.Duration) {
		c.within(d)
		if ctx.Err() != nil { // The other function may have come before us.
			c.within(smtpFinalGrace)
		}
	}
	deadline(smtpDataTimeout)
	w := c.client.Text.DotWriter()
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("send the message: %w", err)
	}
	deadline(smtpFinalTimeout)
	if err := w.Close(); err != nil {
		// The last bytes may have left before the error.
		return fmt.Errorf("%w (%w)", ErrUnknownOutcome, err)
	}
	_, _, err := c.client.Text.ReadResponse(250)
	if err == nil {
		return nil
	}
	if err = refusal("message", err); errors.As(err, new(*SendError)) {
		return err
	}
	return fmt.Errorf("%w (%w)", ErrUnknownOutcome, err)
}

// reset ends a transaction without message, and tells whether the connection is fit for another.
func (c *smtpConn) reset() bool {
	c.within(smtpQuitTimeout)
	return c.client.Reset() == nil
}
