package ai_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

func (w *world) approve(id ai.SuggestionID, by tickets.Actor) error {
	return w.try(func(tx tenant.Tx) error { _, err := w.ai.Approve(w.Context(), tx, id, by); return err })
}

// drafted is a world with a ticket that has an open draft.
func drafted(t *testing.T) (*world, tickets.Ticket, ai.Suggestion) {
	t.Helper()
	w := newWorld(t, ai.Provider{})
	w.articles()
	tk := w.open("Cannot sign in", forgot)
	w.work()
	return w, tk, w.reply(tk)
}

func TestApprovedDraftBecomesTheMembersAnswerAndIsSentWhenDelivered(t *testing.T) {
	w, tk, d := drafted(t)
	ann := w.member("Ann")
	if err := w.approve(d.ID, ann); err != nil {
		t.Fatal(err)
	}
	answer := w.comments(tk)[1]
	if answer.Text != d.Text || answer.Kind != tickets.Public || answer.Author.ID != ann.User || answer.SuggestionID == nil || *answer.SuggestionID != d.ID.UUID {
		t.Errorf("answer = %+v", answer)
	}
	d = w.reply(tk)
	if d.State != ai.Approved || d.DecidedBy != "Ann" || d.DecidedAt == nil || d.CommentID == nil || *d.CommentID != answer.ID {
		t.Errorf("draft = %+v", d)
	}
	for range 2 {
		w.in(func(tx tenant.Tx) error {
			return w.desk.Record(t.Context(), tx, tickets.Event{TicketID: tk.ID, Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail},
				Kind: tickets.DeliveryChanged, To: "sent", Subject: &answer.ID.UUID})
		})
	}
	if d = w.reply(tk); d.State != ai.Sent {
		t.Errorf("after delivery the draft is %s", d.State)
	}
	w.work()
	if r := w.suggestions(tk, ai.Reply); len(r) != 1 {
		t.Errorf("%d drafts, none was due", len(r))
	}
}

func TestANewDraftIsWrittenWhileTheLastAnswerIsStillOnItsWay(t *testing.T) {
	w, tk, d := drafted(t)
	if err := w.approve(d.ID, w.member("Ann")); err != nil {
		t.Fatal(err)
	}
	w.customerSays(tk, "And when does my refund arrive?")
	w.work()
	if got := w.reply(tk); got.ID == d.ID || got.State != ai.Proposed {
		t.Errorf("draft = %+v", got)
	}
	if got := w.suggestions(tk, ai.Reply)[1]; got.State != ai.Approved {
		t.Errorf("the approved one is %s", got.State)
	}
}

func TestOfManyWhoApproveAtOnceOneSends(t *testing.T) {
	w, tk, d := drafted(t)
	members := []tickets.Actor{w.member("Ann"), w.member("Bob"), w.member("Cyd"), w.member("Dan")}
	errs := make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() { errs[i] = w.approve(d.ID, m) })
	}
	wg.Wait()
	sent := 0
	for _, err := range errs {
		var decided *ai.DecidedError
		switch {
		case err == nil:
			sent++
		case !errors.As(err, &decided) || !errors.Is(err, ai.ErrDecided) || decided.By == "" || decided.At.IsZero():
			t.Errorf("a late one is told %v", err)
		}
	}
	if n := len(w.comments(tk)); sent != 1 || n != 2 {
		t.Errorf("%d approvals succeeded, %d comments", sent, n)
	}
}

func TestADraftThatTheThreadHasPassedIsNotSent(t *testing.T) {
	w, tk, d := drafted(t)
	ann, bob := w.member("Ann"), w.member("Bob")
	w.customerSays(tk, "It works again, thank you.")
	var stale *ai.StaleError
	if err := w.approve(d.ID, ann); !errors.As(err, &stale) || !errors.Is(err, ai.ErrStale) || !stale.Customer {
		t.Errorf("after the customer wrote: %v", err)
	}
	w.work()
	d = w.reply(tk)
	w.memberSays(tk, tickets.Public, bob, "Great!")
	if err := w.approve(d.ID, ann); !errors.As(err, &stale) || stale.Customer || stale.By != "Bob" {
		t.Errorf("after a colleague answered: %v", err)
	}
	if n := len(w.comments(tk)); n != 3 {
		t.Errorf("%d comments", n)
	}
}

