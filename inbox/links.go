package inbox

import (
	"net/url"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A Link stands at the foot of an answer: what it does, and its address.
type Link struct {
	Label string
	URL   string
}

// mailLinks open a mail with an order in it, to where answers go.
func mailLinks(to string, n tickets.Number) []Link {
	var list []Link
	for _, name := range []string{"resolve", "reopen", "close", askStatus} {
		u := url.URL{
			Scheme: "mailto", Opaque: url.PathEscape(headerAddress(mail.Address{Email: to}).Address),
			RawQuery: "subject=" + url.PathEscape(tagOf(n)) + "&body=" + url.PathEscape("#"+name),
		}
		list = append(list, Link{strings.ToUpper(name[:1]) + name[1:], u.String()})
	}
	return list
}

// linkText writes links for the plain text of a mail.
func linkText(links []Link) string {
	if len(links) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nWith one click:\n")
	for _, l := range links {
		b.WriteString(l.Label + ": " + l.URL + "\n")
	}
	return b.String()
}

// linkLife is how long the link of an answer works.
const linkLife = 30 * 24 * time.Hour

// linked says whether a mail goes to one person alone, and there are addresses for links that are theirs.
func (o *Outbox) linked(s sending, person tenant.Person) bool {
	return o.cfg.PublicURL != "" && len(s.answer.To) == 1 && len(s.answer.Cc) == 0 && tenant.AddressKey(s.answer.To[0].Email) == tenant.AddressKey(person.Email)
}

// links are those at the foot of a mail to one person, or to several, for whom there are no signed ones.
func (o *Outbox) links(owner tenant.ID, s sending, number tickets.Number, person tenant.Person) []Link {
	links := mailLinks(s.answer.ReplyTo, number)
	if !o.linked(s, person) {
		return links
	}
	var list []Link
	for _, l := range links {
		name := strings.ToLower(l.Label)
		t := Ticked{Tenant: owner, Ticket: s.ticket, Person: person.ID, Order: name, Until: s.createdAt.Add(linkLife)}
		list = append(list, Link{l.Label, o.cfg.PublicURL + "/t/" + t.Token(o.cfg.Box)})
	}
	for i := range links {
		links[i].Label += " by mail"
	}
	return append(list, links...)
}
