package mail

import (
	"strings"
	"testing"
)

func TestNamesOfFilesAreSafeToShowAndToSave(t *testing.T) {
	for name, want := range map[string]string{
		"report.pdf": "report.pdf", "../../etc/passwd": "passwd", `C:\Users\ann\photo.jpg`: "photo.jpg", "a:b*c?.txt": "a_b_c_.txt",
		"invoice\u202efdp.exe": "invoicefdp.exe", "in\u061cvoi\u00adce.pdf": "invoice.pdf", "a\x00b\r\n.txt": "ab.txt", "x\u0085y.txt": "xy.txt",
		"trailing. . .": "trailing", "...": "", "..": "", "\u00a0name.txt\u00a0": "name.txt",
		"CON": "_CON", "nul.txt": "_nul.txt", "Com1.log": "_Com1.log", "LPT\u00b9.txt": "_LPT\u00b9.txt", "aux .txt": "_aux .txt",
		"CONTRACT.pdf": "CONTRACT.pdf", "COM10.txt": "COM10.txt", "company.pdf": "company.pdf",
	} {
		if got := SanitiseName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	long := SanitiseName(strings.Repeat("\u00e9", 500) + ".docx")
	if len(long) > maxName || !strings.HasSuffix(long, ".docx") {
		t.Errorf("a long name becomes %d bytes: %q", len(long), long)
	}
}

func TestFilesWithDoubleExtensionsAndForeignContentAreMarked(t *testing.T) {
	for _, c := range []struct{ name, mediaType, head string }{
		{"invoice.pdf.exe", "application/pdf", "%PDF"}, {"invoice.pdf", "application/pdf", "MZ\x90\x00"}, {"photo.jpg.js", "image/jpeg", "var a"},
		{"invoice.pdf            .scr", "application/pdf", ""}, {"invoice\u202efdp.exe", "application/pdf", ""}, {"run", "text/plain", "#!/bin/sh"},
		{"x.docm", "application/zip", "PK"}, {"page.HTM", "text/plain", "<html>"}, {"tool", "application/octet-stream", "\x7fELF"},
	} {
		if DangerOf(SanitiseName(c.name), c.mediaType, []byte(c.head)) == "" {
			t.Errorf("nothing is said of %q, %s, that begins with %q", c.name, c.mediaType, c.head)
		}
	}
	for _, c := range []struct{ name, mediaType, head string }{
		{"report.pdf", "application/pdf", "%PDF-1.7"}, {"v1.2.notes.txt", "text/plain", "hello"}, {"photo.jpg", "image/jpeg", "\xff\xd8\xff"},
	} {
		if d := DangerOf(c.name, c.mediaType, []byte(c.head)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}
