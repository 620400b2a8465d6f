package draw

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParts(f *testing.F) {
	f.Add("some words\nand more", 5)
	f.Add(strings.Repeat("ü", 100), 7)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 1 || n > 10_000 || !utf8.ValidString(s) {
			return
		}
		list := parts(s, n)
		if strings.Join(list, "") != s {
			t.Errorf("%q was cut to %q", s, list)
		}
		for _, p := range list {
			if utf8.RuneCountInString(p) > n {
				t.Errorf("a part of %d characters", utf8.RuneCountInString(p))
			}
		}
	})
}

func FuzzTicketOfBlock(f *testing.F) {
	f.Add("ticket:00000000-0000-0000-0000-000000000001:open")
	f.Fuzz(func(t *testing.T, s string) {
		if _, ok := TicketOfBlock(s); ok && !strings.HasPrefix(s, "ticket:") {
			t.Errorf("%q names a ticket", s)
		}
	})
}
