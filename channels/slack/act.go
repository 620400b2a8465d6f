package slack

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A place is where somebody acted, and where a private message to them goes.
type place struct {
	channel string
	thread  string // ts of the thread's root, where the message stands in one
	user    string
}

func placeOf(cb slackapi.InteractionCallback) place {
	p := place{channel: cb.Container.ChannelID, thread: cb.Container.ThreadTs, user: cb.User.ID}
	if p.channel == "" {
		p.channel = cb.Channel.ID
	}
	return p
}

// whisper tells one person something. It is worth no retry: what they see is the state anyway.
func (a *App) whisper(ctx context.Context, d desk, p place, text string) {
	if p.channel == "" {
		return
	}
	opts := []slackapi.MsgOption{slackapi.MsgOptionText(text, false), slackapi.MsgOptionDisableLinkUnfurl(),
		slackapi.MsgOptionBlocks(slackapi.NewSectionBlock(draw.Mrkdwn(draw.Truncate(text, draw.MaxSection)), nil, nil))}
	if p.thread != "" {
		opts = append(opts, slackapi.MsgOptionTS(p.thread))
	}
	if _, err := d.api.PostEphemeralContext(ctx, p.channel, p.user, opts...); err != nil {
		a.log.Warn("a private message was not delivered", "team", d.TeamID, "error", err)
	}
}

// tell whispers what went wrong; what people can do nothing about is logged.
func (a *App) tell(ctx context.Context, d desk, p place, err error) {
	text, ok := say(err)
	if !ok {
		a.log.Error("an act in Slack failed", "tenant", d.tenant, "team", d.TeamID, "error", err)
		text = sayBroken
	}
	a.whisper(ctx, d, p, text)
}

// pressed works on buttons and menus. It is called after the acknowledgement.
func (a *App) pressed(ctx context.Context, d desk, cb slackapi.InteractionCallback) {
	for _, act := range cb.ActionCallback.BlockActions {
		if act.ActionID == draw.ActOpen {
			continue
		}
		if err := a.act(ctx, d, cb, act); err != nil {
			a.tell(ctx, d, placeOf(cb), fmt.Errorf("%s: %w", act.ActionID, err))
		}
	}
}

func (a *App) act(ctx context.Context, d desk, cb slackapi.InteractionCallback, act *slackapi.BlockAction) error {
	who, err := a.who(ctx, d, cb.User.ID)
	if err != nil {
		return err
	}
	if act.ActionID == draw.ActShowAll || act.ActionID == draw.ActShowMail || act.ActionID == draw.ActShowDraft {
		return a.showAll(ctx, d, cb, act) // every member may read
	}
	if act.ActionID == draw.ActReply && who.mayNote() == nil {
		return a.openReply(ctx, d, who, cb, act)
	}
	if err := who.mayAnswer(); err != nil {
		return err
	}
	switch act.ActionID {
	case draw.ActAssign, draw.ActStatus, draw.ActPriority:
		return a.change(ctx, d, who, act)
	case draw.ActApprove, draw.ActDiscard:
		return a.decide(ctx, d, who, act)
	case draw.ActRelease, draw.ActDrop:
		return a.decideHeld(ctx, d, who, act)
	case draw.ActUndo, draw.ActSendAnyway, draw.ActSendAgain:
		return a.decideAnswer(ctx, d, who, act)
	case draw.ActEdit:
		return a.openEdit(ctx, d, cb, act)
	}
	return fmt.Errorf("unknown action %q", act.ActionID)
}

// change does what the card's own controls ask for. The job that follows draws the card anew.
func (a *App) change(ctx context.Context, d desk, who caller, act *slackapi.BlockAction) error {
	id, ok := draw.TicketOfBlock(act.BlockID)
	if !ok {
		return tickets.ErrNotFound
	}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		switch act.ActionID {
		case draw.ActStatus:
			to, err := tickets.ParseStatus(act.SelectedOption.Value)
			if err != nil {
				return err
			}
			return a.tickets.SetStatus(ctx, tx, id, to, who.actor())
		case draw.ActPriority:
			to, err := tickets.ParsePriority(act.SelectedOption.Value)
			if err != nil {
				return err
			}
			return a.tickets.SetPriority(ctx, tx, id, to, who.actor())
		}
		return a.tickets.Assign(ctx, tx, id, &who.ID, who.actor())
	})
}

func (a *App) decide(ctx context.Context, d desk, who caller, act *slackapi.BlockAction) error {
	id, err := uuid.Parse(act.Value)
	if err != nil {
		return tickets.ErrNotFound
	}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if act.ActionID == draw.ActDiscard {
			return a.suggestions.Discard(ctx, tx, ai.SuggestionID{UUID: id}, who.actor(), "")
		}
		_, err := a.suggestions.Approve(ctx, tx, ai.SuggestionID{UUID: id}, who.actor())
		return err
	})
}

// openReply opens the modal for an answer or a note.
func (a *App) openReply(ctx context.Context, d desk, who caller, cb slackapi.InteractionCallback, act *slackapi.BlockAction) error {
	id, ok := draw.TicketOfBlock(act.BlockID)
	if !ok {
		return tickets.ErrNotFound
	}
	t, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (tickets.Ticket, error) { return tickets.ByID(ctx, tx, id) })
	if err != nil {
		return err
	}
	v := draw.ReplyModal(t, who.mayAnswer() == nil)
	v.PrivateMetadata = a.seal(d, formState{Ticket: id.UUID, Place: statePlace(placeOf(cb))})
	return a.open(ctx, d, cb, v)
}

// openEdit opens the modal with a suggestion's text.
func (a *App) openEdit(ctx context.Context, d desk, cb slackapi.InteractionCallback, act *slackapi.BlockAction) error {
	v, err := a.readDraft(ctx, d, act.Value)
	if err != nil {
		return err
	}
	if !v.State.Open() {
		return &refusal{"Nothing was changed. " + draw.Decision(v)}
	}
	m := draw.EditModal(v)
	m.PrivateMetadata = a.seal(d, formState{Suggestion: v.ID.UUID, Place: statePlace(placeOf(cb))})
	return a.open(ctx, d, cb, m)
}

// showAll opens a comment or suggestion in full.
func (a *App) showAll(ctx context.Context, d desk, cb slackapi.InteractionCallback, act *slackapi.BlockAction) error {
	if act.ActionID == draw.ActShowDraft {
		v, err := a.readDraft(ctx, d, act.Value)
		if err != nil {
			return err
		}
		return a.open(ctx, d, cb, draw.TextModal("Suggested reply", v.Text))
	}
	id, err := uuid.Parse(act.Value)
	if err != nil {
		return tickets.ErrNotFound
	}
	c, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (tickets.Comment, error) {
		return tickets.CommentByID(ctx, tx, tickets.CommentID{UUID: id})
	})
	if err != nil {
		return err
	}
	if act.ActionID == draw.ActShowMail {
		return a.showMail(ctx, d, cb, c)
	}
	return a.open(ctx, d, cb, draw.TextModal(draw.OneLine(draw.Author(c), 24), c.Text))
}

func (a *App) open(ctx context.Context, d desk, cb slackapi.InteractionCallback, v slackapi.ModalViewRequest) error {
	_, err := d.api.OpenViewContext(ctx, cb.TriggerID, v)
	switch webapi.ErrorName(err) {
	case "expired_trigger_id", "exchanged_trigger_id":
		return &refusal{"The dialog could not be opened in time. Please press the button again."}
	}
	if err != nil {
		return fmt.Errorf("open a dialog: %w%s", err, details(err))
	}
	return nil
}

var errBadState = errors.New("the dialog's state was not made by this service")