func TestEditedDraftIsSentAsEditedAndTheOriginalIsKept(t *testing.T) {
	w, tk, d := drafted(t)
	ann := w.member("Ann")
	if err := w.try(func(tx tenant.Tx) error { return w.ai.Edit(t.Context(), tx, d.ID, " \n", ann) }); !errors.Is(err, ai.ErrEmpty) {
		t.Errorf("an empty text: %v", err)
	}
	w.in(func(tx tenant.Tx) error {
		_, err := w.ai.ApproveEdited(t.Context(), tx, d.ID, "Hi Kim, please call us.", ann)
		return err
	})
	if got := w.comments(tk)[1].Text; got != "Hi Kim, please call us." {
		t.Errorf("sent: %q", got)
	}
	w.in(func(tx tenant.Tx) error {
		var text, edited string
		err := tx.QueryRow(t.Context(), `SELECT text, edited FROM suggestions WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), d.ID).Scan(&text, &edited)
		if text != d.Text || edited != "Hi Kim, please call us." {
			t.Errorf("kept: %q and %q", text, edited)
		}
		return err
	})
	var moves []string
	for _, e := range w.told {
		if e.Kind == tickets.SuggestionChanged {
			moves = append(moves, e.From+">"+e.To)
		}
	}
	if got := strings.Join(moves, " "); got != ">proposed proposed>edited edited>approved" {
		t.Errorf("history: %s", got)
	}
}

func TestDiscardedDraftIsNeitherSentNorWrittenAgain(t *testing.T) {
	w, tk, d := drafted(t)
	ann := w.member("Ann")
	w.in(func(tx tenant.Tx) error { return w.ai.Discard(t.Context(), tx, d.ID, ann, "too long") })
	if got := w.reply(tk); got.State != ai.Discarded || got.Reason != "too long" || got.DecidedBy != "Ann" {
		t.Errorf("draft = %+v", got)
	}
	var decided *ai.DecidedError
	if err := w.approve(d.ID, ann); !errors.As(err, &decided) || decided.State != ai.Discarded {
		t.Errorf("approving it: %v", err)
	}
	if err := w.ai.Assist(t.Context(), w.tenant, tk.ID); err != nil {
		t.Error(err)
	}
	if n := len(w.suggestions(tk, ai.Reply)); n != 1 {
		t.Errorf("%d drafts", n)
	}
}

func TestAClosedTicketKeepsItsDraftUnsent(t *testing.T) {
	w, tk, d := drafted(t)
	ann := w.member("Ann")
	w.in(func(tx tenant.Tx) error { return w.desk.SetStatus(t.Context(), tx, tk.ID, tickets.Closed, ann) })
	if err := w.approve(d.ID, ann); !errors.Is(err, tickets.ErrClosed) {
		t.Errorf("approve: %v", err)
	}
	if got := w.reply(tk).State; got != ai.Proposed {
		t.Errorf("the draft is %s", got)
	}
}

func TestASummaryCannotBeApproved(t *testing.T) {
	w, tk, _ := drafted(t)
	if err := w.approve(w.suggestions(tk, ai.Summary)[0].ID, w.member("Ann")); !errors.Is(err, ai.ErrNotFound) {
		t.Errorf("approve: %v", err)
	}
}

func TestAnotherTenantNeitherSeesNorChangesSuggestions(t *testing.T) {
	db := pgtest.New(t)
	w, other := inWorld(t, db, "acme", ai.Provider{}), inWorld(t, db, "globex", ai.Provider{})
	w.articles()
	other.publish(kb.Document{Title: "Resetting your password", Content: "Ask globex to reset your password."})
	tk := w.open("Cannot sign in", forgot)
	w.work()
	d := w.reply(tk)
	if strings.Contains(d.Text, "globex") {
		t.Errorf("the draft quotes another tenant:\n%s", d.Text)
	}
	if err := other.ai.Assist(t.Context(), other.tenant, tk.ID); err != nil {
		t.Errorf("a job with the wrong tenant: %v", err)
	}
	by := other.member("Eve")
	ctx := t.Context()
	for name, try := range map[string]func(tx tenant.Tx) error{
		"Approve":        func(tx tenant.Tx) error { _, err := other.ai.Approve(ctx, tx, d.ID, by); return err },
		"ApproveEdited":  func(tx tenant.Tx) error { _, err := other.ai.ApproveEdited(ctx, tx, d.ID, "x", by); return err },
		"Discard":        func(tx tenant.Tx) error { return other.ai.Discard(ctx, tx, d.ID, by, "") },
		"SuggestionByID": func(tx tenant.Tx) error { _, err := ai.SuggestionByID(ctx, tx, d.ID); return err },
		"SummaryOf":      func(tx tenant.Tx) error { _, err := ai.SummaryOf(ctx, tx, tk.ID); return err },
	} {
		if err := other.try(try); !errors.Is(err, ai.ErrNotFound) {
			t.Errorf("%s of another tenant: %v", name, err)
		}
	}
	if list := other.suggestions(tickets.Ticket{}, ""); len(list) != 0 {
		t.Errorf("another tenant lists %+v", list)
	}
	_, err := other.ai.FollowUps(ctx, tenant.Tx{}, []tickets.Event{{Kind: tickets.Commented, To: "public", TicketID: tk.ID}})
	if !errors.Is(err, tenant.ErrNoTx) {
		t.Errorf("FollowUps without a transaction: %v", err)
	}
	if got := w.reply(tk).State; got != ai.Proposed {
		t.Errorf("the draft is %s", got)
	}
}
