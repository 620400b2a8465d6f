package mailserver

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
)

const folderDelim = '/'

func (s *Server) newIMAP() *imapserver.Server {
	return imapserver.New(&imapserver.Options{
		NewSession:   s.newIMAPSession,
		TLSConfig:    &tls.Config{Certificates: []tls.Certificate{s.cert.tls}, MinVersion: tls.VersionTLS12},
		InsecureAuth: true, // Loopback only.
		Logger:       slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
		Caps: imap.CapSet{
			imap.CapIMAP4rev1:  {},
			imap.CapIMAP4rev2:  {},
			imap.CapNamespace:  {},
			imap.CapUIDPlus:    {},
			imap.CapESearch:    {},
			imap.CapSearchRes:  {},
			imap.CapListStatus: {},
			imap.CapMove:       {},
			imap.CapStatusSize: {},
			imap.CapSpecialUse: {},
		},
	})
}

// imapSession is one IMAP connection. The library calls it from one goroutine, and Idle
// from a second one. account, view and idling are written under Server.mu.
type imapSession struct {
	server  *Server
	nc      net.Conn
	account *account // nil before login
	view    *view    // nil without a selected folder
	idling  bool
}

var (
	_ imapserver.SessionIMAP4rev2 = (*imapSession)(nil)
	_ imapserver.SessionSASL      = (*imapSession)(nil)
)

func (s *Server) newIMAPSession(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
	sess := &imapSession{server: s, nc: c.NetConn()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, nil, &imap.Error{Type: imap.StatusResponseTypeBye, Text: "Shutting down"}
	}
	s.sessions.Add(1)
	s.imapConn[sess] = struct{}{}
	return sess, nil, nil
}

// Close implements imapserver.Session.
func (c *imapSession) Close() error {
	c.server.mu.Lock()
	delete(c.server.imapConn, c)
	if c.view != nil {
		c.view.close()
		c.view = nil
	}
	c.server.notify()
	c.server.mu.Unlock()
	c.server.sessions.Done()
	return nil
}

// cut closes the connection under the library's hands.
func (c *imapSession) cut() { _ = c.nc.Close() }

// Login implements imapserver.Session, also for AUTHENTICATE PLAIN.
func (c *imapSession) Login(user, password string) error {
	if c.server.strikes(LoginRefused) {
		return imapserver.ErrAuthFailed
	}
	a, ok := c.server.authenticate(user, password)
	if !ok {
		return imapserver.ErrAuthFailed
	}
	c.enter(a)
	return nil
}

func (c *imapSession) enter(a *account) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.account = a
	c.server.notify()
}

// AuthenticateMechanisms implements imapserver.SessionSASL.
func (c *imapSession) AuthenticateMechanisms() []string {
	return append([]string{sasl.Plain}, c.server.tokenMechanisms()...)
}

// Authenticate implements imapserver.SessionSASL.
func (c *imapSession) Authenticate(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return c.Login(user, password) }), nil
	}
	if t := c.server.tokenServer(mechanism, c.enter); t != nil {
		return refusing{t}, nil
	}
	return nil, refuse(imap.ResponseCodeCannot, "SASL mechanism not supported")
}

// refusing answers a refused token as IMAP does.
type refusing struct{ sasl.Server }

// Next implements sasl.Server.
func (r refusing) Next(response []byte) (challenge []byte, done bool, err error) {
	challenge, done, err = r.Server.Next(response)
	if err != nil {
		err = imapserver.ErrAuthFailed
	}
	return challenge, done, err
}

func refuse(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// lookup returns a folder or the answer for one that is missing. The caller holds
// Server.mu.
func (c *imapSession) lookup(name string, missing imap.ResponseCode) (*folder, error) {
	f := c.account.folder(name)
	if f == nil {
		return nil, refuse(missing, "No such mailbox")
	}
	return f, nil
}

// Select implements imapserver.Session.
func (c *imapSession) Select(name string, _ *imap.SelectOptions) (*imap.SelectData, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f, err := c.lookup(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return nil, err
	}
	c.view = f.open()
	flags := []imap.Flag{imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagSeen, imap.FlagDraft}
	data := &imap.SelectData{
		Flags:          flags,
		PermanentFlags: append(slices.Clone(flags), imap.FlagWildcard),
		NumMessages:    uint32(len(f.messages)),
		UIDNext:        f.uidNext,
		UIDValidity:    f.uidValidity,
		List:           &imap.ListData{Mailbox: f.name, Delim: folderDelim},
	}
	if i := slices.IndexFunc(f.messages, func(m *message) bool { return !m.has(imap.FlagSeen) }); i >= 0 {
		data.FirstUnseenSeqNum = uint32(i) + 1
	}
	return data, nil
}

// Unselect implements imapserver.Session.
func (c *imapSession) Unselect() error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.view.close()
	c.view = nil
	return nil
}

