package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/customerdesk/customerdesk/internal/sandbox/nameserver"
)

func TestAnswersAreSignedOnceTheKeysRecordIsSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true, noBoxes: true})
	dns := nameserver.Start(t)
	s.shell = s.with("DNS_SERVER", dns.Addr())
	s.addMailbox(support)
	s.do("ticket", "new", "--from", ada, "--title", "Charger", "--text", "How do I charge the battery?")
	s.failsWith(exitFailed, []string{"there is no key for northwind.example", "dkim add"}, "dkim", "check", "northwind.example")
	s.failsWith(exitUsage, []string{"rsa, ed25519"}, "dkim", "add", "northwind.example", "--algorithm", "md5")
	file := filepath.Join(t.TempDir(), "none.pem")
	s.ok(os.WriteFile(file, []byte("nothing"), 0o600))
	s.failsWith(exitFailed, []string{"--key", "BEGIN PRIVATE KEY"}, "dkim", "add", "northwind.example", "--key", file)

	key := read[object](s.shell, "dkim", "add", "Northwind.example", "--selector", "s1")
	name, record := key["name"].(string), key["record"].(string)
	if name != "s1._domainkey.northwind.example" || key["published_at"] != nil || key["signs"] != false {
		t.Errorf("the key is %v", key)
	}
	s.failsWith(exitFailed, []string{"another with --selector"}, "dkim", "add", "northwind.example", "--selector", "s1")
	s.failsWith(exitFailed, []string{"no TXT record at " + name, "dkim show northwind.example"}, "dkim", "check", "northwind.example")
	if text := s.do("dkim", "show", "northwind.example"); !hasAll(text, []string{name, record, "TXT"}) {
		t.Errorf("shown: %s", text)
	}

	// Before the record is seen mail leaves as it is; from then on it is signed.
	v := s.serve()
	s.do("ticket", "reply", "1", "--text", "Let it warm up.")
	s.mailHas("the first answer", func() bool { return len(s.mail.Submitted()) == 1 })
	v.stop()
	dns.Publish(name, record)
	s.do("dkim", "check", "northwind.example")
	if list := read[[]object](s.shell, "dkim", "list"); len(list) != 1 || list[0]["signs"] != true || list[0]["published_at"] == nil {
		t.Errorf("listed: %v", list)
	}
	v = s.serve()
	s.do("ticket", "reply", "1", "--text", "Grüße – did it work? Zażółć gęślą jaźń.")
	s.mailHas("the second answer", func() bool { return len(s.mail.Submitted()) == 2 })
	v.stop()
	for i, m := range s.mail.Submitted() {
		list, err := msgauth.VerifyWithOptions(bytes.NewReader(m.Raw), &msgauth.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{record}, nil }})
		s.ok(err)
		switch {
		case i == 0 && len(list) != 0:
			t.Error("the first answer is signed, and nobody could have verified it")
		case i == 1 && (len(list) != 1 || list[0].Err != nil || list[0].Domain != "northwind.example"):
			t.Errorf("the second answer: %+v\n%s", list, m.Raw)
		}
	}

	// Doctor follows the record; another tenant's keys are none of ours.
	if text := s.do("doctor"); !strings.Contains(text, name+": the record is right") {
		t.Errorf("doctor says %s", text)
	}
	dns.Publish(name, "v=DKIM1; k=rsa; p=")
	s.failsWith(exitFailed, []string{"found a fault"}, "doctor")
	s.do("tenant", "add", "rival", "--name", "Rival")
	s.with("TENANT", "rival").failsWith(exitFailed, []string{"there is no key"}, "dkim", "remove", "northwind.example")
	s.do("dkim", "remove", "northwind.example")
	if list := read[[]object](s.shell, "dkim", "list"); len(list) != 0 {
		t.Errorf("removed, and listed: %v", list)
	}
}
