package mailserver_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func dialIMAP(t *testing.T, srv *mailserver.Server, rawURL string, handler *imapclient.UnilateralDataHandler) *imapclient.Client {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	options := &imapclient.Options{
		TLSConfig:             &tls.Config{RootCAs: srv.CertPool(), ServerName: "127.0.0.1"},
		UnilateralDataHandler: handler,
	}
	var c *imapclient.Client
	switch u.Query().Get("tls") {
	case "none":
		c, err = imapclient.DialInsecure(u.Host, options)
	case "starttls":
		c, err = imapclient.DialStartTLS(u.Host, options)
	case "implicit":
		c, err = imapclient.DialTLS(u.Host, options)
	}
	if err != nil {
		t.Fatalf("dial %s: %v", rawURL, err)
	}
	t.Cleanup(func() { _ = c.Close() })
	password, _ := u.User.Password()
	if err := c.Login(u.User.Username(), password).Wait(); err != nil {
		t.Fatalf("log in: %v", err)
	}
	return c
}

func selectInbox(t *testing.T, c *imapclient.Client) *imap.SelectData {
	t.Helper()
	data, err := c.Select("inbox", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func deliver(t *testing.T, srv *mailserver.Server, rcpt string, raw []byte) {
	t.Helper()
	if err := srv.Deliver(rcpt, raw); err != nil {
		t.Fatal(err)
	}
}

func TestEveryIMAPPortLogsInAndSelects(t *testing.T) {
	srv := start(t)
	deliver(t, srv, support, plainMail("1", anna, support, "s", "b"))
	for _, mode := range []mailserver.TLSMode{mailserver.NoTLS, mailserver.STARTTLS, mailserver.ImplicitTLS} {
		c := dialIMAP(t, srv, srv.IMAPURLWith("support+x@desk.example", mode), nil)
		for _, want := range []imap.Cap{imap.CapIdle, imap.CapMove, imap.CapUIDPlus, imap.CapSpecialUse} {
			if !c.Caps().Has(want) {
				t.Errorf("%s: no %s", mode, want)
			}
		}
		if data := selectInbox(t, c); data.NumMessages != 1 || data.UIDNext != 2 || data.UIDValidity == 0 {
			t.Errorf("%s: SELECT says %+v", mode, data)
		}
	}
}

func TestBodyIsByteForByteAlsoWhenBroken(t *testing.T) {
	srv := start(t)
	mails := [][]byte{
		plainMail("ok", anna, support, "s", "b"),
		[]byte("Subject:x\r\n  folded \r\nthis is no header\r\n\r\nbody\nwith bare LF\r\x00and \xff bytes"),
		[]byte("no header at all"),
		{},
	}
	at := time.Date(2025, 12, 24, 18, 0, 0, 0, time.FixedZone("", 3600))
	for _, raw := range mails {
		if err := srv.DeliverAt(support, raw, at); err != nil {
			t.Fatal(err)
		}
	}
	c := dialIMAP(t, srv, srv.IMAPURL(support), nil)
	selectInbox(t, c)
	section := &imap.FetchItemBodySection{Peek: true}
	got, err := c.Fetch(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(mails) {
		t.Fatalf("fetched %d of %d", len(got), len(mails))
	}
	for i, m := range got {
		if body := m.FindBodySection(section); !bytes.Equal(body, mails[i]) {
			t.Errorf("mail %d came as %q", i, body)
		}
		if m.RFC822Size != int64(len(mails[i])) || !m.InternalDate.Equal(at) || len(m.Flags) != 0 || m.UID != imap.UID(i+1) {
			t.Errorf("mail %d: size %d, date %v, flags %v, UID %d", i, m.RFC822Size, m.InternalDate, m.Flags, m.UID)
		}
	}
}

func TestHeaderAndPartialFetches(t *testing.T) {
	srv := start(t)
	deliver(t, srv, support, crlf("Subject: a\nTo: b\n\n0123456789"))
	c := dialIMAP(t, srv, srv.IMAPURL(support), nil)
	selectInbox(t, c)
	for want, section := range map[string]*imap.FetchItemBodySection{
		"Subject: a\r\nTo: b\r\n\r\n": {Peek: true, Specifier: imap.PartSpecifierHeader},
		"0123456789":                  {Peek: true, Specifier: imap.PartSpecifierText},
		"34":                          {Peek: true, Specifier: imap.PartSpecifierText, Partial: &imap.SectionPartial{Offset: 3, Size: 2}},
		"To: b\r\n\r\n":               {Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"To"}},
	} {
		got, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		if have := string(got[0].FindBodySection(section)); have != want {
			t.Errorf("%+v gives %q, want %q", section, have, want)
		}
	}
}

func TestIdleHearsOfEveryDelivery(t *testing.T) {
	srv := start(t)
	exists := make(chan uint32, 64)
	c := dialIMAP(t, srv, srv.IMAPURL(support), &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				exists <- *data.NumMessages
			}
		},
	})
	selectInbox(t, c)
	// Between the last command and IDLE: the push must not be lost.
	deliver(t, srv, support, plainMail("0", anna, support, "s", "b"))
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	for want := uint32(1); want <= 5; want++ {
		select {
		case got := <-exists:
			if got != want {
				t.Fatalf("EXISTS %d, want %d", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no EXISTS %d", want)
		}
		deliver(t, srv, support, plainMail(fmt.Sprint(want), anna, support, "s", "b"))
	}
	if err := idle.Close(); err != nil {
		t.Error(err)
	}
	if err := idle.Wait(); err != nil {
		t.Error(err)
	}
}

func TestSeenIsSetByStoreAndSearched(t *testing.T) {
	srv := start(t)
	for i := range 3 {
		deliver(t, srv, support, plainMail(fmt.Sprint(i), anna, support, fmt.Sprintf("Grüße %d", i), "Bücher"))
	}
	c := dialIMAP(t, srv, srv.IMAPURL(support), nil)
	selectInbox(t, c)
	store := c.Store(imap.UIDSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if !srv.Mailbox(support).Messages()[1].Seen() {
		t.Error("the server does not know of \\Seen")
	}
	for name, test := range map[string]struct {
		criteria imap.SearchCriteria
		want     []imap.UID
	}{
		"unseen":           {imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, []imap.UID{1, 3}},
		"uid range":        {imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 2, Stop: 0}}}}, []imap.UID{2, 3}},
		"range past end":   {imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 9, Stop: 0}}}}, []imap.UID{3}},
		"message-id":       {imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: "<1>"}}}, []imap.UID{2}},
		"since":            {imap.SearchCriteria{Since: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}, nil},
		"body and subject": {imap.SearchCriteria{Body: []string{"bücher"}, Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "0"}}}, []imap.UID{1}},
		"or, not": {imap.SearchCriteria{
			Or:  [][2]imap.SearchCriteria{{{UID: []imap.UIDSet{imap.UIDSetNum(1)}}, {UID: []imap.UIDSet{imap.UIDSetNum(2)}}}},
			Not: []imap.SearchCriteria{{Flag: []imap.Flag{imap.FlagSeen}}},
		}, []imap.UID{1}},
	} {
		data, err := c.UIDSearch(&test.criteria, nil).Wait()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := data.AllUIDs(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestMoveTellsNewUIDAndExpungesOnce(t *testing.T) {
	srv := start(t)
	for i := range 3 {
		deliver(t, srv, support, plainMail(fmt.Sprint(i), anna, support, "s", "b"))
	}
	expunged := make(chan uint32, 8)
	c := dialIMAP(t, srv, srv.IMAPURL(support), &imapclient.UnilateralDataHandler{Expunge: func(n uint32) { expunged <- n }})
	if err := c.Create("Done", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	selectInbox(t, c)
	data, err := c.Move(imap.UIDSetNum(1, 2), "Done").Wait()
	if err != nil {
		t.Fatal(err)
	}
	if uids, _ := data.DestUIDs.(imap.UIDSet); uids.String() != "1:2" {
		t.Errorf("COPYUID says %v", data.DestUIDs)
	}
	if err := c.Noop().Wait(); err != nil {
		t.Fatal(err)
	}
	close(expunged)
	var got []uint32
	for n := range expunged {
		got = append(got, n)
	}
	if !slices.Equal(got, []uint32{2, 1}) {
		t.Errorf("EXPUNGE %v, want 2 and 1 once each", got)
	}
	if in, done := srv.Mailbox(support).Messages(), srv.Mailbox(support).Folder("Done"); len(in) != 1 || in[0].UID != 3 || len(done) != 2 {
		t.Errorf("inbox %d, Done %d", len(in), len(done))
	}
}

func TestNewUIDValidityRenumbersAndCuts(t *testing.T) {
	srv := start(t)
	for i := range 2 {
		deliver(t, srv, support, plainMail(fmt.Sprint(i), anna, support, "s", "b"))
	}
	c := dialIMAP(t, srv, srv.IMAPURL(support), nil)
	before := selectInbox(t, c)
	store := c.Store(imap.UIDSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
	if err := srv.Mailbox(support).RenewUIDValidity(); err != nil {
		t.Fatal(err)
	}
	if err := c.Noop().Wait(); err == nil {
		t.Error("the old connection still works")
	}
	after := selectInbox(t, dialIMAP(t, srv, srv.IMAPURL(support), nil))
	if after.UIDValidity == before.UIDValidity || after.NumMessages != 1 || after.UIDNext != 2 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestIMAPFaults(t *testing.T) {
	srv := start(t)
	deliver(t, srv, support, plainMail("1", anna, support, "s", "b"))
	c := dialIMAP(t, srv, srv.IMAPURL(support), nil)
	selectInbox(t, c)
	srv.Inject(mailserver.FetchCut, 1)
	if _, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{UID: true}).Collect(); err == nil {
		t.Error("FETCH survived the cut")
	}
	c = dialIMAP(t, srv, srv.IMAPURL(support), nil)
	selectInbox(t, c)
	srv.Inject(mailserver.StoreCut, 1)
	if err := c.Store(imap.SeqSetNum(1), &imap.StoreFlags{Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err == nil {
		t.Error("STORE survived the cut")
	}
	if srv.Mailbox(support).Messages()[0].Seen() {
		t.Error("the cut STORE was executed")
	}
	c = dialIMAP(t, srv, srv.IMAPURL(support), nil)
	waitFor(t, srv, "the cut sessions are gone", func() bool { n, _ := srv.IMAPSessions(support); return n == 1 })
	if n := srv.CutIMAP(support); n != 1 {
		t.Errorf("cut %d connections, want 1", n)
	}
	if err := c.Noop().Wait(); err == nil {
		t.Error("the connection survived the cut")
	}
	srv.Inject(mailserver.LoginRefused, 1)
	u, _ := url.Parse(srv.IMAPURL(support))
	c, err := imapclient.DialInsecure(u.Host, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	password, _ := u.User.Password()
	if err := c.Login(u.User.Username(), password).Wait(); err == nil {
		t.Error("the login was not refused")
	}
}

func TestSlowReaderDelaysNobody(t *testing.T) {
	srv := start(t)
	big := append(plainMail("big", anna, support, "s", "b"), bytes.Repeat([]byte("x"), 30<<20)...)
	deliver(t, srv, support, big)
	u, err := url.Parse(srv.IMAPURL(support))
	if err != nil {
		t.Fatal(err)
	}
	slow, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	password, _ := u.User.Password()
	if _, err := fmt.Fprintf(slow, "a LOGIN %s %q\r\nb SELECT INBOX\r\nc FETCH 1 BODY.PEEK[]\r\n", support, password); err != nil {
		t.Fatal(err)
	}
	// The answer has begun; nobody reads on.
	if _, err := bufio.NewReaderSize(slow, 16).ReadString('{'); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 50 {
			if err := srv.Deliver(support, plainMail(fmt.Sprint(i), anna, support, "s", "b")); err != nil {
				t.Error(err)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("deliveries wait for a slow reader")
	}
}

func TestBigFolderIsListedQuickly(t *testing.T) {
	srv := start(t)
	for i := range 5000 {
		deliver(t, srv, support, plainMail(fmt.Sprint(i), anna, support, "s", "b"))
	}
	c := dialIMAP(t, srv, srv.IMAPURL(support), nil)
	selectInbox(t, c)
	got, err := c.Fetch(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
	if err != nil || len(got) != 5000 {
		t.Fatalf("%d of 5000: %v", len(got), err)
	}
	status, err := c.Status("Sent", &imap.StatusOptions{NumMessages: true, UIDNext: true, NumUnseen: true}).Wait()
	if err != nil || *status.NumMessages != 0 || status.UIDNext != 1 {
		t.Errorf("STATUS: %+v, %v", status, err)
	}
}
