package email

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

// A realServer is a Dovecot with one user.
type realServer struct {
	t testing.TB
	*dovecot.Server
}

const realUser = "support@desk.example"

// startDovecot replaces what the server announces after login by capability, if that is not empty.
func startDovecot(t testing.TB, capability string) *realServer {
	t.Helper()
	check(t, dovecot.Available())
	config := dovecot.Config{Users: []dovecot.User{{Name: realUser, Password: "s p@ss/w%rd"}}}
	if capability != "" {
		config.Settings = "protocol imap {\n  imap_capability = " + capability + "\n}\n"
	}
	s, err := dovecot.Start(t.Context(), config)
	check(t, err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &realServer{t, s}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *realServer) account(mode TLSMode) Account {
	r.t.Helper()
	url := map[TLSMode]string{TLSNone: r.URL(realUser), TLSStart: r.STARTTLSURL(realUser), TLSImplicit: r.TLSURL(realUser)}[mode]
	return mustAccount(r.t, url, IMAP)
}

func (r *realServer) deliver(raw []byte, at time.Time) {
	r.t.Helper()
	check(r.t, r.DeliverAt(realUser, raw, at))
}

// maildir is where the user's mail lies.
func (r *realServer) maildir() string {
	return filepath.Join(filepath.Dir(r.LogFile()), "home", realUser, "mail")
}

// ask talks to the server as another client does.
func (r *realServer) ask(do func(c *imapclient.Client)) {
	r.t.Helper()
	c, raw, err := Dialer{}.openIMAP(context.Background(), r.account(TLSNone), &imapclient.Options{})
	check(r.t, err)
	defer func() {
		_ = raw.Close()
		_ = c.Close()
	}()
	do(c)
}

func (r *realServer) createFolder(name string) {
	r.t.Helper()
	r.ask(func(c *imapclient.Client) { check(r.t, c.Create(name, nil).Wait()) })
}

// expunge removes a message from the inbox.
func (r *realServer) expunge(uid uint32) {
	r.t.Helper()
	r.ask(func(c *imapclient.Client) {
		_, err := c.Select("INBOX", nil).Wait()
		check(r.t, err)
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
		check(r.t, c.Store(imap.UIDSetNum(imap.UID(uid)), flags, nil).Close())
		check(r.t, c.Expunge().Close())
	})
}

// count returns how many messages of a folder have the flag, and how many there are.
func (r *realServer) count(folder string, flag imap.Flag) (flagged, all int) {
	r.t.Helper()
	r.ask(func(c *imapclient.Client) {
		_, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
		check(r.t, err)
		list, err := c.Fetch(imap.UIDSet{{Start: 1}}, &imap.FetchOptions{UID: true, Flags: true}).Collect()
		check(r.t, err)
		for _, m := range list {
			all++
			if slices.Contains(m.Flags, flag) {
				flagged++
			}
		}
	})
	return flagged, all
}
