package slack

import (
	"context"
	"fmt"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// submitTime bounds the work on a submission. Slack waits three seconds for the answer, which says whether
// the modal closes; so that nobody's words are lost, the modal closes only after they are stored.
const submitTime = 2500 * time.Millisecond

// A submission is a dialog that was sent.
type submission struct {
	formState
	by     slackapi.InteractionCallback
	values map[string]map[string]slackapi.BlockAction // of its inputs, by block and action id
}

// text is what was written in an input.
func (s submission) text(input string) string { return strings.TrimSpace(s.values[input][input].Value) }

// A form is what a dialog does when it is sent.
type form struct {
	may   func(caller) error // what the role must allow; nil: every member may
	first string             // the input at which an error is shown
	// run does it. Its answer says what becomes of the dialog; nil closes it.
	run func(ctx context.Context, d desk, who caller, s submission) (*slackapi.ViewSubmissionResponse, error)
}

// dialogs has what every dialog does, by callback id.
func (a *App) dialogs() map[string]form {
	return map[string]form{
		draw.ViewReply: {caller.mayNote, draw.InputText, a.reply},
		draw.ViewEdit:  {caller.mayAnswer, draw.InputText + "0", a.sendEdited},

		draw.ViewSignature: {caller.mayAnswer, draw.InputText, a.setSignature},
	}
}

// submitted works on a dialog that was sent, and returns what becomes of it, such as errors shown in it; nil closes
// it.
func (a *App) submitted(ctx context.Context, d desk, cb slackapi.InteractionCallback) *slackapi.ViewSubmissionResponse {
	ctx, cancel := context.WithTimeout(ctx, submitTime)
	defer cancel()
	answer, err := a.submit(ctx, d, cb)
	if err == nil {
		return answer
	}
	text, ok := say(err)
	if !ok {
		a.log.Error("a dialog could not be worked on", "tenant", d.tenant, "team", d.TeamID, "view", cb.View.CallbackID, "error", err)
		text = sayBroken
	}
	return slackapi.NewErrorsViewSubmissionResponse(map[string]string{a.forms[cb.View.CallbackID].first: draw.Unescape(text)})
}

func (a *App) submit(ctx context.Context, d desk, cb slackapi.InteractionCallback) (*slackapi.ViewSubmissionResponse, error) {
	state, err := a.unseal(d, cb.View.PrivateMetadata)
	if err != nil {
		return nil, err
	}
	who, err := a.who(ctx, d, cb.User.ID)
	if err != nil {
		return nil, err
	}
	s := submission{formState: state, by: cb}
	if cb.View.State != nil {
		s.values = cb.View.State.Values
	}
	do, ok := a.forms[cb.View.CallbackID]
	if !ok {
		return nil, fmt.Errorf("unknown dialog %q", cb.View.CallbackID)
	}
	if do.may != nil {
		if err := do.may(who); err != nil {
			return nil, err
		}
	}
	return do.run(ctx, d, who, s)
}

func (a *App) reply(ctx context.Context, d desk, who caller, s submission) (*slackapi.ViewSubmissionResponse, error) {
	text := s.text(draw.InputText)
	if text == "" {
		return nil, &refusal{"Please write something first."}
	}
	n := tickets.NewComment{Ticket: tickets.ID{UUID: s.Ticket}, Kind: tickets.Internal, Author: who.actor(), Text: text}
	if s.values[draw.InputKind][draw.InputKind].SelectedOption.Value == draw.KindPublic {
		n.Kind = tickets.Public
		if err := who.mayAnswer(); err != nil {
			return nil, err
		}
	}
	files := s.values[draw.InputFile][draw.InputFile].Files
	return nil, a.in(ctx, d, func(tx tenant.Tx) error {
		// The same dialog sent twice is one comment.
		if fresh, err := firstDelivery(ctx, tx, "view:"+s.by.View.ID, a.clock()); err != nil || !fresh {
			return err
		}
		if len(files) > 0 && a.files != nil {
			return a.holdReply(ctx, tx, d, n, placeOfState(s.formState, s.by.User.ID), "", files)
		}
		_, err := a.tickets.Comment(ctx, tx, n)
		return err
	})
}

func (a *App) sendEdited(ctx context.Context, d desk, who caller, s submission) (*slackapi.ViewSubmissionResponse, error) {
	text := joined(s.values)
	if text == "" {
		return nil, &refusal{"Please write something first, or press Discard below the suggestion."}
	}
	files := s.values[draw.InputFile][draw.InputFile].Files
	return nil, a.in(ctx, d, func(tx tenant.Tx) error {
		if fresh, err := firstDelivery(ctx, tx, "view:"+s.by.View.ID, a.clock()); err != nil || !fresh {
			return err
		}
		if len(files) > 0 && a.files != nil {
			return a.holdEdited(ctx, tx, d, text, files, who, s)
		}
		_, err := a.suggestions.ApproveEdited(ctx, tx, ai.SuggestionID{UUID: s.Suggestion}, text, who.actor())
		return err
	})
}

// holdEdited keeps an edited suggestion until its files are here. That somebody else decides about it meanwhile its author is
// told then.
func (a *App) holdEdited(ctx context.Context, tx tenant.Tx, d desk, text string, files []slackapi.File, who caller, s submission) error {
	v, err := ai.SuggestionByID(ctx, tx, ai.SuggestionID{UUID: s.Suggestion})
	if err != nil {
		return err
	}
	if !v.State.Open() {
		return &refusal{"Nothing was sent. " + draw.Decision(v)}
	}
	n := tickets.NewComment{Ticket: v.TicketID, Kind: tickets.Public, Author: who.actor(), Text: text, Suggestion: &v.ID.UUID}
	return a.holdReply(ctx, tx, d, n, placeOfState(s.formState, s.by.User.ID), "", files)
}

// setSignature keeps what stands below the member's answers from now on.
func (a *App) setSignature(ctx context.Context, d desk, who caller, s submission) (*slackapi.ViewSubmissionResponse, error) {
	lines := s.text(draw.InputText)
	if len(lines) > tenant.MaxSignature {
		return nil, &refusal{fmt.Sprintf("Please shorten it: %d bytes are the most.", tenant.MaxSignature)}
	}
	err := a.in(ctx, d, func(tx tenant.Tx) error {
		if err := tenant.SetSignature(ctx, tx, who.Person.Email, lines); err != nil {
			return err
		}
		return tenant.Audit(ctx, tx, who.Person.Email, "slack", "member.signature", who.Person.Email, nil)
	})
	if err != nil {
		return nil, err
	}
	if err := a.showHome(ctx, d, s.by.User.ID); err != nil {
		a.log.Warn("a Home tab was not drawn anew", "team", d.TeamID, "error", err) // It is when it is opened.
	}
	return nil, nil
}

// joined is the text of all inputs of the edit dialog. Slack may have trimmed the blank at which the text was
// cut.
func joined(values map[string]map[string]slackapi.BlockAction) string {
	var b strings.Builder
	for i := range len(values) {
		id := fmt.Sprintf("%s%d", draw.InputText, i)
		part := values[id][id].Value
		if b.Len() > 0 && part != "" && !strings.ContainsAny(b.String()[b.Len()-1:]+part[:1], " \n") {
			b.WriteByte('\n')
		}
		b.WriteString(part)
	}
	return strings.TrimSpace(b.String())
}

// firstDelivery notes that something was taken; false where it had been before.
func firstDelivery(ctx context.Context, tx tenant.Tx, id string, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO slack_deliveries (tenant_id, delivery_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		tx.Tenant(), id, now)
	if err != nil {
		return false, fmt.Errorf("note a Slack delivery: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}
