package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"
)

// inFolders works with the support mailbox as its owner's mail program does.
func (s *site) inFolders(do func(c *imapclient.Client)) {
	s.Helper()
	c, err := imapclient.DialInsecure(hostOf(s.T, s.mail.IMAPURL(support)), nil)
	s.ok(err)
	defer func() { _ = c.Close() }()
	u, err := url.Parse(s.mail.IMAPURL(support))
	s.ok(err)
	secret, _ := u.User.Password()
	s.ok(c.Login(u.User.Username(), secret).Wait())
	do(c)
}

func (s *site) file(folder string, raw []byte) {
	s.Helper()
	s.inFolders(func(c *imapclient.Client) {
		cmd := c.Append(folder, int64(len(raw)), nil)
		_, err := cmd.Write(raw)
		s.ok(err)
		s.ok(cmd.Close())
		_, err = cmd.Wait()
		s.ok(err)
	})
}

// folders are what `mailbox list` says of them.
func (s *site) folders() map[string]object {
	s.Helper()
	m := read[[]map[string]any](s.shell, "mailbox", "list")[0]
	byName := map[string]object{}
	for _, f := range m["folders"].([]any) {
		byName[f.(map[string]any)["folder"].(string)] = f.(map[string]any)
	}
	return byName
}

func TestMailOfSeveralFoldersBecomesTicketsAndOfTwoFoldersOneComment(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	if got := s.folders(); len(got) != 1 || got["INBOX"]["state"] != "new" {
		t.Errorf("the folders at first: %v", got)
	}
	s.inFolders(func(c *imapclient.Client) { s.ok(c.Create("Aufträge", nil).Wait()) })
	s.serve()
	first := s.deliver(letter{from: ada, subject: "Bell", text: "It does not ring."})
	s.stored(first)

	// While the service runs.
	s.failsWith(1, []string{"nothing is changed", `"Auftrag"`, "Aufträge, INBOX, Sent"}, "mailbox", "set", support, "folders=INBOX,Auftrag")
	s.do("mailbox", "set", support, "folders=INBOX,Aufträge")
	inboxed, raw := s.compose(letter{from: ada, subject: "Saddle", text: "It is too high."})
	s.file("Aufträge", raw)
	s.ok(s.put(support, raw))
	s.until("both copies", func() bool {
		return s.count(`SELECT count(*) FROM inbound_messages WHERE message_id = $1`, inboxed) == 2
	})
	if n := s.comments(inboxed); n != 1 {
		t.Errorf("%d comments of a mail in two folders, want one", n)
	}
	second, raw := s.compose(letter{from: ada, subject: "Lamp", text: "It is dark."})
	s.file("Aufträge", raw)
	s.stored(second)
	s.until("the folders' states", func() bool {
		f := s.folders()
		return len(f) == 2 && f["INBOX"]["state"] == "active" && f["Aufträge"]["state"] == "active" && f["Aufträge"]["last_uid"] == 2.0
	})
}

func TestFolderOfSentMailIsWarnedOf(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true, noBoxes: true})
	s.addMailbox(support, "--folder", "INBOX,Sent")
	s.serve()
	s.until("the note", func() bool {
		note, _ := s.folders()["Sent"]["note"].(string)
		return strings.Contains(note, "what was written here")
	})
	if out := s.do("mailbox", "list"); !strings.Contains(out, "what was written here") {
		t.Errorf("mailbox list says %s", out)
	}
	s.failsWith(2, []string{"21 are more than the 20"}, "mailbox", "set", support, "folders=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u")
}
