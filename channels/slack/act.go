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
	a.whisperBlocks(ctx, d, p, text, []slackapi.Block{slackapi.NewSectionBlock(draw.Mrkdwn(draw.Truncate(text, draw.MaxSection)), nil, nil)})
}

func (a *App) whisperBlocks(ctx context.Context, d desk, p place, text string, blocks []slackapi.Block) {
	if p.channel == "" {
		return
	}
	opts := []slackapi.MsgOption{slackapi.MsgOptionText(text, false), slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionBlocks(blocks...)}
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

// A press is the use of a button or a menu.
type press struct {
	*slackapi.BlockAction
	by slackapi.InteractionCallback
}

// An action is what a button or a menu does.
type action struct {
	may func(caller) error // what the role must allow; nil: every member may
	run func(ctx context.Context, d desk, who caller, p press) error
}

// actions has what every button and menu does, by action id.
func (a *App) actions() map[string]action {
	return map[string]action{
		draw.ActAssign:     {caller.mayAnswer, a.change},
		draw.ActStatus:     {caller.mayAnswer, a.change},
		draw.ActPriority:   {caller.mayAnswer, a.change},
		draw.ActReply:      {caller.mayNote, a.openReply},
		draw.ActApprove:    {caller.mayAnswer, a.decide},
		draw.ActDiscard:    {caller.mayAnswer, a.decide},
		draw.ActEdit:       {caller.mayAnswer, a.openEdit},
		draw.ActShowAll:    {nil, a.showAll},
		draw.ActShowMail:   {nil, a.showAll},
		draw.ActShowDraft:  {nil, a.showDraft},
		draw.ActRelease:    {caller.mayAnswer, a.decideHeld},
		draw.ActDrop:       {caller.mayAnswer, a.decideHeld},
		draw.ActUndo:       {caller.mayAnswer, a.decideAnswer},
		draw.ActSendAnyway: {caller.mayAnswer, a.decideAnswer},
		draw.ActSendAgain:  {caller.mayAnswer, a.decideAnswer},
		draw.ActSignature:  {caller.mayAnswer, a.openSignature},
		draw.ActSendNote:   {caller.mayAnswer, a.sendNote},
		draw.ActKeepNote:   {nil, a.keepNote},
	}
}

// pressed works on buttons and menus. It is called after the acknowledgement.
func (a *App) pressed(ctx context.Context, d desk, cb slackapi.InteractionCallback) {
	for _, act := range cb.ActionCallback.BlockActions {
		if act.ActionID == draw.ActOpen {
			continue
		}
		if err := a.act(ctx, d, press{act, cb}); err != nil {
			a.tell(ctx, d, placeOf(cb), fmt.Errorf("%s: %w", act.ActionID, err))
		}
	}
}

func (a *App) act(ctx context.Context, d desk, p press) error {
	who, err := a.who(ctx, d, p.by.User.ID)
	if err != nil {
		return err
	}
	do, ok := a.acts[p.ActionID]
	if !ok {
		return fmt.Errorf("unknown action %q", p.ActionID)
	}
	if do.may != nil {
		if err := do.may(who); err != nil {
			return err
		}
	}
	return do.run(ctx, d, who, p)
}

// change does what the card's own controls ask for. The job that follows draws the card anew.
func (a *App) change(ctx context.Context, d desk, who caller, act press) error {
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

func (a *App) decide(ctx context.Context, d desk, who caller, act press) error {
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
func (a *App) openReply(ctx context.Context, d desk, who caller, act press) error {
	id, ok := draw.TicketOfBlock(act.BlockID)
	if !ok {
		return tickets.ErrNotFound
	}
	t, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (tickets.Ticket, error) { return tickets.ByID(ctx, tx, id) })
	if err != nil {
		return err
	}
	v := draw.ReplyModal(t, who.mayAnswer() == nil)
	v.PrivateMetadata = a.seal(d, formState{Ticket: id.UUID, Place: statePlace(placeOf(act.by))})
	return a.open(ctx, d, act.by.TriggerID, v)
}

// openEdit opens the modal with a suggestion's text.
func (a *App) openEdit(ctx context.Context, d desk, _ caller, act press) error {
	v, err := a.readDraft(ctx, d, act.Value)
	if err != nil {
		return err
	}
	if !v.State.Open() {
		return &refusal{"Nothing was changed. " + draw.Decision(v)}
	}
	m := draw.EditModal(v)
	m.PrivateMetadata = a.seal(d, formState{Suggestion: v.ID.UUID, Place: statePlace(placeOf(act.by))})
	return a.open(ctx, d, act.by.TriggerID, m)
}

// openSignature opens the modal with what stands below the member's answers.
func (a *App) openSignature(ctx context.Context, d desk, who caller, act press) error {
	m := draw.SignatureModal(who.Signature)
	m.PrivateMetadata = a.seal(d, formState{Place: statePlace(placeOf(act.by))})
	return a.open(ctx, d, act.by.TriggerID, m)
}

// showDraft opens a suggested reply in full.
func (a *App) showDraft(ctx context.Context, d desk, _ caller, act press) error {
	v, err := a.readDraft(ctx, d, act.Value)
	if err != nil {
		return err
	}
	return a.open(ctx, d, act.by.TriggerID, draw.TextModal("Suggested reply", v.Text))
}

// showAll opens a comment in full, or the mail that it came by.
func (a *App) showAll(ctx context.Context, d desk, _ caller, act press) error {
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
		return a.showMail(ctx, d, act.by.TriggerID, c)
	}
	return a.open(ctx, d, act.by.TriggerID, draw.TextModal(draw.OneLine(draw.Author(c), 24), c.Text))
}

// open opens a dialog, for what somebody did within the last three seconds.
func (a *App) open(ctx context.Context, d desk, trigger string, v slackapi.ModalViewRequest) error {
	_, err := d.api.OpenViewContext(ctx, trigger, v)
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
