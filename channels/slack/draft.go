package slack

import (
	"context"
	"sort"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

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

type draft struct {
	suggestionView
	at time.Time
}

func (a *App) drafts(ctx context.Context, tx tenant.Tx, id tickets.ID) ([]draft, error) {
	return nil, nil
}

func (a *App) summary(ctx context.Context, tx tenant.Tx, id tickets.ID) (*summaryView, error) {
	return nil, nil
}

// Suggestions is temporary.
type Suggestions interface{}

const errNo = "x"

func (a *App) approve(ctx context.Context, tx tenant.Tx, id uuid.UUID, who caller) error { return nil }
func (a *App) approveEdited(ctx context.Context, tx tenant.Tx, id uuid.UUID, text string, who caller) error {
	return nil
}
func (a *App) discard(ctx context.Context, tx tenant.Tx, id uuid.UUID, who caller) error { return nil }
func (a *App) explain(ctx context.Context, d desk, id uuid.UUID, err error) error        { return err }
func (a *App) readDraft(ctx context.Context, d desk, id string) (draft, error)           { return draft{}, nil }
