package origin

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/tickets"
)

// realMail calls each with the real mails for development, as far as they are there.
func realMail(t testing.TB, each func(name string, raw []byte)) {
	t.Helper()
	root := os.Getenv("CUSTOMERDESK_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	_ = filepath.WalkDir(filepath.Join(root, "mail"), func(path string, d fs.DirEntry, err error) error { // each file by itself
		if err != nil || d.IsDir() || filepath.Ext(path) == ".json" {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		each(d.Name(), raw)
		return nil
	})
}

// Nothing in old mail may look like a forgery of today, and nothing may pass that nobody vouches for.
func TestRealMailGetsAVerdict(t *testing.T) {
	z := &zone{records: map[string][]string{}}
	c := New(Config{Resolver: z, Clock: func() time.Time { return noon }})
	trusted := Border{"mx.google.com", "*.outlook.com"}
	counts := map[string]int{}
	mails := 0
	realMail(t, func(name string, raw []byte) {
		mails++
		for _, b := range []Border{nil, trusted} {
			l := Read(raw, b, noon)
			c.Prepare(t.Context(), l)
			got := c.Check(t.Context(), l, firstAddress(l))
			if b == nil && (got.Verdict == tickets.AuthPass || got.Verdict == tickets.AuthFail && len(l.from) == 1) {
				t.Errorf("%s: %+v without a word of anybody", name, got)
			}
			counts[fmt.Sprintf("%s, trusting %d", got.Verdict, len(b))]++
		}
	})
	if mails == 0 {
		t.Skip("SKIPPED: no real mail (set CUSTOMERDESK_TESTDATA)")
	}
	t.Logf("%d mails: %v", mails, counts)
}

// firstAddress is the first thing with an "@" in From.
func firstAddress(l *Letter) string {
	for _, f := range l.from {
		for _, word := range strings.FieldsFunc(f, func(r rune) bool { return strings.ContainsRune(" \t<>,;()\"'", r) }) {
			if strings.Contains(word, "@") {
				return word
			}
		}
	}
	return ""
}

// seeds adds the fields of a name in real mail to a fuzz target's corpus.
func seeds(f *testing.F, name string) {
	f.Helper()
	realMail(f, func(_ string, raw []byte) {
		for _, field := range Read(raw, nil, noon).fields {
			if field.is(name) {
				f.Add(field.value())
			}
		}
	})
}
