package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// left says whether Ann gets no automatic mail, and how often her ticket tells that she asked for none.
func (w *world) left(owner tenant.ID) (suppressed bool, told int) {
	w.Helper()
	w.in(owner, func(tx tenant.Tx) error {
		_, yes, err := inbox.Suppressed(w.Context(), tx, "ann@customer.example", w.now)
		if suppressed = yes; err != nil {
			return err
		}
		list, err := tickets.Events(w.Context(), tx, w.ticket.ID)
		for _, e := range list {
			if e.Kind == tickets.OrderGiven && e.From == inbox.Unsubscribe && e.Actor.Via == tickets.ByWeb && e.Actor.User == w.ann {
				told++
			}
		}
		return err
	})
	return suppressed, told
}

// oneClick is what a mail program sends (RFC 8058 section 3.2).
func oneClick() url.Values { return url.Values{"List-Unsubscribe": {"One-Click"}} }

func TestOneClickUnsubscribesAndALookDoesNot(t *testing.T) {
	w := newWorld(t)
	link := w.link(inbox.Unsubscribe)
	for _, method := range []string{"GET", "HEAD", "GET", "PUT"} {
		if status, text := w.visit(method, link, nil); method == "GET" && (status != http.StatusOK || !strings.Contains(text, "Yes, stop it") || strings.Contains(text, "ann@")) {
			t.Errorf("%s: %d %s", method, status, text)
		}
	}
	if yes, told := w.left(w.tenant); yes || told != 0 {
		t.Fatal("a look unsubscribes")
	}
	for range 2 {
		if status, text := w.visit("POST", link, oneClick()); status != http.StatusOK || !strings.Contains(text, "no more automatic mail") {
			t.Errorf("%d %s", status, text)
		}
	}
	if yes, told := w.left(w.tenant); !yes || told != 1 {
		t.Errorf("suppressed: %v, told %d times", yes, told)
	}
}

func TestUnsubscribingWorksForWhoHasNoPartAnyMoreAndForNobodyElse(t *testing.T) {
	w := newWorld(t)
	rival := w.newTenant("rival")
	second, _ := w.open(w.tenant, "zoe@customer.example", "Another's")
	gone := w.link(inbox.Unsubscribe)
	gone.Ticket = tickets.ID{UUID: tenant.NewID()} // erased since
	stranger, foreign, old := gone, gone, gone
	stranger.Person, foreign.Tenant, old.Until = tenant.UserID{UUID: tenant.NewID()}, rival, w.now
	for _, l := range []inbox.Ticked{stranger, foreign, old} {
		if status, _ := w.visit("POST", l, oneClick()); status != http.StatusGone {
			t.Errorf("%+v: %d", l, status)
		}
	}
	if yes, _ := w.left(w.tenant); yes {
		t.Error("another's link unsubscribes")
	}
	w.now = w.now.Add(time.Minute)
	gone.Ticket = second.ID // on which she has no part
	if status, text := w.visit("POST", gone, oneClick()); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	if yes, _ := w.left(w.tenant); !yes {
		t.Error("her own link does not")
	}
	if yes, _ := w.left(rival); yes {
		t.Error("she left another organisation as well")
	}
}

func TestAProvidersMachinesMayUnsubscribeManyAtOnce(t *testing.T) {
	w := newWorld(t)
	token := w.link(inbox.Unsubscribe).Token(w.box)
	post := func(path string) int {
		r := httptest.NewRequest("POST", path, strings.NewReader(oneClick().Encode()))
		r.RemoteAddr = "192.0.2.1:25"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out := httptest.NewRecorder()
		w.server.handler().ServeHTTP(out, r)
		return out.Code
	}
	for range burst + 10 {
		if got := post("/t/" + token); got != http.StatusOK {
			t.Fatalf("%d", got)
		}
	}
	for range burst {
		post("/t/x" + token[1:])
	}
	if got := post("/t/x" + token[1:]); got != http.StatusTooManyRequests {
		t.Errorf("whoever tries links out: %d", got)
	}
}
