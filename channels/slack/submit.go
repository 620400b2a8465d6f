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

// submitted works on a modal that was sent, and returns the errors to show in it by input; none closes it.
func (a *App) submitted(ctx context.Context, d desk, cb slackapi.InteractionCallback) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, submitTime)
	defer cancel()
	first := draw.InputText
	if cb.View.CallbackID == draw.ViewEdit {
		first += "0"
	}
	err := a.submit(ctx, d, cb)
	if err == nil {
		return nil
	}
	text, ok := say(err)
	if !ok {
		a.log.Error("a dialog could not be worked on", "tenant", d.tenant, "team", d.TeamID, "view", cb.View.CallbackID, "error", err)
		text = sayBroken
	}
	return map[string]string{first: draw.Unescape(text)}
}

func (a *App) submit(ctx context.Context, d desk, cb slackapi.InteractionCallback) error {
	state, err := a.unseal(d, cb.View.PrivateMetadata)
	if err != nil {
		return err
	}
	who, err := a.who(ctx, d, cb.User.ID)
	if err != nil {
		return err
	}
	values := map[string]map[string]slackapi.BlockAction{}
	if cb.View.State != nil {
		values = cb.View.State.Values
	}
	switch cb.View.CallbackID {
	case draw.ViewReply:
		return a.reply(ctx, d, who, cb, state, values)
	case draw.ViewEdit:
		return a.sendEdited(ctx, d, who, cb, state, values)
	}
	return fmt.Errorf("unknown dialog %q", cb.View.CallbackID)
}

func (a *App) reply(ctx context.Context, d desk, who caller, cb slackapi.InteractionCallback, state formState, values map[string]map[string]slackapi.BlockAction) error {
	text := strings.TrimSpace(values[draw.InputText][draw.InputText].Value)
	if text == "" {
		return &refusal{"Please write something first."}
	}
	n := tickets.NewComment{Ticket: tickets.ID{UUID: state.Ticket}, Kind: tickets.Internal, Author: who.actor(), Text: text}
	may := who.mayNote()
	if values[draw.InputKind][draw.InputKind].SelectedOption.Value == draw.KindPublic {
		n.Kind, may = tickets.Public, who.mayAnswer()
	}
	if may != nil {
		return may
	}
	files := values[draw.InputFile][draw.InputFile].Files
	return a.in(ctx, d, func(tx tenant.Tx) error {
		// The same dialog sent twice is one comment.
		if fresh, err := firstDelivery(ctx, tx, "view:"+cb.View.ID, a.clock()); err != nil || !fresh {
			return err
		}
		if len(files) > 0 && a.files != nil {
			return a.holdReply(ctx, tx, d, n, placeOfState(state, cb.User.ID), files)
		}
		_, err := a.tickets.Comment(ctx, tx, n)
		return err
	})
}

func (a *App) sendEdited(ctx context.Context, d desk, who caller, cb slackapi.InteractionCallback, state formState, values map[string]map[string]slackapi.BlockAction) error {
	if err := who.mayAnswer(); err != nil {
		return err
	}
	text := joined(values)
	if text == "" {
		return &refusal{"Please write something first, or press Discard below the suggestion."}
	}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if fresh, err := firstDelivery(ctx, tx, "view:"+cb.View.ID, a.clock()); err != nil || !fresh {
			return err
		}
		_, err := a.suggestions.ApproveEdited(ctx, tx, ai.SuggestionID{UUID: state.Suggestion}, text, who.actor())
		return err
	})
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
