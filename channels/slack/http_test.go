package slack

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// TestTheSameOverHTTP runs the tests of what members do over the other way in.
func TestTheSameOverHTTP(t *testing.T) {
	t.Setenv(way, byHTTP)
	for name, test := range map[string]func(*testing.T){
		"suggestion":   TestSuggestionShowsSourcesAndIsApprovedOnce,
		"both approve": TestTwoWhoApproveAtOnceSendOnce,
		"edit":         TestEditedSuggestionIsSentAsEdited,
		"discard":      TestDiscardedSuggestionSaysByWhom,
		"menus":        TestMenusAndAssignmentChangeTicketAndCard,
		"reply":        TestReplyIsSentAndNoteIsKept,
		"thread":       TestMessageInTheThreadBecomesANoteAndIsNeverSent,
		"outsider":     TestOutsiderIsToldWhyNothingHappened,
		"light":        TestLightMemberNotesButDoesNotAnswer,
		"closed":       TestClosedTicketSaysSoInTheModal,
		"fold":         TestLongCommentIsFoldedAndShownInFull,
		"home":         TestHomeShowsMyTicketsAndTheUnassigned,
		"merge":        TestAnOfferedMergeIsDoneByItsButtonAndBothCardsShowIt,
		"files":        TestFilesOfTheReplyDialogGoAlongWithTheAnswer,
		"sent note":    TestFilesOfAMessageInTheThreadAreOnItsNoteAndGoAlongWhenItIsSent,
		"whole mail":   TestWholeMailIsOneClickAway,
	} {
		t.Run(name, test)
	}
}

// signed is a request as Slack signs it.
func signed(path, body, secret string, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", slackserver.Sign(secret, stamp, body))
	return r
}

func TestRequestsThatSlackDidNotSignAreRefused(t *testing.T) {
	t.Setenv(way, byHTTP)
	w := newWorld(t)
	h := w.app.Handler(slackserver.DemoSecret)
	body := `{"type":"url_verification","challenge":"abc"}`
	now := time.Now()
	good := signed(EventsPath, body, slackserver.DemoSecret, now)
	changed := signed(EventsPath, body, slackserver.DemoSecret, now)
	changed.Body = http.NoBody
	late := signed(EventsPath, body, slackserver.DemoSecret, now)
	late.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now.Unix()+1, 10))
	bare := httptest.NewRequest(http.MethodPost, EventsPath, strings.NewReader(body))
	read := signed(EventsPath, body, slackserver.DemoSecret, now)
	read.Method = http.MethodGet
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"as Slack signs it":         {good, http.StatusOK},
		"four minutes old":          {signed(EventsPath, body, slackserver.DemoSecret, now.Add(-4*time.Minute)), http.StatusOK},
		"six minutes old":           {signed(EventsPath, body, slackserver.DemoSecret, now.Add(-6*time.Minute)), http.StatusUnauthorized},
		"six minutes ahead":         {signed(EventsPath, body, slackserver.DemoSecret, now.Add(6*time.Minute)), http.StatusUnauthorized},
		"by another secret":         {signed(EventsPath, body, "other", now), http.StatusUnauthorized},
		"body changed":              {changed, http.StatusUnauthorized},
		"time changed":              {late, http.StatusUnauthorized},
		"not signed":                {bare, http.StatusUnauthorized},
		"not a POST":                {read, http.StatusMethodNotAllowed},
		"larger than Slack's own":   {signed(EventsPath, strings.Repeat("x", maxRequest+1), slackserver.DemoSecret, now), http.StatusBadRequest},
		"signed but not readable":   {signed(EventsPath, "{", slackserver.DemoSecret, now), http.StatusOK},
		"signed form, not readable": {signed(InteractionsPath, "payload=%7B", slackserver.DemoSecret, now), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, c.request)
			if rec.Code != c.status {
				t.Errorf("status %d, want %d: %s", rec.Code, c.status, rec.Body)
			}
		})
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, signed(EventsPath, body, slackserver.DemoSecret, now))
	if rec.Body.String() != "abc" {
		t.Errorf("the challenge was answered by %q", rec.Body)
	}
	w.stop()
	rec = httptest.NewRecorder()
	h.ServeHTTP(rec, signed(EventsPath, `{"type":"event_callback","event":{"type":"app_home_opened"}}`, slackserver.DemoSecret, now))
	if rec.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d after the end, so Slack does not come again", rec.Code)
	}
}

