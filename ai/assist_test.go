package ai_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

const forgot = "Hello,\n\nI forgot my password and cannot sign in any more. How can I reset it?\n\nBest regards\nKim Lee\nCustomer Ltd"

func TestANewTicketGetsASummaryAndADraftWithItsArticles(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Cannot sign in", forgot)
	w.work()

	sum := w.suggestions(tk, ai.Summary)
	if len(sum) != 1 || sum[0].Model != ai.Builtin || sum[0].Text != "Kim Lee (customer): I forgot my password and cannot sign in any more. How can I reset it?" {
		t.Errorf("summaries = %+v", sum)
	}
	d := w.reply(tk)
	if d.State != ai.Proposed || d.Model != ai.Builtin || d.Notice != "" || d.Confidence == nil || *d.Confidence < 0.5 {
		t.Errorf("draft = %+v", d)
	}
	if len(d.Citations) != 1 || d.Citations[0].Title != "Resetting your password" || d.Citations[0].Number != 1 {
		t.Errorf("citations = %+v", d.Citations)
	}
	for _, want := range []string{"Hello Kim,", "- Press Forgot password.\n", "The link is valid for 30 minutes. [1]", "[1] Resetting your password"} {
		if !strings.Contains(d.Text, want) {
			t.Errorf("the draft has no %q:\n%s", want, d.Text)
		}
	}
	if strings.Contains(d.Text, "XYZZY") {
		t.Errorf("the draft quotes an internal article:\n%s", d.Text)
	}
	var kinds []string
	for _, e := range w.told {
		kinds = append(kinds, string(e.Kind)+":"+e.To)
	}
	if got := strings.Join(kinds, " "); got != "created:email summary: suggestion:proposed" {
		t.Errorf("events = %s", got)
	}
}

func TestThinEvidenceMakesADraftThatClaimsNothing(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Broken hinge", "The left hinge of my wardrobe squeaks since Tuesday. What oil do you recommend?")
	w.work()
	d := w.reply(tk)
	if len(d.Citations) != 0 || *d.Confidence != 0 || strings.Contains(d.Text, "[") {
		t.Errorf("draft = %+v", d)
	}
	if !strings.Contains(d.Text, "We have received it") {
		t.Errorf("the draft does not say so:\n%s", d.Text)
	}
}

func TestAssistingAgainOrManyTimesAtOnceWritesOnce(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Cannot sign in", forgot)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := w.ai.Assist(t.Context(), w.tenant, tk.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.work()
	if s, r := w.suggestions(tk, ai.Summary), w.suggestions(tk, ai.Reply); len(s) != 1 || len(r) != 1 {
		t.Errorf("%d summaries and %d drafts", len(s), len(r))
	}
}

func TestTheCustomersNextWordsMakeADraftStaleAndBringANewOne(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Cannot sign in", forgot)
	w.work()
	first := w.reply(tk)
	w.customerSays(tk, "By the way, when does the refund of my last order arrive?")
	if got := w.reply(tk); got.ID != first.ID || got.State != ai.Stale {
		t.Errorf("the draft is %s", got.State)
	}
	w.work()
	second := w.reply(tk)
	if second.ID == first.ID || second.State != ai.Proposed || !strings.Contains(second.Text, "five working days") {
		t.Errorf("the new draft is %s:\n%s", second.State, second.Text)
	}
	if s := w.suggestions(tk, ai.Summary); len(s) != 2 || s[0].State != ai.Proposed || s[1].State != ai.Stale {
		t.Errorf("summaries: %+v", s)
	}
}

func TestNoDraftIsWrittenAfterAColleagueAnsweredOrForAResolvedTicket(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	ann := w.member("Ann")
	answered, resolved := w.open("Cannot sign in", forgot), w.open("Cannot sign in", forgot)
	w.memberSays(answered, tickets.Public, ann, "Press Forgot password.")
	w.in(func(tx tenant.Tx) error { return w.desk.SetStatus(t.Context(), tx, resolved.ID, tickets.Resolved, ann) })
	w.work()
	for _, tk := range []tickets.Ticket{answered, resolved} {
		if r := w.suggestions(tk, ai.Reply); len(r) != 0 {
			t.Errorf("a draft was written: %+v", r)
		}
		if s := w.suggestions(tk, ai.Summary); len(s) != 1 {
			t.Errorf("%d summaries", len(s))
		}
	}
}

func TestAnInternalNoteIsInTheSummaryAndLeavesTheDraftOpen(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Cannot sign in", forgot)
	w.work()
	w.memberSays(tk, tickets.Internal, w.member("Ann"), "Their domain moved to a new mail server yesterday, so our mail may not arrive.")
	if d := w.reply(tk); d.State != ai.Proposed {
		t.Errorf("the note made the draft %s", d.State)
	}
	w.customerSays(tk, "No mail came.")
	w.work()
	if s := w.suggestions(tk, ai.Summary)[0].Text; !strings.Contains(s, "Ann (support): Their domain moved") {
		t.Errorf("summary: %s", s)
	}
	if d := w.reply(tk); strings.Contains(d.Text, "domain") {
		t.Errorf("the draft tells the note:\n%s", d.Text)
	}
}

func TestAskAnswersFromArticlesWithCitationsOrSaysNothing(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	a, err := w.ai.Ask(t.Context(), w.tenant, "How do I reset my password?", kb.ForAnyone)
	if err != nil || !a.Confident || a.Model != ai.Builtin || !strings.Contains(a.Answer, "[1]") || len(a.Citations) == 0 || strings.Contains(a.Answer, "XYZZY") {
		t.Errorf("answer = %+v, %v", a, err)
	}
	if a, err = w.ai.Ask(t.Context(), w.tenant, "Do zebras sleep?", kb.ForAnyone); err != nil || a.Confident || a.Answer != "" || a.Hits == nil {
		t.Errorf("answer = %+v, %v", a, err)
	}
}

func TestTheQueueWorksTheJob(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Cannot sign in", forgot)
	workers := river.NewWorkers()
	w.ai.Register(workers)
	q, err := jobs.New(jobs.Config{Pool: w.db.Service, Logger: slog.New(slog.DiscardHandler), Workers: workers, Concurrency: map[string]int{jobs.QueueAI: 1}})
	if err != nil {
		t.Fatal(err)
	}
	w.in(func(tx tenant.Tx) error { return q.Insert(t.Context(), tx, w.due...) })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- q.Run(ctx, 10*time.Second) }()
	for deadline := time.Now().Add(30 * time.Second); len(w.suggestions(tk, ai.Reply)) == 0 && time.Now().Before(deadline); {
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if w.reply(tk).State != ai.Proposed {
		t.Error("the draft is not proposed")
	}
}
