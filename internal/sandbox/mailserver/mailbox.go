package mailserver

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// A Mailbox looks into one account, for tests and the demo.
type Mailbox struct {
	server  *Server
	account *account
}

// A Message is a stored mail as it was at the moment of asking.
type Message struct {
	// UID is unique in its folder as long as the folder's UIDVALIDITY stands.
	UID uint32
	// Folder is its IMAP name.
	Folder string
	// At is the INTERNALDATE: when the server took it.
	At time.Time
	// Flags are IMAP flags such as "\\Seen".
	Flags []string
	// Raw is the mail with its trace headers, byte for byte. Do not write to it.
	Raw []byte
}

// Mailbox returns the mailbox that addr, with or without sub-address, is delivered to. A
// mailbox nobody has is empty for ever.
func (s *Server) Mailbox(addr string) *Mailbox {
	return &Mailbox{server: s, account: s.accounts[canonical(addr)]}
}

// Messages returns the inbox, oldest first.
func (m *Mailbox) Messages() []Message { return m.Folder(inbox) }

// Sent returns what the page sent from this account.
func (m *Mailbox) Sent() []Message { return m.Folder(sent) }

// Folder returns any folder by its IMAP name, oldest first, nil if there is none.
func (m *Mailbox) Folder(name string) []Message {
	if m.account == nil {
		return nil
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	f := m.account.folder(name)
	if f == nil {
		return nil
	}
	out := make([]Message, 0, len(f.messages))
	for _, msg := range f.messages {
		out = append(out, exported(f, msg))
	}
	return out
}

func exported(f *folder, m *message) Message {
	out := Message{UID: uint32(m.uid), Folder: f.name, At: m.at, Raw: m.raw}
	for _, flag := range m.flags {
		out.Flags = append(out.Flags, string(flag))
	}
	return out
}

// UIDValidity returns that of the inbox, 0 for an unknown account.
func (m *Mailbox) UIDValidity() uint32 {
	if m.account == nil {
		return 0
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	return m.account.folders[inbox].uidValidity
}

// ByMessageID returns the messages of the inbox with this Message-ID, with or without
// angle brackets: exactly one where exactly-once holds.
func (m *Mailbox) ByMessageID(id string) []Message {
	id = bareID(id)
	return slices.DeleteFunc(m.Messages(), func(msg Message) bool { return bareID(msg.MessageID()) != id })
}

// RenewUIDValidity gives the inbox a new UIDVALIDITY and new UIDs from 1, as after a
// restore from backup, and cuts the account's IMAP connections, as servers do.
func (m *Mailbox) RenewUIDValidity() error {
	if m.account == nil {
		return fmt.Errorf("renew UIDVALIDITY: %w", ErrNoAccount)
	}
	m.server.mu.Lock()
	old := m.account.folders[inbox]
	// Open sessions keep the old folder until they notice that they are cut.
	renewed := m.account.create(inbox)
	renewed.subscribed = old.subscribed
	for _, msg := range old.messages {
		renewed.add(msg.raw, msg.at, msg.flags)
	}
	m.server.notify()
	m.server.mu.Unlock()
	m.server.CutIMAP(m.account.Address)
	return nil
}

// Seen says whether some client marked the message as read.
func (m Message) Seen() bool {
	return slices.ContainsFunc(m.Flags, func(f string) bool { return strings.EqualFold(f, string(imap.FlagSeen)) })
}

// Header returns the first field of that name, decoded, or "".
func (m Message) Header(name string) string {
	h := readHeader(m.Raw)
	text, err := h.Text(name)
	if err != nil {
		return h.Get(name)
	}
	return text
}

// MessageID returns the Message-ID field as written, with its angle brackets.
func (m Message) MessageID() string { return messageID(m.Raw) }

// Subject returns the decoded subject.
func (m Message) Subject() string { return m.Header("Subject") }

// Text returns the readable text of the mail: its text part, or its HTML part as text.
func (m Message) Text() string { return readLetter(m.Raw).plain() }

// readHeader reads as much of a header as can be read.
func readHeader(raw []byte) mail.Header {
	h, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		h = salvageHeader(raw)
	}
	var out mail.Header
	out.Header.Header = h
	return out
}

// salvageHeader takes the good lines of a header that the library refuses as a whole.
func salvageHeader(raw []byte) textproto.Header {
	var h textproto.Header
	var fields []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && len(fields) > 0 {
			fields[len(fields)-1] += " " + strings.TrimSpace(line)
		} else {
			fields = append(fields, line)
		}
	}
	for _, field := range slices.Backward(fields) { // Add prepends.
		name, value, ok := strings.Cut(field, ":")
		if ok && name != "" && !strings.ContainsAny(name, " \t") {
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return h
}

func messageID(raw []byte) string {
	h := readHeader(raw)
	return strings.TrimSpace(h.Get("Message-Id"))
}

func bareID(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }
