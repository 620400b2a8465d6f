package email

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

// file puts a message into a folder.
func (r *realServer) file(folder string, raw []byte) {
	r.t.Helper()
	r.ask(func(c *imapclient.Client) {
		cmd := c.Append(folder, int64(len(raw)), nil)
		_, err := cmd.Write(raw)
		check(r.t, err)
		check(r.t, cmd.Close())
		_, err = cmd.Wait()
		check(r.t, err)
	})
}

func (d *desk) waitFolderCursor(ref Ref, folder string, uid uint32) {
	d.t.Helper()
	d.wait(folder, func() bool { return d.cursors[ref.Mailbox.String()+"/"+folder].LastUID >= uid })
}

func TestSeveralFoldersAreReadOverOneConnection(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	names := []string{"Support", "Aufträge & Büro", "Заказы"}
	for _, name := range names {
		server.createFolder(name)
	}
	server.deliver(letter(1), time.Now())
	server.file(names[0], letter(2))
	d := newDesk(t)
	ref := d.add(Mailbox{Account: server.account(TLSNone), Others: names})
	d.start(nil, func(c *Config) { c.IdlePoll = time.Hour })
	d.waitCursor(ref, 1)
	d.waitFolderCursor(ref, names[0], 1)

	// While it waits in the inbox, in every folder.
	for i, name := range names {
		server.file(name, letter(10+i))
	}
	d.waitFolderCursor(ref, names[0], 2)
	d.waitFolderCursor(ref, names[1], 1)
	d.waitFolderCursor(ref, names[2], 1)
	server.deliver(letter(20), time.Now())
	d.waitCursor(ref, 2)

	seen := map[string]string{}
	for _, m := range d.waitAccepted(6) {
		seen[subjects([]inbox.Raw{m})[0]] = m.Folder
	}
	want := map[string]string{"1": "INBOX", "2": names[0], "10": names[0], "11": names[1], "12": names[2], "20": "INBOX"}
	for subject, folder := range want {
		if seen[subject] != folder {
			t.Errorf("message %s came from %q, want %q", subject, seen[subject], folder)
		}
	}
	if flagged, all := server.count(names[0], imap.FlagSeen); flagged != 2 || all != 2 {
		t.Errorf("%d of %d messages are marked as read", flagged, all)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opened != 1 {
		t.Errorf("%d connections, want one", d.opened)
	}
}

func TestMissingFolderIsNamedWithThoseThereAreAndHoldsUpNone(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]Mailbox{
		"further folder": {Others: []string{"Suport", "Support"}},
		"first folder":   {Folder: "Suport", Others: []string{"Support", "INBOX"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := startDovecot(t, "")
			server.createFolder("Support")
			d := newDesk(t)
			server.deliver(letter(1), time.Now())
			server.file("Support", letter(2))
			m.Account = server.account(TLSNone)
			ref := d.add(m)
			d.start(nil)
			d.waitCursor(ref, 1)
			d.waitFolderCursor(ref, "Support", 1)
			d.wait("the problem", func() bool { return strings.Contains(d.failing[ref.Mailbox], "Suport") })
			d.mu.Lock()
			reason, states := d.failing[ref.Mailbox], d.folders
			d.mu.Unlock()
			if !strings.Contains(reason, "the folders there are: INBOX, Support") {
				t.Errorf("the reason is %q", reason)
			}
			for _, s := range states {
				if (s.Problem != "") != (s.Folder == "Suport") {
					t.Errorf("folder %+v", s)
				}
			}

			// Somebody makes the folder. Dovecot may call it there already where it is asked about at that moment.
			server.ask(func(c *imapclient.Client) { _ = c.Create("Suport", nil).Wait() })
			server.file("Suport", letter(3))
			d.waitFolderCursor(ref, "Suport", 1)
			d.wait("recovery", func() bool { return d.failing[ref.Mailbox] == "" })
		})
	}
}

func TestFolderThatVanishesDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	server.createFolder("Support")
	d := newDesk(t)
	ref := d.add(Mailbox{Account: server.account(TLSNone), Others: []string{"Support"}})
	d.start(nil)
	d.wait("first look", func() bool { return d.polled[ref.Mailbox] > 0 })
	server.ask(func(c *imapclient.Client) { check(t, c.Delete("Support").Wait()) })
	d.wait("the problem", func() bool { return strings.Contains(d.failing[ref.Mailbox], "Support") })
	server.deliver(letter(1), time.Now())
	d.waitCursor(ref, 1)
}

func TestCheckListsTheFoldersAndWarnsOfVirtualOnes(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	for _, name := range []string{"virtual.All", "Support.Billing", "Support.Billing.Old"} {
		server.createFolder(name)
	}
	_, err := Dialer{}.Check(t.Context(), Mailbox{Account: server.account(TLSNone), Others: []string{"Billing"}})
	var f *Fault
	if !errors.As(err, &f) || f.Kind != FaultFolder || !strings.Contains(err.Error(), `"Billing"`) || !strings.Contains(f.Cure, "Support.Billing") {
		t.Errorf("a folder that is not there: %v", err)
	}
	// Another letter case and delimiter, as another program shows it.
	notes, err := Dialer{}.Check(t.Context(), Mailbox{Account: server.account(TLSNone), Others: []string{"support/billing"}})
	if err != nil || len(notes) != 0 {
		t.Errorf("support/billing: %v, notes %q", err, notes)
	}
	notes, err = Dialer{}.Check(t.Context(), Mailbox{Account: server.account(TLSNone), Others: []string{"virtual.All"}})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "virtual") {
		t.Errorf("a virtual folder: %v, notes %q", err, notes)
	}
}

func TestNotesOnFoldersFollowTheirSpecialUse(t *testing.T) {
	for attr, noted := range map[imap.MailboxAttr]bool{
		imap.MailboxAttrAll: true, imap.MailboxAttrFlagged: true, imap.MailboxAttrSent: true, imap.MailboxAttrDrafts: true,
		imap.MailboxAttrTrash: true, imap.MailboxAttrJunk: false, imap.MailboxAttrArchive: false, imap.MailboxAttrHasNoChildren: false,
	} {
		list := []*imap.ListData{{Mailbox: "Alle Nachrichten", Attrs: []imap.MailboxAttr{attr}}}
		if note := noteOn("Alle Nachrichten", list); (note != "") != noted {
			t.Errorf("%s: %q", attr, note)
		}
	}
	if noteOn("[Gmail]/All Mail", nil) == "" {
		t.Error("nothing is said of Gmail's folder of all mail")
	}
}

func TestFoldersAreFoundByOtherSpellings(t *testing.T) {
	var list []*imap.ListData
	for _, name := range []string{"INBOX", "INBOX.Support", "INBOX.Sales.EU", "INBOX.Team", "INBOX.team"} {
		list = append(list, &imap.ListData{Mailbox: name, Delim: '.'})
	}
	list = append(list, &imap.ListData{Mailbox: "Shelf", Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}})
	cause := &Fault{Kind: FaultFolder, Err: errors.New("no")}
	for name, want := range map[string]string{
		"Support": "INBOX.Support", "INBOX/Support": "INBOX.Support", "sales/eu": "INBOX.Sales.EU", `Sales\EU`: "INBOX.Sales.EU",
		"TEAM": "", "Shelf": "", "Other": "",
	} {
		got, err := matchFolder(name, list, cause)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestIdleIsIssuedAnewBeforeServersEndIt(t *testing.T) {
	s := NewSupervisor(Config{IdlePoll: time.Hour})
	if longest := s.settings.IdlePoll * 11 / 10; longest >= 29*time.Minute {
		t.Errorf("IDLE may last %s, want less than 29 minutes", longest)
	}
}

func TestSilentIdleIsNotReliedOn(t *testing.T) {
	s := &session{cfg: &settings{Config: Config{Poll: time.Second, IdlePoll: time.Minute}}, canIdle: true}
	if s.interval() != time.Minute {
		t.Errorf("looks every %s at first", s.interval())
	}
	s.missed = deafAfter
	if s.interval() != time.Second {
		t.Errorf("looks every %s though mail came unannounced", s.interval())
	}
}

func TestServersThatThrottleAreLeftAloneAsLongAsTheyAsk(t *testing.T) {
	a := Account{Protocol: IMAP, Host: "mail.example", Port: 993}
	for text, want := range map[string]time.Duration{
		"Request is throttled. Suggested Backoff Time: 299961 milliseconds": 299961 * time.Millisecond,
		"Throttled, try again in 7 minutes":                                 7 * time.Minute,
		"Throttled: retry after 30 seconds":                                 30 * time.Second,
		"Too many simultaneous connections. (Failure)":                      0,
		"Throttled, try again in 999999 hours":                              longestAsked,
		"Invalid credentials, try again in 3 minutes":                       0,
	} {
		err := loginFault(a, &imap.Error{Type: imap.StatusResponseTypeNo, Text: text})
		if got := backoffAsked(err); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