// Create implements imapserver.Session.
func (c *imapSession) Create(name string, _ *imap.CreateOptions) error {
	name = strings.TrimRight(name, string(folderDelim))
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.account.folder(name) != nil {
		return refuse(imap.ResponseCodeAlreadyExists, "Mailbox already exists")
	}
	c.account.create(name)
	return nil
}

// Delete implements imapserver.Session.
func (c *imapSession) Delete(name string) error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f, err := c.lookup(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return err
	}
	if f.name == inbox {
		return refuse(imap.ResponseCodeCannot, "INBOX stays")
	}
	delete(c.account.folders, f.name)
	return nil
}

// Rename implements imapserver.Session. Renaming INBOX, which would have to leave an empty
// one behind, is refused.
func (c *imapSession) Rename(from, to string, _ *imap.RenameOptions) error {
	to = strings.TrimRight(to, string(folderDelim))
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f, err := c.lookup(from, imap.ResponseCodeNonExistent)
	if err != nil {
		return err
	}
	if f.name == inbox {
		return refuse(imap.ResponseCodeCannot, "INBOX stays")
	}
	if c.account.folder(to) != nil {
		return refuse(imap.ResponseCodeAlreadyExists, "Mailbox already exists")
	}
	delete(c.account.folders, f.name)
	f.name = to
	c.account.folders[to] = f
	return nil
}

// Subscribe implements imapserver.Session.
func (c *imapSession) Subscribe(name string) error { return c.subscribe(name, true) }

// Unsubscribe implements imapserver.Session.
func (c *imapSession) Unsubscribe(name string) error { return c.subscribe(name, false) }

func (c *imapSession) subscribe(name string, yes bool) error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f, err := c.lookup(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return err
	}
	f.subscribed = yes
	return nil
}

// Namespace implements imapserver.SessionNamespace.
func (c *imapSession) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: folderDelim}}}, nil
}

// List implements imapserver.Session.
func (c *imapSession) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: folderDelim})
	}
	for _, data := range c.list(ref, patterns, options) {
		if err := w.WriteList(&data); err != nil {
			return err
		}
	}
	return nil
}

func (c *imapSession) list(ref string, patterns []string, options *imap.ListOptions) []imap.ListData {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	var out []imap.ListData
	for name, f := range c.account.folders {
		if !slices.ContainsFunc(patterns, func(p string) bool {
			return imapserver.MatchList(name, folderDelim, ref, p)
		}) || options.SelectSubscribed && !f.subscribed || options.SelectSpecialUse && f.specialUse == "" {
			continue
		}
		data := imap.ListData{Mailbox: name, Delim: folderDelim}
		if f.subscribed {
			data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
		}
		if f.specialUse != "" {
			data.Attrs = append(data.Attrs, f.specialUse)
		}
		if options.ReturnStatus != nil {
			data.Status = f.status(options.ReturnStatus)
		}
		out = append(out, data)
	}
	slices.SortFunc(out, func(a, b imap.ListData) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	return out
}

// Status implements imapserver.Session.
func (c *imapSession) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f, err := c.lookup(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return nil, err
	}
	return f.status(options), nil
}

func (f *folder) status(options *imap.StatusOptions) *imap.StatusData {
	data := &imap.StatusData{Mailbox: f.name}
	if options.NumMessages {
		data.NumMessages = new(uint32(len(f.messages)))
	}
	if options.NumRecent {
		data.NumRecent = new(uint32)
	}
	if options.UIDNext {
		data.UIDNext = f.uidNext
	}
	if options.UIDValidity {
		data.UIDValidity = f.uidValidity
	}
	if options.NumUnseen {
		data.NumUnseen = new(f.count(func(m *message) bool { return !m.has(imap.FlagSeen) }))
	}
	if options.NumDeleted {
		data.NumDeleted = new(f.count(func(m *message) bool { return m.has(imap.FlagDeleted) }))
	}
	if options.Size {
		var size int64
		for _, m := range f.messages {
			size += int64(len(m.raw))
		}
		data.Size = &size
	}
	return data
}

// Append implements imapserver.Session.
func (c *imapSession) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	at := options.Time
	if at.IsZero() {
		at = c.server.config.Clock()
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f, err := c.lookup(name, imap.ResponseCodeTryCreate)
	if err != nil {
		return nil, err
	}
	m := f.add(raw, at, options.Flags)
	c.server.notify()
	return &imap.AppendData{UIDValidity: f.uidValidity, UID: m.uid}, nil
}

// Poll implements imapserver.Session.
func (c *imapSession) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if c.view == nil {
		return nil
	}
	return c.view.tracker.Poll(w, allowExpunge)
}

// Idle implements imapserver.Session. The token in woken covers what came before the call.
func (c *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	v := c.setIdle(true)
	defer c.setIdle(false)
	var woken <-chan struct{}
	if v != nil {
		woken = v.woken
	}
	for {
		select {
		case <-woken:
			if err := v.tracker.Poll(w, true); err != nil {
				return err
			}
		case <-stop:
			return nil
		}
	}
}

func (c *imapSession) setIdle(idling bool) *view {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.idling = idling
	c.server.notify()
	return c.view
}
