package mailserver

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"
)

// A Submission is one mail that the server accepted by SMTP.
type Submission struct {
	// From is the envelope sender; empty is the null return path of bounces.
	From string
	// Rcpts are the accepted envelope recipients as the client wrote them.
	Rcpts []string
	// Raw is the mail as the client sent it, without trace headers. Do not write to it.
	Raw []byte
	// At is when the server took responsibility.
	At time.Time
	// User is the login, empty without AUTH.
	User string
	// TLS says whether the connection was encrypted.
	TLS bool
}

// MessageID returns the Message-ID field as written, with its angle brackets.
func (s Submission) MessageID() string { return messageID(s.Raw) }

// Submitted returns every mail accepted by SMTP so far, also those whose answer was lost,
// in the order of acceptance.
func (s *Server) Submitted() []Submission {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Submission(nil), s.journal...)
}

// Copies counts how often a mail with this Message-ID, with or without angle brackets,
// was accepted by SMTP: 1 where exactly-once holds.
func (s *Server) Copies(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copies[bareID(id)]
}

// Deliver puts raw into the inbox of rcpt byte for byte, without trace headers and outside
// the journal, as if it had always lain there. It returns ErrNoAccount for an unknown rcpt.
func (s *Server) Deliver(rcpt string, raw []byte) error {
	return s.DeliverAt(rcpt, raw, s.config.Clock())
}

// DeliverAt is Deliver with an INTERNALDATE.
func (s *Server) DeliverAt(rcpt string, raw []byte, at time.Time) error {
	a := s.accounts[canonical(rcpt)]
	if a == nil {
		return fmt.Errorf("deliver to %s: %w", rcpt, ErrNoAccount)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.folders[inbox].add(bytes.Clone(raw), at, nil)
	s.notify()
	return nil
}

// Receive takes a mail as the SMTP port does: refused recipients fail it as a whole, trace
// headers are prepended, the journal grows. It spares tests the connection.
func (s *Server) Receive(from string, rcpts []string, raw []byte) error {
	for _, rcpt := range rcpts {
		if err := s.checkRecipient(rcpt); err != nil {
			return fmt.Errorf("deliver to %s: %w", rcpt, err)
		}
	}
	s.accept(Submission{From: from, Rcpts: rcpts, Raw: bytes.Clone(raw)}, "localhost")
	return nil
}

// Write is Receive for a mail that one of the accounts has written: its Sent folder keeps a copy.
func (s *Server) Write(from string, rcpts []string, raw []byte) error {
	a := s.accounts[canonical(from)]
	if a == nil {
		return fmt.Errorf("write as %s: %w", from, ErrNoAccount)
	}
	nth := s.nextArrival(a)
	if err := s.Receive(from, rcpts, raw); err != nil {
		return err
	}
	s.keepSent(a, bytes.Clone(raw), s.config.Clock(), nth)
	return nil
}

// checkRecipient returns the SMTP error that a recipient deserves.
func (s *Server) checkRecipient(rcpt string) error {
	addr := canonical(rcpt)
	if s.accounts[addr] != nil {
		return nil
	}
	if _, local := s.domains[addr[strings.LastIndexByte(addr, '@')+1:]]; local {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1},
			Message: fmt.Sprintf("<%s>: no such user here", rcpt)}
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1},
		Message: fmt.Sprintf("<%s>: relaying denied, this is a sandbox", rcpt)}
}

// accept stores a mail with every recipient's trace headers and enters it in the journal,
// in one step. An account that is named twice gets the mail once, as from most MTAs.
func (s *Server) accept(sub Submission, helo string) {
	sub.At = s.config.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueID++
	delivered := make(map[*account]bool)
	for _, rcpt := range sub.Rcpts {
		a := s.accounts[canonical(rcpt)]
		if a == nil || delivered[a] {
			continue
		}
		delivered[a] = true
		raw := append(s.trace(sub, rcpt, a.Address, helo), sub.Raw...)
		a.folders[inbox].add(raw, sub.At, nil)
	}
	s.journal = append(s.journal, sub)
	if id := bareID(sub.MessageID()); id != "" {
		s.copies[id]++
	}
	s.notify()
}

// trace writes the headers of a final delivery (RFC 5321, section 4.4), with Postfix's
// X-Original-To for the address as it was given.
func (s *Server) trace(sub Submission, rcpt, mailbox, helo string) []byte {
	with := "ESMTP"
	if sub.TLS {
		with += "S"
	}
	if sub.User != "" {
		with += "A"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Return-Path: <%s>\r\n", sub.From)
	fmt.Fprintf(&b, "X-Original-To: %s\r\n", rcpt)
	fmt.Fprintf(&b, "Delivered-To: %s\r\n", mailbox)
	fmt.Fprintf(&b, "Received: from %s ([127.0.0.1])\r\n\tby %s with %s id %08X\r\n\tfor <%s>; %s\r\n",
		helo, s.config.Hostname, with, s.queueID, rcpt, sub.At.Format(time.RFC1123Z))
	return b.Bytes()
}

// keepSent files what an account sent into its Sent folder, read, with the place in the
// order of arrival that nextArrival gave before the sending: an answer may be here first.
func (s *Server) keepSent(a *account, raw []byte, at time.Time, nth uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.folders[sent].add(raw, at, []imap.Flag{imap.FlagSeen}).nth = nth
	s.notify()
}

func (s *Server) nextArrival(a *account) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	*a.arrivals++
	return *a.arrivals
}
