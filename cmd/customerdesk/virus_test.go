package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/clamdserver"
)

// withFiles is a mail with two files.
func (s *site) withFiles(subject, name, content string) (id string, raw []byte) {
	id = fmt.Sprintf("files-%d@customers.example", s.letters.Add(1))
	return id, []byte("From: " + ada + "\r\nTo: " + support + "\r\nSubject: " + subject + "\r\nMessage-ID: <" + id + ">\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n" +
		"--b\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment; filename=notes.txt\r\n\r\nNothing bad.\r\n" +
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=" + name + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte(content)) + "\r\n--b--\r\n")
}

// files are the attachments of a ticket's first comment, by name.
func (s *site) files(ticket int) map[string]object {
	s.Helper()
	byName := map[string]object{}
	for _, a := range s.show(ticket)["comments"].([]any)[0].(object)["attachments"].([]any) {
		byName[a.(object)["name"].(string)] = a.(object)
	}
	return byName
}

func TestFileWithAVirusIsMarkedAndNotGivenOut(t *testing.T) {
	t.Parallel()
	scanner, err := clamdserver.Start(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = scanner.Close() })
	s := newSite(t, siteOptions{})
	s.env["CLAMD_ADDR"] = scanner.Address()
	if out := s.do("doctor"); !hasAll(out, []string{"virus scanner", "answers"}) {
		t.Errorf("doctor says %s", out)
	}
	s.serve()
	id, raw := s.withFiles("Invoice", "invoice.dat", clamdserver.Test)
	s.ok(s.put(support, raw))
	s.stored(id)
	files := s.files(1)
	if bad := files["invoice.dat"]; bad["virus"] != clamdserver.Found || !strings.Contains(bad["danger"].(string), "virus") {
		t.Errorf("the file with a virus is shown as %v", bad)
	}
	if good := files["notes.txt"]; good["virus"] != "" || good["danger"] != "" {
		t.Errorf("the other file is shown as %v", good)
	}
	s.failsWith(1, []string{"invoice.dat is not given out", clamdserver.Found}, "ticket", "show", "1", "--attachment", "invoice.dat")
	if out := s.do("ticket", "show", "1", "--attachment", "notes.txt"); !strings.Contains(out, "Nothing bad.") {
		t.Errorf("the other file is %q", out)
	}
	listed := read[[]object](s.shell, "message", "list")[0]
	message := listed["id"].(string)
	for _, at := range listed["attachments"].([]any) {
		f := at.(map[string]any)
		if bad := f["name"] == "invoice.dat"; bad != (f["virus"] == clamdserver.Found) || bad != strings.Contains(f["danger"].(string), "virus") {
			t.Errorf("message list shows %v", f)
		}
	}
	s.failsWith(1, []string{"invoice.dat is not given out"}, "message", "show", message, "--attachment", "invoice.dat")
	card := s.card("Invoice")
	s.slackHas("the virus", func() bool {
		return strings.Contains(s.cards("Invoice")[0].VisibleText(), "a virus was found") || len(s.inThread(card, "a virus was found")) > 0
	})
}

func TestMailIsStoredWhileTheScannerIsAwayAndItsFilesAreMarked(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	s.env["CLAMD_ADDR"] = "tcp://127.0.0.1:1"
	if r := s.try("doctor"); !hasAll(r.stdout+r.stderr, []string{"virus scanner", "CLAMD_ADDR"}) {
		t.Errorf("doctor says %s%s", r.stdout, r.stderr)
	}
	s.serve()
	id, raw := s.withFiles("Photo", "photo.dat", "only bytes")
	s.ok(s.put(support, raw))
	s.stored(id)
	for name, f := range s.files(1) {
		if danger, _ := f["danger"].(string); !strings.Contains(danger, "not scanned") {
			t.Errorf("%s is shown as %v", name, f)
		}
	}
	if r := s.try("ticket", "show", "1", "--attachment", "notes.txt"); !strings.Contains(r.stdout, "Nothing bad.") || !strings.Contains(r.stderr, "not scanned") {
		t.Errorf("the file is %q with the warning %q", r.stdout, r.stderr)
	}
}

func TestAddressOfAScannerIsChecked(t *testing.T) {
	s := newShell(t, "").with("CLAMD_ADDR", "clamd:3310")
	s.failsWith(1, []string{"CUSTOMERDESK_CLAMD_ADDR", "tcp://HOST:PORT"}, "tenant", "list")
}
