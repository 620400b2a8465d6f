package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/mail"
)

func TestAttachmentsAreWrittenOutAndDangerousOnesMarked(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	folder := t.TempDir()
	s.env["BLOB_URL"] = "file://" + folder
	v := s.serve()
	large := strings.Repeat("0123456789abcdef", 1000)
	lines := func(file string) string {
		text, out := base64.StdEncoding.EncodeToString([]byte(file)), ""
		for len(text) > 76 {
			out, text = out+text[:76]+"\r\n", text[76:]
		}
		return out + text
	}
	part := func(name, file string) string {
		return "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines(file) + "\r\n"
	}
	raw := "From: Ada <" + ada + ">\r\nTo: " + support + "\r\nSubject: Files\r\nMessage-ID: <files@home.example>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the files.\r\n" +
		part("large.bin", large) + part("small.txt", "small") + part("twice.txt", "one") + part("twice.txt", "two") + part("setup.exe", "MZ program") + "--b--\r\n"
	s.ok(s.put(support, []byte(raw)))
	s.stored("files@home.example")
	v.stop()

	out := filepath.Join(t.TempDir(), "out.bin")
	s.do("ticket", "show", "1", "--attachment", "large.bin", "--out", out)
	if b, err := os.ReadFile(out); err != nil || string(b) != large {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if got := s.do("ticket", "show", "1", "--attachment", "small.txt"); got != "small" {
		t.Errorf("the small file is %q", got)
	}
	s.failsWith(exitFailed, []string{"2 attachments called twice.txt", "by its id"}, "ticket", "show", "1", "--attachment", "twice.txt")
	s.failsWith(exitFailed, []string{"no attachment nope"}, "ticket", "show", "1", "--attachment", "nope")
	s.failsWith(exitUsage, []string{"--attachment"}, "ticket", "show", "1", "--out", out)
	list := s.show(1)["comments"].([]any)[0].(object)["attachments"].([]any)
	if got := s.do("ticket", "show", "1", "--attachment", list[3].(object)["id"].(string)); got != "two" {
		t.Errorf("the fourth file is %q", got)
	}
	if r := s.try("ticket", "show", "1", "--attachment", "setup.exe"); r.stdout != "MZ program" || !strings.Contains(r.stderr, "without thought") {
		t.Errorf("the program: %+v", r)
	}
	if text := s.do("ticket", "show", "1"); !strings.Contains(text, "setup.exe") || strings.Count(text, "DANGER") != 1 {
		t.Errorf("the ticket is %s", text)
	}

	message := s.mails()[0]
	id := message["id"].(string)
	if got := s.do("message", "show", id, "--raw"); got != raw {
		t.Error("the mail is not as it was")
	}
	if got := s.do("message", "show", id, "--attachment", "large.bin"); got != large {
		t.Errorf("%d bytes", len(got))
	}
	if got := s.do("message", "show", id, "--attachment", message["attachments"].([]any)[3].(object)["part"].(string)); got != "two" {
		t.Errorf("the fourth file is %q", got)
	}
	s.failsWith(exitFailed, []string{"no attachment nope"}, "message", "show", id, "--attachment", "nope")

	kept, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if err != nil || len(kept) != 1 {
		t.Errorf("the folder holds %q, %v", kept, err)
	}
	if said := s.do("doctor"); !strings.Contains(said, "files") || !strings.Contains(said, "file://"+folder) {
		t.Errorf("doctor says %s", said)
	}
	s.do("tenant", "set", "attachment_quota=10kB")
	if said := s.do("doctor"); !hasAll(said, []string{"WARN", "northwind files", "attachment_quota of 10kB", "stored all the same"}) {
		t.Errorf("doctor says %s", said)
	}
	s.failsWith(exitFailed, []string{"500MB"}, "tenant", "set", "attachment_quota=much")
	s.failsWith(exitFailed, []string{"CUSTOMERDESK_BLOB_URL", "file:///FOLDER"}, "serve", "--blob-url", "ftp://files")
}

func TestFilesGoAlongWithAnAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	v := s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "My bill", text: "Where is it?"}))
	dir := t.TempDir()
	bill, photo := filepath.Join(dir, "Rechnung März.pdf"), filepath.Join(dir, "photo.jpg")
	s.ok(os.WriteFile(bill, []byte("%PDF-1.7 the bill"), 0o600))
	s.ok(os.WriteFile(photo, []byte{0xff, 0xd8, 0xff, 0xe0, 0, 1}, 0o600))
	s.failsWith(exitFailed, []string{"--attach", "none.pdf"}, "ticket", "reply", "1", "--text", "Here.", "--attach", filepath.Join(dir, "none.pdf"))
	big := filepath.Join(dir, "big.bin")
	s.ok(os.WriteFile(big, nil, 0o600))
	s.ok(os.Truncate(big, 30<<20))
	s.failsWith(exitFailed, []string{"too large to be mailed", "MB"}, "ticket", "reply", "1", "--text", "Here.", "--attach", big)

	k := read[object](s.shell, "ticket", "reply", "1", "--text", "Here it is.", "--attach", bill, "--attach", photo)
	if list := k["attachments"].([]any); len(list) != 2 || list[0].(object)["name"] != "Rechnung März.pdf" || list[0].(object)["content_type"] != "application/pdf" {
		t.Errorf("attached: %v", list)
	}
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	v.stop()
	m := inbox.Parse(s.mail.Submitted()[0].Raw)
	if len(m.Attachments) != 2 || m.Attachments[0].Name != "Rechnung März.pdf" || m.Attachments[1].Name != "photo.jpg" {
		t.Fatalf("sent: %+v", m.Attachments)
	}
	if data, _ := mail.Extract(s.mail.Submitted()[0].Raw, m.Attachments[0].Part); string(data) != "%PDF-1.7 the bill" {
		t.Errorf("the bill came as %q", data)
	}
	if out := s.do("ticket", "show", "1", "--attachment", "photo.jpg"); out != "\xff\xd8\xff\xe0\x00\x01" {
		t.Errorf("read back: %q", out)
	}
}
