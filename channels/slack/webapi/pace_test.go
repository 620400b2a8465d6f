package webapi

import (
	"fmt"
	"testing"
	"time"
)

// fakeClock is a clock that is moved by hand.
type fakeClock struct{ t time.Time }

func (c *fakeClock) now() time.Time { return c.t }

func TestPaceKeepsSlacksLimitForABurstAndDropsNothing(t *testing.T) {
	c := &fakeClock{t: time.Unix(1_000_000, 0)}
	p := NewPace(c.now)
	b := Budget{posts, "T C"}
	due := map[int]time.Time{} // who waits until when
	for i := range 500 {
		due[i] = c.t
	}
	var made []time.Time
	tries := 0
	for len(due) > 0 {
		for i, at := range due {
			if at.After(c.t) {
				continue
			}
			tries++
			if wait := p.Take(b, Cards); wait > 0 {
				due[i] = c.t.Add(wait)
			} else {
				delete(due, i)
				made = append(made, c.t)
			}
		}
		c.t = c.t.Add(100 * time.Millisecond)
	}
	if took := made[len(made)-1].Sub(made[0]); took < 490*time.Second || took > 520*time.Second {
		t.Errorf("500 posts took %s, want about 500 s", took)
	}
	for i := 10; i < len(made); i++ {
		if made[i].Sub(made[i-10]) < 6*time.Second {
			t.Fatalf("10 posts within %s", made[i].Sub(made[i-10]))
		}
	}
	if tries > 1100 {
		t.Errorf("%d tries for 500 posts: those who wait come back too often", tries)
	}
}

func TestPaceLetsCardsGoFirst(t *testing.T) {
	c := &fakeClock{t: time.Unix(1_000_000, 0)}
	p := NewPace(c.now)
	b := Budget{posts, "T C"}
	for p.Take(b, Threads) == 0 {
	}
	waitCard, waitThread := p.Take(b, Cards), p.Take(b, Threads)
	if waitCard != 0 || waitThread == 0 {
		t.Errorf("a card waits %s, a reply %s: none is left for the card", waitCard, waitThread)
	}
	for p.Take(b, Cards) == 0 {
	}
	c.t = c.t.Add(1100 * time.Millisecond)
	if wait := p.Take(b, Threads); wait == 0 {
		t.Error("a reply took the slot of a card that waits")
	}
	if wait := p.Take(b, Cards); wait != 0 {
		t.Errorf("the card still waits %s", wait)
	}
}

func TestPaceHonoursRetryAfterAndBacksOff(t *testing.T) {
	c := &fakeClock{t: time.Unix(1_000_000, 0)}
	p := NewPace(c.now)
	b := Budget{updates, "T"}
	p.Pause(b, 30*time.Second)
	if wait := p.Take(b, Cards); wait < 30*time.Second {
		t.Errorf("wait %s within Slack's pause", wait)
	}
	other := Budget{updates, "T2"}
	if wait := p.Take(other, Cards); wait != 0 {
		t.Errorf("another workspace waits %s", wait)
	}
	var got []string
	for range 7 {
		got = append(got, fmt.Sprint(p.Missed(other, time.Second)))
	}
	if s := fmt.Sprint(got); s != "[1s 2s 4s 8s 16s 30s 30s]" {
		t.Errorf("pauses %s", s)
	}
	p.Reached(other)
	if d := p.Missed(other, time.Second); d != time.Second {
		t.Errorf("pause %s after Slack was reached", d)
	}
}
