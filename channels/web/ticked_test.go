package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A world is a server with one ticket of Ann's, to which Eve wrote as a guest.
type world struct {
	*testing.T
	db       *pgtest.DB
	box      *secret.Box
	server   *Server
	now      time.Time
	tenant   tenant.ID
	ticket   tickets.Ticket
	ann, eve tenant.UserID
	visitors atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	box, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: pgtest.New(t), box: box, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	ps, err := newPages()
	w.ok(err)
	w.server = &Server{cfg: Config{Pool: w.db.Service, Desk: tickets.New(clock), Box: box, Clock: clock, Logger: slog.New(slog.DiscardHandler)},
		pages: ps, visits: newVisits(time.Now)}
	w.tenant = w.newTenant("acme")
	w.ticket, w.ann = w.open(w.tenant, "ann@customer.example", "Lamp blinks")
	w.in(w.tenant, func(tx tenant.Tx) error {
		e, err := tickets.EnsureEmployee(t.Context(), tx, "Eve", "eve@elsewhere.example")
		w.eve = e.Person.ID
		if err != nil {
			return err
		}
		return w.server.cfg.Desk.Join(t.Context(), tx, w.ticket.ID, tickets.Participant{Email: e.Person.Email, Role: tickets.Guest}, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByItself})
	})
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) in(id tenant.ID, fn func(tenant.Tx) error) {
	w.Helper()
	w.ok(tenant.In(w.Context(), w.db.Service, id, fn))
}

func (w *world) newTenant(slug string) tenant.ID {
	w.Helper()
	t, err := tenant.Add(w.Context(), w.db.Service, slug, strings.ToUpper(slug))
	w.ok(err)
	return t.ID
}

func (w *world) open(owner tenant.ID, email, title string) (made tickets.Ticket, who tenant.UserID) {
	w.Helper()
	w.in(owner, func(tx tenant.Tx) error {
		e, err := tickets.EnsureEmployee(w.Context(), tx, "Ann", email)
		if err != nil {
			return err
		}
		who = e.Person.ID
		made, _, err = w.server.cfg.Desk.Open(w.Context(), tx, tickets.NewTicket{Title: title, Requester: e,
			First: tickets.NewComment{Kind: tickets.Public, Author: tickets.Actor{Kind: tickets.ByCustomer, User: who, Via: tickets.ByEmail}, Text: "Help."}})
		return err
	})
	return made, who
}

// link is one of Ann's.
func (w *world) link(order string) inbox.Ticked {
	return inbox.Ticked{Tenant: w.tenant, Ticket: w.ticket.ID, Person: w.ann, Order: order, Until: w.now.Add(time.Hour)}
}

func (w *world) visit(method string, link inbox.Ticked, form url.Values) (int, string) {
	return w.browse(method, "/t/"+link.Token(w.box), form)
}

func (w *world) browse(method, path string, form url.Values) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	n := w.visitors.Add(1) // each from a network of their own, since one that asks too often waits
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:1000", n>>8, n&0xff)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	w.server.handler().ServeHTTP(out, r)
	return out.Code, out.Body.String()
}

func (w *world) status(id tickets.ID) (s tickets.Status) {
	w.Helper()
	w.in(w.tenant, func(tx tenant.Tx) error {
		t, err := tickets.ByID(w.Context(), tx, id)
		s = t.Status
		return err
	})
	return s
}

// changes counts the ticket's changes of status.
func (w *world) changes() (n int) {
	w.Helper()
	w.in(w.tenant, func(tx tenant.Tx) error {
		list, err := tickets.Events(w.Context(), tx, w.ticket.ID)
		for _, e := range list {
			if e.Kind == tickets.StatusChanged {
				n++
			}
		}
		return err
	})
	return n
}

func TestLookingAtALinkChangesNothing(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"GET", "HEAD", "GET", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		status, text := w.visit(method, w.link("close"), url.Values{"score": {"5"}})
		if want := map[bool]int{true: http.StatusOK, false: http.StatusMethodNotAllowed}[method == "GET" || method == "HEAD"]; status != want {
			t.Errorf("%s: %d %s", method, status, text)
		}
	}
	if w.status(w.ticket.ID) != tickets.Open || w.changes() != 0 {
		t.Errorf("the ticket is %s after looks alone", w.status(w.ticket.ID))
	}
}

