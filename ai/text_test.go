package ai

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/kb"
)

func TestFirstNameIsOneOrNothing(t *testing.T) {
	for name, want := range map[string]string{
		"Kim Lee": "Kim", "Lee, Kim": "Kim", "Dr. Anna-Lena O'Neil": "Anna-Lena", "Zoë": "Zoë", "": "", "kim@customer.test": "",
		"Support Team": "", "http://evil.test click": "", "W3C 2000": "", "Bobby<br>": "", "张伟": "张伟",
	} {
		if got := firstName(name); got != want {
			t.Errorf("firstName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSummaryLeavesOutGreetingsQuotesAndSignatures(t *testing.T) {
	got := summarise("Printer", []turn{
		{name: "Kim Lee", customer: true, text: "Hi team,\n\nthe printer on floor three prints blank pages since Monday.\nWe tried another cartridge.\n\nThanks in advance\nKim Lee\nHead of Printing at Paper Incorporated"},
		{name: "Ann", text: "Hello Kim, please run the cleaning program twice and print a test page.\n\nOn Monday Kim Lee wrote:\n> the printer on floor three prints blank pages\n> since Monday.\n\n-- \nAnn, Support"},
	}, summaryWords)
	want := "Kim Lee (customer): The printer on floor three prints blank pages since Monday. We tried another cartridge.\nAnn (support): Please run the cleaning program twice and print a test page."
	if got != want {
		t.Errorf("summary:\n%s\nwant:\n%s", got, want)
	}
}

func TestSummaryIsNeverLongerThanItMayBe(t *testing.T) {
	long := strings.Repeat("This is one more sentence about the printer and its many paper trays number "+strings.Repeat("seven ", 3)+". ", 300)
	var turns []turn
	for range 50 {
		turns = append(turns, turn{name: "A Very Long Name Of A Person", customer: true, text: long})
	}
	if n := len(strings.Fields(summarise("Printer", turns, summaryWords))); n > summaryWords+1 || n < 20 {
		t.Errorf("%d words", n)
	}
}

func FuzzCite(f *testing.F) {
	f.Add("A [1]. B [2, 3][9] [x] [0001] [1;2]", 3)
	f.Add("[999999999999999999999]", 1)
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = min(max(n, 0), 50)
		cited, used := cite(text, n)
		for _, m := range marker.FindAllStringSubmatch(cited, -1) {
			for _, d := range oneNumber.FindAllString(m[1], -1) {
				if i, err := strconv.Atoi(d); err != nil || i < 1 || i > len(used) {
					t.Errorf("cite(%q, %d) = %q keeps [%s] with %d passages used", text, n, cited, d, len(used))
				}
			}
		}
		for _, u := range used {
			if u < 1 || u > n {
				t.Errorf("cite(%q, %d) uses %v", text, n, used)
			}
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add("See [a](http://x.test) https://help.acme.test/1, www.y.test; <think>hm")
	f.Add("[[a](b)](c) hthttp://tp://x.test java\u200bscript:alert(1) a@b.cd")
	sources := []kb.Hit{{Text: "Look at https://help.acme.test/1 for more."}}
	f.Fuzz(func(t *testing.T, text string) {
		got := clean(text, sources)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxText {
			t.Errorf("clean(%q) = %q", text, got)
		}
		for _, l := range bareLink.FindAllString(got, -1) {
			if !strings.Contains(sources[0].Text, strings.TrimRight(l, ".,;:!?")) {
				t.Errorf("clean(%q) = %q keeps the link %q", text, got, l)
			}
		}
	})
}

func BenchmarkBuiltinSummaryOfAnOrdinaryTicket(b *testing.B) {
	turns := make([]turn, 6)
	for i := range turns {
		turns[i] = turn{name: "Kim Lee", customer: i%2 == 0, text: strings.Repeat("The printer on floor three prints blank pages since Monday. We tried another cartridge and it did not help at all. ", 8)}
	}
	for b.Loop() {
		summarise("Printer", turns, summaryWords)
	}
}