func TestAnEventThatIsBroughtAgainByHTTPIsOneNote(t *testing.T) {
	t.Setenv(way, byHTTP)
	w := newWorld(t)
	tk := w.mail("Again", "Hello")
	card := w.card(tk)
	w.state("the card's row", func() bool { return w.row(tk).TS != "" })
	h := w.app.Handler(slackserver.DemoSecret)
	body := `{"type":"event_callback","team_id":"` + w.ws.TeamID + `","api_app_id":"` + slackserver.DemoApp + `","event_id":"Ev1","event":{"type":"message","channel":"` +
		card.Channel + `","user":"` + maya + `","text":"only once","ts":"1760000000.000100","thread_ts":"` + card.TS + `"}}`
	for i := range 4 {
		r := signed(EventsPath, body, slackserver.DemoSecret, time.Now())
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(i))
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			t.Fatalf("delivery %d: status %d", i, rec.Code)
		}
	}
	notes := 0
	for _, c := range w.comments(tk) {
		if c.Kind == tickets.Internal && c.Text == "only once" {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes, want one", notes)
	}
}

func TestWhoIsQuickerThanTheCardsRowLosesNoNote(t *testing.T) {
	t.Setenv(way, byHTTP)
	w := newWorld(t)
	tk := w.mail("Quick", "Hello")
	card := w.card(tk)
	w.state("the card's row", func() bool { return w.row(tk).TS != "" })
	set := func(ts any, posting any) {
		w.in(func(tx tenant.Tx) error {
			_, err := tx.Exec(w.ctx(), `UPDATE slack_messages SET ts = $2, posting_at = $3 WHERE tenant_id = $1 AND kind = 'card'`, w.tenant, ts, posting)
			return err
		})
	}
	h := w.app.Handler(slackserver.DemoSecret)
	status := func() int {
		body := `{"type":"event_callback","team_id":"` + w.ws.TeamID + `","api_app_id":"` + slackserver.DemoApp + `","event_id":"Ev2","event":{"type":"message","channel":"` +
			card.Channel + `","user":"` + maya + `","text":"very quick","ts":"1760000000.000200","thread_ts":"` + card.TS + `"}}`
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, signed(EventsPath, body, slackserver.DemoSecret, time.Now()))
		return rec.Code
	}
	set(nil, time.Now())
	if got := status(); got != http.StatusServiceUnavailable {
		t.Errorf("status %d while the card is being posted, so Slack does not bring the message again", got)
	}
	set(card.TS, nil)
	if got := status(); got != http.StatusOK {
		t.Errorf("status %d once it is known where the card stands", got)
	}
	if list := w.comments(tk); len(list) != 2 || list[1].Text != "very quick" {
		t.Errorf("comments %+v", list)
	}
}

func FuzzReadRequest(f *testing.F) {
	f.Add(EventsPath, `{"type":"event_callback","event":{"type":"message"}}`)
	f.Add(InteractionsPath, "payload="+url.QueryEscape(`{"type":"block_actions","actions":[{"action_id":"a"}]}`))
	f.Add(CommandsPath, "command=%2Fdesk&text=list")
	f.Fuzz(func(t *testing.T, path, body string) {
		v, err := readRequest(path, []byte(body))
		if (v == nil) == (err == nil) {
			t.Errorf("%q is %v, %v", body, v, err)
		}
	})
}
