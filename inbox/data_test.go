package inbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/trim"
)

// A dataCase is one entry of cases.json.
type dataCase struct {
	ID, Suite, File, Kind, Authority string
	Expected                         struct {
		Exact          *string  `json:"exact"`
		Contains       []string `json:"contains"`
		NotContains    []string `json:"not_contains"`
		NotLines       []string `json:"not_lines"`
		Matches        []string `json:"matches"`
		NotMatches     []string `json:"not_matches"`
		StartsWith     []string `json:"starts_with"`
		KeepsSignature bool     `json:"keeps_signature"`
		Subject        *string  `json:"subject"`
		FromEmail      *string  `json:"from_email"`
		MessageID      *string  `json:"message_id"`
		Files          []string `json:"text_part_files"`
		Attachments    *int     `json:"n_attachments"`
		IsBounce       *bool    `json:"is_bounce"`
		Class          string   `json:"class"`
	} `json:"expected"`
}

// mailData finds the folder of real mail for development; the test is skipped where it is not there.
func mailData(t *testing.T) (string, []dataCase) {
	t.Helper()
	root := os.Getenv("CUSTOMERDESK_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "mail")
	b, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Skipf("SKIPPED: no real mail at %s (set CUSTOMERDESK_TESTDATA)", dir)
	}
	var cases []dataCase
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	return dir, cases
}

type score struct{ right, all int }

func (s score) share() float64 { return float64(s.right) / float64(max(1, s.all)) }

