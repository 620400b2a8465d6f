package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// soakKills in the environment says how often the campaign kills the service; else it does so a few times.
const soakKills = "CUSTOMERDESK_TEST_SOAK"

// TestKillAtRandomMomentsLosesAndDoublesNothing has customers write and members answer while the service is
// killed again and again.
func TestKillAtRandomMomentsLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	kills := 5
	if n, err := strconv.Atoi(os.Getenv(soakKills)); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	s := newSite(t, siteOptions{durable: true, dovecot: true})
	s.patience += time.Duration(kills) * 10 * time.Second // Slack takes a message a second.

	var mu sync.Mutex
	var written, answered []string
	write := func(i int) {
		id, raw := s.compose(letter{from: customer(i), subject: fmt.Sprintf("Letter %d", i), text: "How do I charge the battery?"})
		if err := s.put(support, raw); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		written = append(written, id)
	}
	for i := range kills {
		v := s.serve()
		var work sync.WaitGroup
		work.Go(func() {
			for k := range 2 {
				write(2*i + k)
			}
		})
		if open := s.count(`SELECT count(*) FROM support_tickets`); open > 0 {
			answered = append(answered, s.answer(1+dice.IntN(open), fmt.Sprintf("Answer %d", i)))
		}
		pause(t, time.Duration(dice.Int64N(int64(1500*time.Millisecond))))
		v.kill()
		work.Wait()
	}
	v := s.serve()
	for _, id := range written {
		s.stored(id)
	}
	for _, id := range answered {
		s.delivery(id, "sent")
	}
	for _, id := range written {
		if n := s.comments(id); n != 1 {
			t.Errorf("mail %s is %d comments", id, n)
		}
	}
	for _, id := range answered {
		if n := s.mail.Copies(id); n < 1 {
			t.Errorf("answer %s was not sent", id)
		} else if n > 1 {
			t.Logf("answer %s was sent %d times with the same Message-ID", id, n)
		}
	}
	if n := s.count(`SELECT count(*) FROM support_tickets`); n != len(written) {
		t.Errorf("%d tickets for %d mails", n, len(written))
	}
	if n := len(s.mail.Submitted()); n > len(answered)+kills {
		t.Errorf("%d mails were sent for %d answers and %d kills", n, len(answered), kills)
	}
	s.allShown(len(written))
	v.stop()
}

// pause lets the service run for a random while, which is what is tried here.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("the test was ended")
	}
}
