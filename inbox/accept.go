package inbox

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// Accept implements Sink. Messages of one thread are stored one after the other, in the order of the
// batch; others at the same time. An error is the database's, and then nothing is quarantined: a message
// that cannot be stored for a reason of its own counts as stored once it is in quarantine.
func (in *Inbox) Accept(ctx context.Context, batch []Raw) (int, error) {
	arrivals, err := in.arrivals(ctx, batch)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	portions := make(chan [][]int)
	stored := make([]bool, len(batch))
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	for range min(in.cfg.Workers, len(batch)) {
		wg.Go(func() {
			for chains := range portions {
				if err := in.takeChains(ctx, arrivals, chains, stored); err != nil {
					once.Do(func() {
						first = err
						cancel()
					})
				}
			}
		})
	}
	send(ctx, portions, portion(batch, threads(batch)))
	wg.Wait()
	n := 0
	for n < len(stored) && stored[n] {
		n++
	}
	if n < len(batch) && first == nil {
		first = ctx.Err()
	}
	if n == len(batch) {
		first = nil
	}
	return n, first
}

// maxTogether is how many messages one transaction stores at most. Half of what a message costs are the
// transaction and its jobs.
const maxTogether = 8

// portion puts chains of one tenant together, so that the first of all make a transaction, the second, and so on.
func portion(batch []Raw, chains [][]int) [][][]int {
	var portions [][][]int
	for _, c := range chains {
		n := len(portions) - 1
		if n < 0 || len(portions[n]) == maxTogether || batch[portions[n][0][0]].Tenant != batch[c[0]].Tenant {
			portions = append(portions, nil)
			n++
		}
		portions[n] = append(portions[n], c)
	}
	return portions
}

// takeChains stores the messages of some chains, each chain in its order.
func (in *Inbox) takeChains(ctx context.Context, batch []arrival, chains [][]int, stored []bool) error {
	for nth := 0; ; nth++ {
		var at []int
		for _, c := range chains {
			if nth < len(c) {
				at = append(at, c[nth])
			}
		}
		if len(at) == 0 {
			return nil
		}
		together := make([]arrival, len(at))
		for i, n := range at {
			together[i] = batch[n]
		}
		done, err := in.take(ctx, together)
		failed := -1
		for i, n := range at {
			stored[n] = done[i]
			if !done[i] && failed < 0 {
				failed = n
			}
		}
		if err != nil {
			return fmt.Errorf("store uid %d of %s: %w", batch[failed].UID, batch[failed].Folder, err)
		}
	}
}

func send(ctx context.Context, to chan<- [][]int, portions [][][]int) {
	defer close(to)
	for _, p := range portions {
		select {
		case to <- p:
		case <-ctx.Done():
			return
		}
	}
}

// threads groups the indices of messages that may belong together: those that share an id, and those of
// one sender with one subject. Groups and indices within them keep the batch's order.
func threads(batch []Raw) [][]int {
	group := make(map[string]int) // key to the first index that had it
	parent := make([]int, len(batch))
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, raw := range batch {
		parent[i] = i
		for _, key := range threadKeys(raw) {
			j, seen := group[key]
			if !seen {
				group[key] = i
				continue
			}
			a, b := root(i), root(j)
			parent[max(a, b)] = min(a, b)
		}
	}
	at := make(map[int]int, len(batch))
	var chains [][]int
	for i := range batch {
		r := root(i)
		n, ok := at[r]
		if !ok {
			n = len(chains)
			at[r] = n
			chains = append(chains, nil)
		}
		chains[n] = append(chains[n], i)
	}
	return chains
}

// threadKeys reads from the header what ties a message to others.
func threadKeys(raw Raw) (keys []string) {
	if raw.Body == nil {
		return nil
	}
	// What cannot be read goes by itself, into quarantine.
	defer func() { _ = recover() }()
	h, _ := mail.SplitHeader(mail.Beginning(raw.Body))
	for _, name := range []string{"Message-Id", "In-Reply-To", "References"} {
		for _, id := range mail.ParseIDs(mail.Joined(h, name)) {
			keys = append(keys, "id "+id)
		}
	}
	if subject, _ := subjectKey(mail.DecodeWords(h.Get("Subject"))); subject != "" {
		keys = append(keys, "from "+strings.ToLower(h.Get("From"))+"\x00"+subject)
	}
	return keys
}
