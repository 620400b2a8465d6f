package origin

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/tickets"
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

func TestAnswersAreRememberedForTheirTime(t *testing.T) {
	at := &clock{at: noon}
	z := &zone{records: map[string][]string{"a.shop.example": {"x"}}, fail: map[string]bool{"down.example": true}}
	n := &names{resolver: z, clock: at.now}
	ask := func() {
		for _, name := range []string{"a.shop.example", "none.example", "down.example"} {
			n.wait(t.Context(), name)
			n.wait(t.Context(), name)
		}
	}
	want := func(when string, found, missing, down int) {
		t.Helper()
		if z.asked["a.shop.example"] != found || z.asked["none.example"] != missing || z.asked["down.example"] != down {
			t.Errorf("%s: asked %v", when, z.asked)
		}
	}
	ask()
	want("at first", 1, 1, 1)
	at.advance(unansweredIn)
	ask()
	want("when a failure is over", 1, 1, 2)
	at.advance(missingFor)
	ask()
	want("later", 1, 2, 3)
	at.advance(foundFor)
	ask()
	want("much later", 2, 3, 4)
	if txt, err := n.known("a.shop.example"); err != nil || len(txt) != 1 {
		t.Errorf("%v, %v", txt, err)
	}
	if txt, err := n.known("none.example"); err != nil || len(txt) != 0 {
		t.Errorf("%v, %v", txt, err)
	}
	if _, err := n.known("down.example"); err == nil {
		t.Error("a failure is an answer")
	}
	if _, err := n.known("never.example"); err == nil {
		t.Error("what nobody asked is answered")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	n := &names{resolver: &zone{}, clock: func() time.Time { return noon }}
	for i := range 2 * maxNames {
		n.wait(t.Context(), fmt.Sprintf("n%d.example", i))
	}
	if got := len(n.young) + len(n.old); got > maxNames {
		t.Errorf("%d names", got)
	}
}

func TestNobodyWaitsForDNSThatIsAway(t *testing.T) {
	at := &clock{at: noon}
	z := &zone{hold: make(chan struct{})}
	c := New(Config{Resolver: z, Clock: at.now, Wait: 20 * time.Millisecond})
	read := func(i int) *Letter {
		return Read([]byte(fmt.Sprintf("%sFrom: ann@shop%d.example\r\n\r\nx", crossed, i)), nil, at.now())
	}
	var batch []*Letter
	for i := range askers {
		batch = append(batch, read(i))
	}
	start := time.Now()
	c.Prepare(t.Context(), batch...)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("a batch waited %v", took)
	}
	if got := c.Check(t.Context(), batch[0], "ann@shop0.example"); got.Verdict != tickets.AuthUnknown {
		t.Errorf("%+v", got)
	}
	// Late answers count for the mails to come.
	close(z.hold)
	c.names.wait(t.Context(), "_dmarc.shop0.example")
	if got := c.Check(t.Context(), batch[0], "ann@shop0.example"); got.Verdict != tickets.AuthNone {
		t.Errorf("after the answer: %+v", got)
	}
}

func TestAResolverThatFailsIsLeftAloneForAWhile(t *testing.T) {
	at := &clock{at: noon}
	z := &zone{fail: map[string]bool{"": true}}
	n := &names{resolver: z, clock: at.now}
	for i := range 10 * giveUpAfter {
		n.wait(t.Context(), fmt.Sprintf("n%d.example", i))
	}
	if got := z.questions(); got != giveUpAfter {
		t.Errorf("%d questions", got)
	}
	at.advance(restFor)
	z.mu.Lock()
	z.fail = nil
	z.mu.Unlock()
	n.wait(t.Context(), "again.example")
	n.wait(t.Context(), "and.again.example")
	if got := z.questions(); got != giveUpAfter+2 {
		t.Errorf("%d questions after the rest", got)
	}
}

func TestReservedNamesAreNotAskedFor(t *testing.T) {
	for _, name := range []string{"_dmarc.shop.invalid", "s1._domainkey.example.com", "localhost"} {
		_, err := System{}.LookupTXT(context.Background(), name)
		if de, ok := err.(*net.DNSError); !ok || !de.IsNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if reserved("myexample.com") || reserved("example.com.au") || reserved("shop.example") {
		t.Error("a name that only looks reserved is")
	}
}
