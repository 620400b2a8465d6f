package slack

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Suggestions decides about suggested replies; *ai.Assistant does. Of several decisions about one, the first
// counts and the others are refused with ai.ErrDecided.
type Suggestions interface {
	Approve(ctx context.Context, tx tenant.Tx, id ai.SuggestionID, by tickets.Actor) (tickets.Comment, error)
	ApproveEdited(ctx context.Context, tx tenant.Tx, id ai.SuggestionID, text string, by tickets.Actor, attached ...tickets.Attachment) (tickets.Comment, error)
	Discard(ctx context.Context, tx tenant.Tx, id ai.SuggestionID, by tickets.Actor, reason string) error
}

// timed is a sheet with its place in the thread.
type timed struct {
	at time.Time
	sheet
}

func inOrder(items []timed) []sheet {
	sort.SliceStable(items, func(i, j int) bool { return items[i].at.Before(items[j].at) })
	out := make([]sheet, len(items))
	for i, t := range items {
		out[i] = t.sheet
	}
	return out
}

// drafts returns the suggested replies and merges of a ticket that are shown, or should be. What was out of date, or
// discarded, before it was shown is left out.
func drafts(ctx context.Context, tx tenant.Tx, id tickets.ID, have map[shownKey]message) ([]timed, error) {
	list, err := ai.Suggestions(ctx, tx, ai.Filter{Ticket: id})
	if err != nil {
		return nil, err
	}
	var out []timed
	for _, s := range list {
		if s.Kind != ai.Reply && s.Kind != ai.MergeOffer {
			continue
		}
		if _, shown := have[shownKey{kindSuggestion, s.ID.UUID}]; !shown && (s.State == ai.Stale || s.State == ai.Discarded) {
			continue
		}
		item := timed{s.CreatedAt, sheet{Kind: kindSuggestion, Subject: s.ID.UUID}}
		if s.Kind == ai.MergeOffer {
			item.Blocks, item.Text = draw.Offer(s)
		} else {
			item.Blocks, item.Text = draw.Suggestion(s)
		}
		out = append(out, item)
	}
	return out, nil
}

// summary returns what a card says of a ticket's summary; nil where there is none yet.
func summary(ctx context.Context, tx tenant.Tx, id tickets.ID) (*ai.Suggestion, error) {
	s, err := ai.SummaryOf(ctx, tx, id)
	if errors.Is(err, ai.ErrNotFound) {
		return nil, nil
	}
	return &s, err
}

// readDraft returns the suggested reply that a button names.
func (a *App) readDraft(ctx context.Context, d desk, value string) (ai.Suggestion, error) {
	id, err := uuid.Parse(value)
	if err != nil {
		return ai.Suggestion{}, ai.ErrNotFound
	}
	return tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (ai.Suggestion, error) {
		return ai.SuggestionByID(ctx, tx, ai.SuggestionID{UUID: id})
	})
}

// sayDecision puts an error about a suggested reply into words; ok is false where it is none.
func sayDecision(err error) (text string, ok bool) {
	var decided *ai.DecidedError
	switch {
	case errors.As(err, &decided):
		what := "sent"
		if decided.State == ai.Discarded {
			what = "discarded"
		}
		who, at := "Somebody", ""
		if decided.By != "" {
			who = draw.Escape(draw.OneLine(decided.By, draw.MaxName))
		}
		if !decided.At.IsZero() {
			at = ", " + draw.Date(decided.At)
		}
		return fmt.Sprintf("Nothing was changed: %s %s this suggestion already%s.", who, what, at), true
	case errors.Is(err, ai.ErrStale):
		return "Nothing was sent: " + draw.Escape(err.Error()) + ". Look at the end of the thread, then use the newest suggestion or *Reply* on the card.", true
	case errors.Is(err, ai.ErrEmpty):
		return "Please write something first.", true
	case errors.Is(err, ai.ErrNotFound):
		return "Nothing was changed: this suggestion is no longer there.", true
	}
	return "", false
}
