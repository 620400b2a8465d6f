package mailserver

import (
	"bytes"
	"errors"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// A snapshot is a message as it was when a FETCH began, so that nothing is locked while it
// goes over the wire.
type snapshot struct {
	seenMessage
	flags []imap.Flag
}

// Fetch implements imapserver.Session.
func (c *imapSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if c.server.strikes(FetchCut) {
		c.cut()
		return errors.New("fault: connection cut in FETCH")
	}
	for _, m := range c.snapshots(set, options) {
		if err := m.write(w.CreateMessage(m.seqNum), options); err != nil {
			return err
		}
	}
	return nil
}

func (c *imapSession) snapshots(set imap.NumSet, options *imap.FetchOptions) []snapshot {
	markSeen := slices.ContainsFunc(options.BodySection, func(s *imap.FetchItemBodySection) bool { return !s.Peek })
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	var out []snapshot
	changed := false
	c.view.each(set, func(m seenMessage) {
		if markSeen && m.setFlags(imap.StoreFlagsAdd, []imap.Flag{imap.FlagSeen}) {
			changed = true
			c.view.folder.flagged(m.index, nil)
		}
		out = append(out, snapshot{seenMessage: m, flags: slices.Clone(m.message.flags)})
	})
	if changed {
		c.server.notify()
	}
	return out
}

// write ends the answer in any case: the library holds the connection's lock until then.
func (m snapshot) write(w *imapserver.FetchResponseWriter, options *imap.FetchOptions) error {
	return errors.Join(m.writeItems(w, options), w.Close())
}

func (m snapshot) writeItems(w *imapserver.FetchResponseWriter, options *imap.FetchOptions) error {
	w.WriteUID(m.uid)
	if options.Flags {
		w.WriteFlags(m.flags)
	}
	if options.InternalDate {
		w.WriteInternalDate(m.at)
	}
	if options.RFC822Size {
		w.WriteRFC822Size(int64(len(m.raw)))
	}
	if options.Envelope {
		w.WriteEnvelope(imapserver.ExtractEnvelope(readHeader(m.raw).Header.Header))
	}
	if options.BodyStructure != nil {
		w.WriteBodyStructure(imapserver.ExtractBodyStructure(bytes.NewReader(m.raw)))
	}
	for _, section := range options.BodySection {
		data := bodySection(m.raw, section)
		body := w.WriteBodySection(section, int64(len(data)))
		if _, err := body.Write(data); err != nil {
			return errors.Join(err, body.Close())
		}
		if err := body.Close(); err != nil {
			return err
		}
	}
	return nil
}

// bodySection cuts the whole mail, its header and its text out of the stored bytes, which
// the library would write anew; parts and single fields are the library's.
func bodySection(raw []byte, section *imap.FetchItemBodySection) []byte {
	if len(section.Part) > 0 || len(section.HeaderFields) > 0 || len(section.HeaderFieldsNot) > 0 {
		return imapserver.ExtractBodySection(bytes.NewReader(raw), section)
	}
	end := headerEnd(raw)
	data := raw
	switch section.Specifier {
	case imap.PartSpecifierHeader, imap.PartSpecifierMIME:
		data = raw[:end]
	case imap.PartSpecifierText:
		data = raw[end:]
	}
	if p := section.Partial; p != nil {
		from := min(p.Offset, int64(len(data)))
		data = data[from:min(from+p.Size, int64(len(data)))]
	}
	return data
}

// headerEnd is where the body starts, behind the first empty line.
func headerEnd(raw []byte) int {
	for _, blank := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(blank)); i >= 0 {
			return i + len(blank)
		}
	}
	return len(raw)
}

// Store implements imapserver.Session.
func (c *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	if c.server.strikes(StoreCut) {
		c.cut()
		return errors.New("fault: connection cut in STORE")
	}
	c.server.mu.Lock()
	c.view.each(set, func(m seenMessage) {
		if m.setFlags(flags.Op, flags.Flags) {
			c.view.folder.flagged(m.index, c.view.tracker)
		}
	})
	c.server.notify()
	c.server.mu.Unlock()
	if flags.Silent {
		return nil
	}
	options := &imap.FetchOptions{Flags: true}
	for _, m := range c.snapshots(set, options) {
		if err := m.write(w.CreateMessage(m.seqNum), options); err != nil {
			return err
		}
	}
	return nil
}

// Expunge implements imapserver.Session. The library polls behind it, which announces the
// numbers to this session as to all others.
func (c *imapSession) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.view.folder.remove(func(m *message) bool {
		return m.has(imap.FlagDeleted) && (uids == nil || uids.Contains(m.uid))
	})
	c.server.notify()
	return nil
}

// Copy implements imapserver.Session.
func (c *imapSession) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	data, _, err := c.copy(set, dest)
	return data, err
}

// copy returns the copied originals too. The caller holds Server.mu.
func (c *imapSession) copy(set imap.NumSet, dest string) (*imap.CopyData, map[*message]bool, error) {
	target, err := c.lookup(dest, imap.ResponseCodeTryCreate)
	if err != nil {
		return nil, nil, err
	}
	if target == c.view.folder {
		return nil, nil, refuse("", "Source and destination are the same")
	}
	data := &imap.CopyData{UIDValidity: target.uidValidity}
	copied := make(map[*message]bool)
	c.view.each(set, func(m seenMessage) {
		twin := target.add(m.raw, m.at, m.message.flags)
		data.SourceUIDs.AddNum(m.uid)
		data.DestUIDs.AddNum(twin.uid)
		copied[m.message] = true
	})
	c.server.notify()
	return data, copied, nil
}

// Move implements imapserver.SessionMove (RFC 6851): COPYUID first, then the poll behind
// the command announces the expunged numbers.
func (c *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	c.server.mu.Lock()
	data, moved, err := c.copy(set, dest)
	if err == nil {
		c.view.folder.remove(func(m *message) bool { return moved[m] })
	}
	c.server.mu.Unlock()
	if err != nil || len(moved) == 0 {
		return err
	}
	return w.WriteCopyData(data)
}
