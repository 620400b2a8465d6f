package inbox

import (
	"slices"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// idle is how long a ticket has to be quiet before a new subject on an old mail is taken for a new matter.
const idle = 30 * 24 * time.Hour

// A standing is what the sender of a mail is to a ticket.
type standing int

const (
	stranger standing = iota // nobody to it
	guest                    // has written to it without having a part in it
	insider                  // takes part in it, is of the same company, or is a support member
)

// A thread is a ticket that a mail may belong to.
type thread struct {
	id        tickets.ID
	number    tickets.Number
	asked     tickets.Number // the number it was looked for by: another where that ticket was merged into this one
	title     string
	status    tickets.Status
	requester tickets.EmployeeID
	company   string // key of the customer: a mail domain, or one person's address
	splitFrom *tickets.ID
	updated   time.Time
	next      *thread           // the open ticket that goes on from this closed one; nil where none does
	roles     map[string]string // of those among the mail's people who take part, by address key

	answers bool // it was found by mail that answers this very one

	sender standing
	takes  bool // the sender takes part by name: requester, to or cc
	member bool // the sender is a support member
}

// judge sets what the sender is to the ticket.
func (t *thread) judge(sender string, member bool) {
	if t.next != nil {
		t.next.judge(sender, member)
	}
	role := t.roles[sender]
	t.takes, t.member = role != "" && role != tickets.Guest, member
	switch {
	case t.takes || member || t.company == domainOf(sender):
		t.sender = insider
	case role == tickets.Guest:
		t.sender = guest
	default:
		t.sender = stranger
	}
}

// meets says whether somebody among the mail's people takes part in the ticket.
func (t *thread) meets() bool {
	for _, role := range t.roles {
		if role != tickets.Guest {
			return true
		}
	}
	return false
}

// Signals are what a mail says about the ticket that it belongs to. Every thread in them is judged.
type signals struct {
	subject string // its key
	reply   bool   // it begins with "Re:" or the like
	now     time.Time

	tokens  []thread       // named by signed addresses
	parent  *thread        // of the nearest mail it answers that is known, or whose id is signed
	signed  bool           // the parent's id is
	crossed *thread        // of the nearest mail in References, where these leave out what In-Reply-To names
	was     tickets.Number // the ticket that the parent's id was signed for: it may have been moved since
	kin     []tickets.ID   // tickets that merges and splits tie to the parent's; see relate
	indexed *thread        // named by a signed Thread-Index
	tagged  []thread       // named by tags in the subject
	shared  []thread       // of mail that answers this one, or the same unknown one, or is of the same conversation
	titled  []thread       // the sender's own with this subject
}

// A verdict is what is to become of a mail. Nothing set: it opens a ticket.
type verdict struct {
	join  *thread
	guest bool    // the sender has no part in the ticket
	firm  bool    // nobody can have guessed it: a signature says so, or the id of a mail
	offer *thread // a ticket that may be the same: the new one, or the one joined, should be merged with it
}

// agree decides by the agreement of the signals. The first rule that fits counts.
//
//	strong signals (signed address, id or Thread-Index, mail that is known, tag of a ticket the sender is in)
//	  name different tickets                                            → new, merge offered
//	  name one, which is closed, and the sender is in it or a signature → new, follows it;
//	                                                                      joined to the open one that follows it already
//	  tag alone, sender only of the same company, other subject         → new, merge offered
//	  known mail alone, sender a stranger                               → new, merge offered
//	  new subject without "Re:", sender a stranger                      → new, merge offered
//	  new subject without "Re:", no signed address                      → new, merge offered
//	  new subject without "Re:", ticket resolved or long quiet          → new, merge offered
//	  new subject with "Re:", known mail alone, ticket as above         → new, merge offered
//	  otherwise, sender a stranger or guest (so: a signature)           → joined as a guest
//	  otherwise                                                         → joined
//	…, and an answer to this mail has opened another ticket before      → joined, merge of that one offered
//	shared unknown ids, and people and subject in common
//	  with one ticket                                                   → joined
//	  with several                                                      → the oldest joined, merge of the next offered
//	shared unknown ids, only subject or company in common (a newsletter) → new, merge offered
//	"Re:" and the subject of tickets that the sender takes part in
//	  one                                                               → joined
//	  several                                                           → new, merge offered
//	none                                                                → new
func (s signals) agree() verdict {
	claims := s.claims()
	if len(claims) == 0 {
		return s.weak()
	}
	lead := claims[0]
	signature := len(s.tokens) > 0 || s.signed || s.indexed != nil
	if slices.ContainsFunc(claims, func(t thread) bool { return t.id != lead.id }) {
		return offered(lead)
	}
	same := alike(titleKey(lead), s.subject) || s.subject == "" || names(s.tagged, lead)
	old := lead.status == tickets.Resolved || s.now.Sub(lead.updated) > idle
	bare := len(s.tokens) == 0 && s.parent == nil && s.indexed == nil // a tag alone
	switch {
	case lead.status == tickets.Closed && (lead.sender != stranger || signature):
		return verdict{join: &lead, guest: lead.sender != insider}
	case bare && !lead.takes && !alike(titleKey(lead), s.subject),
		lead.sender == stranger && !signature,
		!same && !s.reply && (lead.sender == stranger || len(s.tokens) == 0 || old),
		!same && s.reply && !signature && old:
		return offered(lead)
	}
	v := verdict{join: &lead, guest: lead.sender != insider, firm: !bare}
	for _, t := range s.shared {
		if t.id != lead.id && t.answers && s.fits(t) {
			v.offer = &t // it was opened by an answer that came before this one
			break
		}
	}
	return v
}

// claims are the tickets that strong signals name, strongest first. A signal that was true before a ticket
// was split or a comment moved does not count beside one that knows where the mail is now.
func (s signals) claims() []thread {
	var list []thread
	add := func(t thread) {
		moved := s.parent != nil && t.id != s.parent.id &&
			(s.was != 0 && t.asked == s.was || s.parent.splitFrom != nil && *s.parent.splitFrom == t.id || slices.Contains(s.kin, t.id))
		if !moved {
			list = append(list, t)
		}
	}
	for _, t := range s.tokens {
		add(t)
	}
	if s.parent != nil {
		list = append(list, *s.parent)
	}
	if s.crossed != nil {
		add(*s.crossed)
	}
	if s.indexed != nil {
		add(*s.indexed)
	}
	// A closed ticket and the one that goes on from it are one thread.
	all := slices.Clone(list)
	list = slices.DeleteFunc(list, func(t thread) bool { return t.next != nil && names(all, *t.next) })
	// Other systems write such tags too: one only counts with its people, and never against one that fits.
	if len(list) > 0 && names(s.tagged, list[0]) {
		return list
	}
	for _, t := range s.tagged {
		if t.sender == insider {
			add(t)
		}
	}
	return list
}

// fits says whether a ticket that was found by ids in common is this mail's. Of one company alone may be two people who
// answer the same newsletter, unless one answers the other.
func (s signals) fits(t thread) bool {
	_, again := subjectKey(t.title)
	answered := t.answers && t.sender == insider
	old := t.status == tickets.Resolved || s.now.Sub(t.updated) > idle
	return t.status != tickets.Closed && (alike(titleKey(t), s.subject) || answered && again && !old) && (answered || t.member || t.meets() || t.takes)
}

// weak decides where no strong signal names a ticket.
func (s signals) weak() verdict {
	var fit []thread
	var other *thread
	for _, t := range s.shared {
		switch {
		case s.fits(t):
			if !names(fit, t) {
				fit = append(fit, t)
			}
		case other == nil && alike(titleKey(t), s.subject):
			other = &t
		}
	}
	slices.SortFunc(fit, func(a, b thread) int { return int(a.number - b.number) })
	switch {
	case len(fit) > 1:
		return verdict{join: &fit[0], firm: true, offer: &fit[1]}
	case len(fit) == 1:
		return verdict{join: &fit[0], firm: true}
	case !s.reply || len(s.titled) == 0:
		if other != nil {
			return offered(*other)
		}
		return verdict{}
	case len(s.titled) > 1:
		return offered(s.titled[0])
	}
	return verdict{join: &s.titled[0], guest: s.titled[0].sender != insider}
}

func offered(t thread) verdict {
	if t.status == tickets.Closed {
		return verdict{} // nothing is merged into a closed ticket
	}
	return verdict{offer: &t}
}

func names(list []thread, t thread) bool {
	return slices.ContainsFunc(list, func(o thread) bool { return o.id == t.id })
}

func titleKey(t thread) string {
	if t.title == title("") {
		return ""
	}
	key, _ := subjectKey(t.title)
	return key
}

// roleList reads what threadColumns selects of the participants: role and address key of each.
func roleList(list []string) map[string]string {
	roles := make(map[string]string, len(list))
	for _, s := range list {
		role, key, _ := strings.Cut(s, " ")
		roles[key] = role
	}
	return roles
}

// senderKey is by what the sender of a mail is known on tickets.
func senderKey(m Message) string { return tenant.AddressKey(address(m.From)) }