func TestRealMailIsReadWithoutLoss(t *testing.T) {
	dir, cases := mailData(t)
	table := map[string]map[string]*score{}
	total := map[string]*score{}
	add := func(c dataCase, what string, right bool) {
		for _, m := range []map[string]*score{total, nested(table, c.Suite)} {
			if m[what] == nil {
				m[what] = &score{}
			}
			m[what].all++
			if right {
				m[what].right++
			}
		}
		if !right && testing.Verbose() {
			t.Logf("%s: not right: %s", what, c.ID)
		}
	}
	for _, c := range cases {
		raw, err := os.ReadFile(filepath.Join(dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		if c.Kind == "reply-text" {
			add(c, "reply-text", replyTextRight(t, c, mail.Newlines(string(raw))))
			add(c, "reply-unlost", lostWords(c, mail.Newlines(string(raw))) == "")
			continue
		}
		start := time.Now()
		m := Parse(raw)
		if took := time.Since(start); took > 10*time.Second { // as the service would
			t.Errorf("%s took %v", c.ID, took)
		}
		add(c, "storable", storable(m))
		add(c, "text", m.FullText != "" || len(m.Attachments) > 0 || len(strings.TrimSpace(string(raw))) < 300)
		if c.Kind == "bounce" {
			add(c, "bounce", (m.Class == machine.Bounce || m.Class == machine.Report) == *c.Expected.IsBounce)
			continue
		}
		if m.Class == machine.Bounce || m.Class == machine.AutoReply {
			t.Logf("taken for %s: %s", m.Class, c.ID)
		}
		parseRight(t, dir, c, m, raw, add)
	}
	for _, suite := range slices.Sorted(maps.Keys(table)) {
		for _, what := range slices.Sorted(maps.Keys(table[suite])) {
			s := table[suite][what]
			t.Logf("%-28s %-12s %4d of %4d  %5.1f %%", suite, what, s.right, s.all, 100*s.share())
		}
	}
	for what, floor := range map[string]float64{
		"storable": 1, "text": 0.98, "reply-text": 0.92, "reply-unlost": 0.98, "bounce": 0.95, "parts": 0.94, "subject": 0.97, "from": 0.97, "message-id": 0.97, "attachments": 1,
	} {
		s := total[what]
		if s == nil {
			t.Errorf("nothing measured for %s", what)
			continue
		}
		t.Logf("%-28s %-12s %4d of %4d  %5.1f %%  (floor %.0f %%)", "TOTAL", what, s.right, s.all, 100*s.share(), 100*floor)
		if s.share() < floor {
			t.Errorf("%s: %.1f %% is under the floor of %.0f %%", what, 100*s.share(), 100*floor)
		}
	}
}

func nested(m map[string]map[string]*score, k string) map[string]*score {
	if m[k] == nil {
		m[k] = map[string]*score{}
	}
	return m[k]
}

func storable(m Message) bool {
	for _, s := range []string{m.MessageID, m.From.Email, m.From.Name, m.Subject, m.Text, m.FullText, m.HTML} {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return false
		}
	}
	return m.MessageID != ""
}

func parseRight(t *testing.T, dir string, c dataCase, m Message, raw []byte, add func(dataCase, string, bool)) {
	t.Helper()
	e := c.Expected
	if e.Subject != nil {
		add(c, "subject", words(m.Subject) == words(*e.Subject))
	}
	if e.FromEmail != nil {
		add(c, "from", strings.EqualFold(m.From.Email, *e.FromEmail))
	}
	if e.MessageID != nil {
		add(c, "message-id", m.MessageID == strings.Trim(*e.MessageID, "<>"))
	}
	if e.Attachments != nil {
		add(c, "attachments", len(m.Attachments) == *e.Attachments)
	}
	if len(e.Files) > 0 {
		var all strings.Builder
		all.WriteString(words(m.FullText) + " " + words(m.HTML))
		for _, a := range m.Attachments {
			b, ok := mail.Extract(raw, a.Part)
			if !ok {
				t.Errorf("%s: no part %s", c.ID, a.Part)
			}
			all.WriteString(" " + words(legible(b)))
		}
		for _, f := range e.Files {
			b, err := os.ReadFile(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			add(c, "parts", covered(all.String(), legible(b)))
		}
	}
}

// legible is a file's text, whatever its charset: what is not UTF-8 keeps its ASCII.
func legible(b []byte) string { return strings.ToValidUTF8(string(b), " ") }

// covered says whether nearly all words of want are in got.
func covered(got, want string) bool {
	if strings.Contains(want, "<") {
		want = mail.HTMLText(want)
	}
	n, found := 0, 0
	for w := range strings.FieldsSeq(words(want)) {
		if !mail.IsASCII(w) {
			continue // the expectation is in the part's own charset
		}
		n++
		if strings.Contains(got, w) {
			found++
		}
	}
	return n == 0 || float64(found) >= 0.95*float64(n)
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// lostWords returns a line that the person wrote, by what is expected, and that trimming lost.
func lostWords(c dataCase, text string) string {
	want := append(c.Expected.Contains, c.Expected.StartsWith...)
	if c.Expected.Exact != nil && !c.Expected.KeepsSignature {
		want = append(want, strings.Split(*c.Expected.Exact, "\n")...)
	}
	got := words(trim.Text(text))
	for _, line := range want {
		if !strings.Contains(got, words(line)) {
			return line
		}
	}
	return ""
}

func replyTextRight(t *testing.T, c dataCase, text string) bool {
	t.Helper()
	got, e := trim.Text(text), c.Expected
	var wrong []string
	if e.Exact != nil && !e.KeepsSignature && words(got) != words(*e.Exact) {
		wrong = append(wrong, fmt.Sprintf("got %q want %q", got, *e.Exact))
	}
	for _, s := range append(e.Contains, e.StartsWith...) {
		if !strings.Contains(words(got), words(s)) {
			wrong = append(wrong, fmt.Sprintf("lacks %q", s))
		}
	}
	for _, s := range e.NotContains {
		if strings.Contains(got, s) {
			wrong = append(wrong, fmt.Sprintf("has %q", s))
		}
	}
	for _, p := range e.Matches {
		if re, err := regexp.Compile("(?m)" + p); err == nil && !re.MatchString(got) {
			wrong = append(wrong, fmt.Sprintf("does not match %q", p))
		}
	}
	for _, p := range e.NotMatches {
		if re, err := regexp.Compile("(?m)" + p); err == nil && re.MatchString(got) {
			wrong = append(wrong, fmt.Sprintf("matches %q", p))
		}
	}
	if testing.Verbose() && len(wrong) > 0 {
		t.Logf("%s: %s", c.ID, strings.Join(wrong, "; "))
	}
	return len(wrong) == 0
}
