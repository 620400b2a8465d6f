package prose_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/prose"
)

func TestWordsAreLowerCaseAndWithoutPossessive(t *testing.T) {
	for text, want := range map[string][]string{
		"The customer's invoice №5 wasn’t PAID": {"the", "customer", "invoice", "no5", "wasnt", "paid"},
		"l’article d'abord":                     {"article", "abord"},
		"error 0x80070005 in v4.1.2":            {"error", "0x80070005", "in", "v4", "1", "2"},
		"返品する":                                  {"返品", "品す", "する"},
		"a" + strings.Repeat("b", 100):          {},
	} {
		if got := prose.Words(text); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTermsOfInflectedWordsAreTheSame(t *testing.T) {
	for _, c := range []struct{ language, a, b string }{
		{"en", "I was charged twice", "charging twice"},
		{"en-GB", "refunds", "the refund"},
		{"fr", "réinitialisation", "réinitialiser"},
		{"es", "facturas", "la factura"},
		{"xx", "Café", "cafe"},
	} {
		if a, b := prose.Terms(c.a, c.language), prose.Terms(c.b, c.language); !slices.Equal(a, b) {
			t.Errorf("%s: Terms(%q) = %q, Terms(%q) = %q", c.language, c.a, a, c.b, b)
		}
	}
}

func TestSentencesEndWhereAReaderEndsThem(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"wrapped lines run on", "We tried this\nyesterday. It failed.", []string{"We tried this yesterday.", "It failed."}},
		{"abbreviations and numbers do not end one", "Ask Dr. Who, e.g. by mail. It costs 3.50 or more.", []string{"Ask Dr. Who, e.g. by mail.", "It costs 3.50 or more."}},
		{"list items stand alone", "Do this:\n- Open the door\n- Walk in\n2. Sit", []string{"Do this:", "Open the door", "Walk in", "Sit"}},
		{"a missing space", "It is for all users.You can start now.", []string{"It is for all users.", "You can start now."}},
		{"host names stay whole", "See shop.example.com for more. Bye.", []string{"See shop.example.com for more.", "Bye."}},
		{"closing quotes belong to it", "He said \"No way!\" Then he left.", []string{"He said \"No way!\"", "Then he left."}},
		{"other scripts", "返品できます。三十日以内です。", []string{"返品できます。", "三十日以内です。"}},
		{"nothing", " \n\n ", nil},
	} {
		if got := prose.Sentences(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: Sentences(%q) = %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func FuzzSentencesKeepEveryWord(f *testing.F) {
	f.Add("One. Two! Three?\n\n- four\n3) five… \"six.\" seven.Eight")
	f.Add("\xff.\xfe? . 。！")
	f.Fuzz(func(t *testing.T, text string) {
		joined := strings.Join(prose.Sentences(text), " ")
		if utf8.ValidString(text) && !utf8.ValidString(joined) {
			t.Errorf("Sentences(%q) cut a character: %q", text, joined)
		}
		for _, w := range strings.Fields(joined) {
			if !strings.Contains(text, w) {
				t.Errorf("Sentences(%q) made up %q", text, w)
			}
		}
		prose.Terms(text, "en")
		prose.Terms(text, "fr")
	})
}
