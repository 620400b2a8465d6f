package main

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
	"time"
)

func TestLettersAreTheSameForTheSameSeed(t *testing.T) {
	a, b := letters(300, "support@desk.example", "lot", 7), letters(300, "support@desk.example", "lot", 7)
	for i := range a {
		if !bytes.Equal(a[i].Raw, b[i].Raw) || a[i].Parent != b[i].Parent {
			t.Fatalf("letter %d differs", i)
		}
	}
	if other := letters(300, "support@desk.example", "lot", 8); bytes.Equal(a[0].Raw, other[0].Raw) {
		t.Error("another seed makes the same letter")
	}
}

func TestLettersAreMixedAsPromised(t *testing.T) {
	const n = 2000
	var replies, attached, html int
	all := letters(n, "support@desk.example", "lot", 1)
	for i, l := range all {
		m, err := mail.ReadMessage(bytes.NewReader(l.Raw))
		if err != nil {
			t.Fatalf("letter %d: %v", i, err)
		}
		if got := m.Header.Get("Message-ID"); got != "<"+l.ID+">" {
			t.Fatalf("letter %d: Message-ID %q, want %q", i, got, l.ID)
		}
		if l.Parent >= 0 {
			replies++
			if want := "<" + all[l.Parent].ID + ">"; m.Header.Get("In-Reply-To") != want || l.Root != all[l.Parent].Root {
				t.Fatalf("letter %d answers %q, want %q in the same thread", i, m.Header.Get("In-Reply-To"), want)
			}
			if m.Header.Get("From") != from(t, all[l.Parent]) {
				t.Fatalf("letter %d is not by who wrote what it answers", i)
			}
		}
		if bytes.Contains(l.Raw, []byte("filename=")) {
			attached++
			if len(l.Raw) < attachmentBytes {
				t.Fatalf("letter %d has %d bytes", i, len(l.Raw))
			}
		}
		if bytes.Contains(l.Raw, []byte("text/html")) {
			html++
		}
		if bytes.Count(l.Raw, []byte("\n")) != bytes.Count(l.Raw, []byte("\r\n")) {
			t.Fatalf("letter %d has a line end that is not CRLF", i)
		}
	}
	for _, c := range []struct {
		what       string
		got, share int
	}{{"replies", replies, repliesPercent}, {"with an attachment", attached, attachedPercent}, {"with HTML", html, 50}} {
		if got := 100 * float64(c.got) / n; got < float64(c.share)-4 || got > float64(c.share)+4 {
			t.Errorf("%s: %.1f %%, want about %d", c.what, got, c.share)
		}
	}
}

func from(t *testing.T, l letter) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(l.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get("From")
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(100-i))
	}
	for p, want := range map[float64]time.Duration{0: 1, 50: 50, 99: 99, 99.5: 100, 100: 100} {
		if got := percentile(all, p); got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
	if got := percentile(nil, 50); got != 0 {
		t.Errorf("of nothing it is %d", got)
	}
	if got := percentile([]time.Duration{5}, 99); got != 5 {
		t.Errorf("of one value it is %d", got)
	}
}

func TestMedianOfAnEvenNumberLiesBetween(t *testing.T) {
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median is %v", got)
	}
	if got := median([]float64{9, 1, 3}); got != 3 {
		t.Errorf("median is %v", got)
	}
}

func TestStatIsReadWhateverTheProcessIsCalled(t *testing.T) {
	s, err := parseStat("42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0 100 1 1")
	if err != nil || s.pid != 42 || s.parent != 7 || s.cpu != 50*tick {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "42 (a", "42 (a) S 7", "x (a) S 7 1 1 1 1 1 1 1 1 1 1 1 1 1 1"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestAGoalIsReachedFromItsOwnSide(t *testing.T) {
	for _, c := range []struct {
		f    figure
		want string
	}{
		{figure{Value: 500, Goal: 500}, "reached"}, {figure{Value: 499, Goal: 500}, "missed"},
		{figure{Value: 3, Goal: 3, Below: true}, "reached"}, {figure{Value: 3.1, Goal: 3, Below: true}, "missed"},
		{figure{Value: 1}, ""},
	} {
		if _, got := c.f.goal(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
}

func TestSniffFindsWhatTheServerAnnounces(t *testing.T) {
	var got []int
	s := sniffer{exists: func(n int) { got = append(got, n) }}
	for _, chunk := range []string{"* 3 EXISTS\r\n* 1 RE", "CENT\r\n* 1", "7 EXISTS\r\nwords EXISTS\r\n", strings.Repeat("x", 200), "\r\n* 18 EXISTS\r\n"} {
		s.server([]byte(chunk))
	}
	if len(got) != 3 || got[0] != 3 || got[1] != 17 || got[2] != 18 {
		t.Errorf("announced %v, want 3, 17 and 18", got)
	}
}
