package email

import (
	"bytes"
	"errors"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

func TestOneMessageIsFetchedAgainUnlessItIsAnotherByNow(t *testing.T) {
	server := newMailServer(t)
	for i := range 2 {
		if err := server.Deliver(supportAddress, letter(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	m := Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)}
	c, raw, err := Dialer{}.openIMAP(t.Context(), m.Account, &imapclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	selected, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Close()
	_ = c.Close()
	at := inbox.Place{Folder: "INBOX", UIDValidity: selected.UIDValidity, UID: 2}
	if got, err := (Dialer{}).Fetch(t.Context(), m, at, 1<<20); err != nil || !bytes.Equal(got, letter(2)) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := (Dialer{}).Fetch(t.Context(), m, at, 10); !errors.Is(err, inbox.ErrTooLargeToTake) {
		t.Errorf("over the limit: %v", err)
	}
	for name, p := range map[string]inbox.Place{
		"deleted":             {Folder: "INBOX", UIDValidity: at.UIDValidity, UID: 99},
		"UIDs given out anew": {Folder: "INBOX", UIDValidity: at.UIDValidity + 1, UID: 2},
	} {
		if _, err := (Dialer{}).Fetch(t.Context(), m, p, 1<<20); !errors.Is(err, inbox.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Dialer{}).Fetch(t.Context(), m, inbox.Place{Folder: "Nowhere", UIDValidity: 1, UID: 1}, 1<<20); kindOf(err) != FaultFolder {
		t.Errorf("a folder that is not there: %v", err)
	}
}
