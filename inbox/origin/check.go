package origin

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/customerdesk/customerdesk/tickets"
)

// Config of a Checker.
type Config struct {
	// Resolver looks up keys and policies. Nil: nothing is looked up, and only Authentication-Results count.
	Resolver Resolver
	Clock    func() time.Time
	// Wait is how long Prepare waits for DNS at most; default 2 s.
	Wait time.Duration
}

// A Checker comes to verdicts on senders. It is safe for concurrent use.
type Checker struct {
	names names
	clock func() time.Time
	wait  time.Duration
}

// New makes a checker.
func New(cfg Config) *Checker {
	if cfg.Wait <= 0 {
		cfg.Wait = 2 * time.Second
	}
	return &Checker{names: names{resolver: cfg.Resolver, clock: cfg.Clock}, clock: cfg.Clock, wait: cfg.Wait}
}

// A Finding is a verdict with its reason, for a person to read: one line without full stop.
type Finding struct {
	Verdict tickets.Verdict
	Reason  string
}

// askers is how many questions of a batch are under way at once.
const askers = 32

// Prepare asks DNS for what the verdicts on letters need, all at once, and returns when the answers are there, or
// after the checker's limit. A letter on which the border's word is final needs nothing.
func (c *Checker) Prepare(ctx context.Context, letters ...*Letter) {
	if c.names.resolver == nil {
		return
	}
	wanted := make(map[string]bool)
	for _, l := range letters {
		for _, name := range c.questions(l) {
			wanted[name] = true
		}
	}
	if len(wanted) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	names := make(chan string, len(wanted))
	for name := range wanted {
		names <- name
	}
	close(names)
	var wg sync.WaitGroup
	for range min(askers, len(wanted)) {
		wg.Go(func() {
			for name := range names {
				if ctx.Err() != nil {
					return
				}
				c.names.wait(ctx, name)
			}
		})
	}
	wg.Wait()
}

// maxQuestions is how many names are looked up for one mail.
const maxQuestions = 8

// questions are the names that the verdict on a letter may depend on. Whom it is from is not known for sure yet,
// so each domain in From may be meant.
func (c *Checker) questions(l *Letter) []string {
	if l == nil || len(l.from) == 0 {
		return nil
	}
	var names []string
	for _, domain := range domainsIn(l.from[0]) {
		if _, final := l.evidence.verdict(domain); final {
			continue
		}
		for _, s := range l.signatures(domain) {
			names = append(names, s.key)
		}
		if len(names) > 0 || l.crossed {
			names = append(names, policyNames(domain)...)
		}
	}
	return names[:min(len(names), maxQuestions)]
}

// domainsIn are the domains behind an "@" in a From field: the last one, and the first if there are more.
func domainsIn(from string) []string {
	var list []string
	for _, at := range []int{strings.LastIndexByte(from, '@'), strings.IndexByte(from, '@')} {
		if at < 0 {
			continue
		}
		rest := from[at+1:]
		if end := strings.IndexAny(rest, " \t<>,;()\"'"); end >= 0 {
			rest = rest[:end]
		}
		if d := hostname(rest); d != "" && (len(list) == 0 || list[0] != d) {
			list = append(list, d)
		}
	}
	return list
}

// Check comes to the verdict on a letter that says to be from address. What Prepare has asked for and DNS has not
// said by now is unknown; what it could not foresee, since the sender is hidden in an unusual place, is waited for
// for an eighth of its limit.
func (c *Checker) Check(ctx context.Context, l *Letter, address string) Finding {
	domain, claim := domainOf(address), l.claims(address)
	switch {
	case claim == claimTwice:
		return Finding{tickets.AuthFail, "the mail names several senders in From"}
	case domain == "":
		return Finding{tickets.AuthNone, "the mail names no sender"}
	}
	// Whoever hides the sender in odd places, or behind more header than is read, can have nothing vouch for it, and
	// must not be better off for that either.
	vouchable := claim == claimPlain && !l.cut
	if f, final := l.evidence.verdict(domain); final && (vouchable || f.Verdict == tickets.AuthFail) {
		return f
	}
	return c.own(ctx, l, domain, vouchable)
}

// own is the verdict by signatures and policy.
func (c *Checker) own(ctx context.Context, l *Letter, domain string, vouchable bool) Finding {
	var signatures []signature
	if vouchable {
		signatures = l.signatures(domain)
	}
	if len(signatures) == 0 && !l.crossed {
		return Finding{tickets.AuthNone, "nothing signs the mail, and no mail server noted that it took it"}
	}
	if c.names.resolver == nil {
		return Finding{tickets.AuthUnknown, "no trusted mail server reports on the sender"}
	}
	c.catchUp(ctx, domain, signatures)
	p, known := c.policyOf(domain)
	doubt := ""
	for _, s := range signatures {
		switch c.verify(l, s) {
		case verified:
			if s.domain == domain || known && !p.strictDKIM {
				return Finding{tickets.AuthPass, "signed by " + s.domain}
			}
			if !known {
				doubt = "DNS does not say whether " + s.domain + " may sign for " + domain
			}
		case unanswered:
			doubt = "DNS does not give the key " + s.key
		case outdated:
			doubt = "the signature of " + s.domain + " is too old to be verified"
		}
	}
	if vouchable && known && (l.evidence.passes("spf", domain, p.strictSPF) || l.evidence.passes("dkim", domain, p.strictDKIM)) {
		return Finding{tickets.AuthPass, "SPF or DKIM passes for " + domain + ", says " + l.evidence.server}
	}
	if !known && doubt == "" {
		doubt = "DNS does not give the policy of " + domain
	}
	return c.unvouched(l, domain, p, doubt)
}

// catchUp asks for what Prepare has not.
func (c *Checker) catchUp(ctx context.Context, domain string, signatures []signature) {
	wanted := policyNames(domain)
	for _, s := range signatures {
		wanted = append(wanted, s.key)
	}
	wanted = slices.DeleteFunc(wanted, c.names.asked)
	if len(wanted) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.wait/8)
	defer cancel()
	for _, name := range wanted {
		c.names.ask(ctx, name)
	}
	for _, name := range wanted {
		c.names.wait(ctx, name)
	}
}

// unvouched is the verdict on a mail that nothing vouches for, unless there is a doubt about that.
func (c *Checker) unvouched(l *Letter, domain string, p policy, doubt string) Finding {
	switch {
	case doubt != "":
		return Finding{tickets.AuthUnknown, doubt}
	case !p.enforced:
		return Finding{tickets.AuthNone, "nothing vouches for the mail, and " + domain + " does not promise that something would"}
	case !l.crossed: // DMARC is about mail that crossed a border
		return Finding{tickets.AuthNone, "nothing vouches for the mail, and no mail server noted that it took it"}
	case c.old(l):
		return Finding{tickets.AuthUnknown, "the mail is too old to be held against the policy of " + domain}
	}
	return Finding{tickets.AuthFail, "no signature of " + domain + " holds, and it asks to distrust such mail (DMARC)"}
}