func TestSeveralPressesAreOneChange(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if status, text := w.visit("POST", w.link("resolve"), nil); status != http.StatusOK || !strings.Contains(text, "is now resolved") && !strings.Contains(text, "is resolved") {
				t.Errorf("%d %s", status, text)
			}
		})
	}
	wg.Wait()
	if n := w.changes(); n != 1 || w.status(w.ticket.ID) != tickets.Resolved {
		t.Errorf("%d changes, ticket %s", n, w.status(w.ticket.ID))
	}
	if status, text := w.visit("POST", w.link("reopen"), nil); status != http.StatusOK || w.status(w.ticket.ID) != tickets.Open {
		t.Errorf("%d %s", status, text)
	}
	w.visit("POST", w.link("close"), nil)
	if status, text := w.visit("POST", w.link("reopen"), nil); status != http.StatusOK || !strings.Contains(text, "cannot be opened again") || w.status(w.ticket.ID) != tickets.Closed {
		t.Errorf("a closed ticket: %d %s", status, text)
	}
}

func TestALinkWorksForItsPersonTicketTimeAndTenantAlone(t *testing.T) {
	w := newWorld(t)
	rival := w.newTenant("rival")
	foreign, annThere := w.open(rival, "ann@customer.example", "A rival's secret")
	for what, link := range map[string]func(*inbox.Ticked){
		"another tenant's ticket":     func(l *inbox.Ticked) { l.Ticket = foreign.ID },
		"this ticket at another's":    func(l *inbox.Ticked) { l.Tenant, l.Person = rival, annThere },
		"a tenant that is no more":    func(l *inbox.Ticked) { l.Tenant = tenant.ID(tenant.NewID()) },
		"a guest":                     func(l *inbox.Ticked) { l.Person = w.eve },
		"somebody without a part":     func(l *inbox.Ticked) { l.Person = tenant.UserID{UUID: tenant.NewID()} },
		"a time that is over":         func(l *inbox.Ticked) { l.Until = w.now },
		"a ticket that never existed": func(l *inbox.Ticked) { l.Ticket = tickets.ID{UUID: tenant.NewID()} },
	} {
		l := w.link("close")
		link(&l)
		for _, method := range []string{"GET", "POST"} {
			if status, text := w.visit(method, l, nil); status != http.StatusGone || strings.Contains(text, "secret") || strings.Contains(text, "Lamp") {
				t.Errorf("%s, %s: %d %s", what, method, status, text)
			}
		}
	}
	token := w.link("close").Token(w.box)
	for i := range token {
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		if status, _ := w.browse("POST", "/t/"+token[:i]+string(other)+token[i+1:], nil); status != http.StatusNotFound {
			t.Errorf("with character %d changed: %d", i, status)
		}
	}
	for _, path := range []string{"/", "/t/", "/t/" + token[1:], "/t/" + token + "A", "/t/" + token + "/x"} {
		if status, _ := w.browse("POST", path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if w.status(w.ticket.ID) != tickets.Open || w.changes() != 0 {
		t.Errorf("the ticket is %s", w.status(w.ticket.ID))
	}
}

func TestALinkOfAMergedTicketIsAboutTheOneItIsPartOf(t *testing.T) {
	w := newWorld(t)
	second, _ := w.open(w.tenant, "ann@customer.example", "Lamp smokes")
	w.in(w.tenant, func(tx tenant.Tx) error {
		return w.server.cfg.Desk.Merge(t.Context(), tx, w.ticket.ID, second.ID, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI})
	})
	if status, text := w.visit("GET", w.link("resolve"), nil); status != http.StatusOK || !strings.Contains(text, fmt.Sprintf("#%d · Lamp smokes", second.Number)) {
		t.Errorf("%d %s", status, text)
	}
	w.visit("POST", w.link("resolve"), nil)
	if got := w.status(second.ID); got != tickets.Resolved {
		t.Errorf("the ticket is %s", got)
	}
}

func TestAMarkIsTheOneChosenOnThePage(t *testing.T) {
	w := newWorld(t)
	w.visit("POST", w.link("resolve"), nil)
	score := func() (n int) {
		w.in(w.tenant, func(tx tenant.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT coalesce(max(score), 0) FROM ticket_ratings WHERE tenant_id = $1 AND ticket_id = $2`, tx.Tenant(), w.ticket.ID).Scan(&n)
		})
		return n
	}
	if status, text := w.visit("GET", w.link("rate-2"), nil); status != http.StatusOK || !strings.Contains(text, `value="2" checked`) || score() != 0 {
		t.Errorf("%d %s", status, text)
	}
	for _, c := range []struct {
		chosen string
		want   int
	}{{"4", 4}, {"", 2}, {"6", 2}, {"-1", 2}, {"x", 2}, {"5", 5}} {
		if status, text := w.visit("POST", w.link("rate-2"), url.Values{"score": {c.chosen}}); status != http.StatusOK || score() != c.want {
			t.Errorf("%q: %d, score %d: %s", c.chosen, status, score(), text)
		}
	}
}
