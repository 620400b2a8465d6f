package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/mail"
)

func TestMailHasTheLogoAndTheSignatureOfTheMember(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	var picture bytes.Buffer
	s.ok(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 480, 60))))
	dir := t.TempDir()
	file, wrong, large := filepath.Join(dir, "logo.png"), filepath.Join(dir, "logo.svg"), filepath.Join(dir, "large.png")
	s.ok(os.WriteFile(file, picture.Bytes(), 0o600))
	s.ok(os.WriteFile(wrong, []byte("<svg/>"), 0o600))
	s.ok(os.WriteFile(large, append(picture.Bytes(), make([]byte, 100<<10)...), 0o600))
	s.failsWith(exitFailed, []string{"logo.svg", "PNG, JPEG or GIF"}, "tenant", "logo", wrong)
	s.failsWith(exitFailed, []string{"64 kB"}, "tenant", "logo", large)
	s.failsWith(exitUsage, []string{"--remove"}, "tenant", "logo")
	s.failsWith(exitFailed, []string{"no support member"}, "member", "signature", "nobody@northwind.example", "--text", "x")
	if said := s.do("tenant", "logo", file); !strings.Contains(said, "240 by 30") {
		t.Errorf("said: %s", said)
	}
	s.do("tenant", "set", "signature=Northwind Support")
	s.do("member", "signature", "jonas@northwind.example", "--text", "Bicycles\n+47 555 0100")
	s.do("ticket", "new", "--from", ada, "--title", "Lights", "--text", "Do you have lights?")
	v := s.serve()
	attach := filepath.Join(dir, "list.txt")
	s.ok(os.WriteFile(attach, []byte("lamps"), 0o600))
	for i, reply := range [][]string{{"--as", "jonas@northwind.example", "--attach", attach}, {"--as", "maya@northwind.example"}} {
		s.do(append([]string{"ticket", "reply", "1", "--text", "We do."}, reply...)...)
		s.mailHas("an answer", func() bool { return len(s.mail.Submitted()) == i+1 })
	}
	s.do("tenant", "logo", "--remove")
	s.do("ticket", "reply", "1", "--text", "And bells.", "--as", "maya@northwind.example")
	s.mailHas("the last answer", func() bool { return len(s.mail.Submitted()) == 3 })
	v.stop()

	ids := map[string]bool{} // of logos: no two mails have the same
	for i, want := range []struct {
		signature string
		files     []string
	}{{"Bicycles", []string{"logo.png", "list.txt"}}, {"Northwind Support", []string{"logo.png"}}, {"Northwind Support", nil}} {
		raw := s.mail.Submitted()[i].Raw
		m := inbox.Parse(raw)
		var names []string
		for _, a := range m.Attachments {
			names = append(names, a.Name)
		}
		if !strings.Contains(m.FullText, want.signature) || strings.Join(names, " ") != strings.Join(want.files, " ") {
			t.Errorf("mail %d has %v: %s", i, names, m.FullText)
		}
		if len(want.files) == 0 {
			continue
		}
		logo := m.Attachments[0]
		if data, _ := mail.Extract(raw, logo.Part); !bytes.Equal(data, picture.Bytes()) || !logo.Inline || !strings.HasPrefix(logo.ContentID, "logo.") || !strings.HasSuffix(logo.ContentID, "@northwind.example") || ids[logo.ContentID] {
			t.Errorf("the logo is %+v", logo)
		}
		if !strings.Contains(m.HTML, "cid:"+logo.ContentID) {
			t.Errorf("the mail does not show the logo: %s", m.HTML)
		}
		ids[logo.ContentID] = true
	}
}
