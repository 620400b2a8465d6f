package inbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
)

// A bounceCase is what cases.json expects of a bounce.
type bounceCase struct {
	ID, File, Kind string
	Expected       struct {
		IsBounce   *bool  `json:"is_bounce"`
		Class      string `json:"class"`
		Recipients []struct {
			Status    string `json:"status"`
			ReplyCode string `json:"replycode"`
			Hard      *bool  `json:"hard"`
		} `json:"recipients"`
	} `json:"expected"`
}

// Real bounces of some eighty mail systems, a third of which write no delivery status.
func TestRealBouncesAreUnderstood(t *testing.T) {
	dir, _ := mailData(t)
	b, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []bounceCase
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	table := map[string]*score{}
	add := func(c bounceCase, what string, right bool, got, want any) {
		if table[what] == nil {
			table[what] = &score{}
		}
		table[what].all++
		if right {
			table[what].right++
		} else {
			t.Logf("%s: %s: got %v, want %v", what, c.ID, got, want)
		}
	}
	for _, c := range cases {
		if c.Kind != "bounce" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		m := Parse(raw)
		if c.Expected.Class != "arf" {
			add(c, "class", (m.Class == machine.Bounce) == (c.Expected.Class != ""), m.Class, c.Expected.Class)
		} else {
			add(c, "class", m.Class == machine.Report, m.Class, c.Expected.Class)
			continue
		}
		if strings.HasPrefix(c.Expected.Class, "delay") && m.Class == machine.Bounce {
			for _, f := range m.Failures {
				add(c, "delay is soft", !f.Hard, f, c.Expected.Class)
			}
		}
		want := c.Expected.Recipients
		if len(want) == 0 {
			continue
		}
		add(c, "recipients", len(m.Failures) == len(want), len(m.Failures), len(want))
		for i, w := range want {
			var f machine.Failure
			if i < len(m.Failures) {
				f = m.Failures[i]
			}
			if w.Hard != nil {
				add(c, "hard", f.Hard == *w.Hard, f, *w.Hard)
			}
			// x.0.9nn is the suite's own way of saying that there was no status.
			if w.Status != "" && !strings.Contains(w.Status, ".0.9") {
				add(c, "status", f.Status == w.Status, f.Status, w.Status)
			}
			if w.ReplyCode != "" {
				add(c, "reply code", f.ReplyCode == w.ReplyCode, f, w.ReplyCode)
			}
		}
	}
	for what, floor := range map[string]float64{"class": 0.95, "recipients": 0.95, "hard": 0.9, "status": 0.9, "reply code": 0.9, "delay is soft": 1} {
		s := table[what]
		if s == nil {
			t.Errorf("nothing measured for %s", what)
			continue
		}
		t.Logf("%-14s %4d of %4d  %5.1f %%  (floor %.0f %%)", what, s.right, s.all, 100*s.share(), 100*floor)
		if s.share() < floor {
			t.Errorf("%s: %.1f %% is under the floor of %.0f %%", what, 100*s.share(), 100*floor)
		}
	}
}

// What people wrote to lists, with the header lines that lists of several kinds add.
func TestPeopleOnListsAreNotTakenForMachines(t *testing.T) {
	dir, _ := mailData(t)
	b, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "threads", "threads.jsonl"))
	if err != nil {
		t.Skipf("SKIPPED: no threads at %s", filepath.Dir(dir))
	}
	lists := [][]string{
		{"Precedence: bulk", "List-Id: <dev.lists.example>", "List-Post: <mailto:dev@lists.example>", "List-Unsubscribe: <mailto:dev-leave@lists.example>", "X-BeenThere: dev@lists.example"},
		{"Precedence: list", "X-Mailing-List: <dev@lists.example> archive/latest/7", "X-Loop: dev@lists.example"},
		{"Precedence: bulk", "Sender: owner-dev@lists.example"},
		{"Mailing-List: contact dev-help@lists.example; run by robots", "List-Unsubscribe: <mailto:dev-leave@lists.example>", "Return-Path: <dev-return-12-ann=shop.example@lists.example>"},
	}
	s := score{}
	for line := range strings.Lines(string(b)) {
		var thread struct {
			Subject string
			Turns   []struct{ Email, Text string }
		}
		if err := json.Unmarshal([]byte(line), &thread); err != nil {
			t.Fatal(err)
		}
		for i, turn := range thread.Turns {
			for _, head := range lists {
				m := Parse(letterOf("<"+turn.Email+">", thread.Subject, turn.Text, head...))
				s.all++
				if m.Class == machine.Person {
					s.right++
				} else {
					t.Logf("%s: %q, turn %d", m.Class, thread.Subject, i)
				}
			}
		}
	}
	t.Logf("%d of %d are people's (floor 99.8 %%)", s.right, s.all)
	if s.share() < 0.998 {
		t.Errorf("%.2f %% were taken for machine mail", 100*(1-s.share()))
	}
}
