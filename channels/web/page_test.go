package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestAPageSaysWhatTheLinkDoesAndOffersOnlyWhatCanBe(t *testing.T) {
	for _, c := range []struct {
		order  string
		now    tickets.Status
		button string
	}{
		{"resolve", tickets.Open, "Yes, it is resolved"}, {"resolve", tickets.Resolved, ""}, {"resolve", tickets.Closed, ""},
		{"close", tickets.Resolved, "Yes, close it"}, {"close", tickets.Closed, ""},
		{"reopen", tickets.Resolved, "Yes, open it again"}, {"reopen", tickets.InProgress, ""}, {"reopen", tickets.Closed, ""},
		{"status", tickets.Open, ""},
	} {
		p := question(matter{link: inbox.Ticked{Order: c.order}, ticket: tickets.Ticket{Number: 7, Title: "<b>Lamp</b>", Status: c.now}, tenant: "Acme"})
		if p.Button != c.button || p.Title == "" || !strings.Contains(p.Ticket, "#7") {
			t.Errorf("%s of a ticket that is %s: %+v", c.order, c.now, p)
		}
		ps, err := newPages()
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		(&Server{pages: ps}).show(w, http.StatusOK, p)
		if body := w.Body.String(); strings.Contains(body, "<b>") || !strings.Contains(body, "&lt;b&gt;Lamp") {
			t.Errorf("the title is markup: %s", body)
		}
	}
}

func TestANetworkThatAsksTooOftenWaits(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	v := newVisits(func() time.Time { return now })
	from := func(addr, forwarded string) bool {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = addr
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		return v.admit(r)
	}
	for i := range burst {
		if !from("192.0.2.1:1000", "") {
			t.Fatalf("request %d is refused", i)
		}
	}
	// Nor does it help to make up who sent it.
	if from("192.0.2.1:1000", "") || from("192.0.2.1:1000", "198.51.100.9") {
		t.Error("one more is admitted")
	}
	if !from("192.0.2.2:1000", "") || !from("127.0.0.1:1", "192.0.2.3") || from("127.0.0.1:1", "x, 192.0.2.1") {
		t.Error("another network's account is charged")
	}
	now = now.Add(every)
	if !from("192.0.2.1:1000", "") {
		t.Error("it is refused for ever")
	}
	for i := range maxNets + 10 {
		from(fmt.Sprintf("[2001:db8:%x::1]:1", i), "")
	}
	if len(v.free) > maxNets {
		t.Errorf("%d networks are remembered", len(v.free))
	}
}
