package slackserver_test

import (
	"errors"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

func TestPressedButtonReachesTheAppAndOpensAModalOnce(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	_, ts, err := api.PostMessageContext(ctx(t), slackserver.DemoChannel, slack.MsgOptionBlocks(card()...), slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	maya := srv.As(slackserver.DemoMaya)
	if err := maya.Press(ctx(t), slackserver.DemoChannel, ts, "reply"); err != nil {
		t.Fatal(err)
	}
	cb := next(t, l, interaction(slack.InteractionTypeBlockActions))
	if cb.User.ID != slackserver.DemoMaya || cb.Message.Timestamp != ts || cb.Channel.ID != slackserver.DemoChannel {
		t.Fatalf("wrong callback: %+v", cb)
	}
	act := cb.ActionCallback.BlockActions[0]
	if act.ActionID != "reply" || act.Value != "1" || act.BlockID != "ticket" {
		t.Fatalf("wrong action: %+v", act)
	}
	if got := cb.BlockActionState.Values["ticket"]["status"].SelectedOption.Value; got != "open" {
		t.Errorf("state of the menu beside the button = %q, want its initial option", got)
	}
	if _, err := api.OpenViewContext(ctx(t), cb.TriggerID, modal()); err != nil {
		t.Fatal(err)
	}
	if _, err := api.OpenViewContext(ctx(t), cb.TriggerID, modal()); err == nil || err.Error() != "exchanged_trigger_id" {
		t.Errorf("second use of a trigger id: %v", err)
	}
	if v := srv.Views(slackserver.DemoMaya); len(v) != 1 || v[0].Title != "Reply" {
		t.Errorf("views = %+v", v)
	}
}

func TestTriggerExpiresAfterThreeSeconds(t *testing.T) {
	c := newClock()
	srv, api := start(t, func(cfg *slackserver.Config) { cfg.Clock = c.now })
	l := listen(t, srv, api, nil)
	if err := srv.As(slackserver.DemoMaya).Shortcut(ctx(t), "new_ticket"); err != nil {
		t.Fatal(err)
	}
	cb := next(t, l, interaction(slack.InteractionTypeShortcut))
	c.advance(3*time.Second + time.Millisecond)
	if _, err := api.OpenViewContext(ctx(t), cb.TriggerID, modal()); err == nil || err.Error() != "expired_trigger_id" {
		t.Errorf("late views.open: %v", err)
	}
	if _, err := api.OpenViewContext(ctx(t), "1.2.abc", modal()); err == nil || err.Error() != "invalid_trigger_id" {
		t.Errorf("made-up trigger: %v", err)
	}
}

func TestModalSubmissionFollowsTheAppsAnswer(t *testing.T) {
	srv, api := start(t)
	answers := []any{
		slack.NewErrorsViewSubmissionResponse(map[string]string{"answer": "too short"}),
		nil,
	}
	l := listen(t, srv, api, func(e socketmode.Event) (any, bool) {
		if cb, ok := e.Data.(slack.InteractionCallback); ok && cb.Type == slack.InteractionTypeViewSubmission {
			a := answers[0]
			answers = answers[1:]
			return a, true
		}
		return nil, true
	})
	maya := srv.As(slackserver.DemoMaya)
	if err := maya.Shortcut(ctx(t), "new_ticket"); err != nil {
		t.Fatal(err)
	}
	cb := next(t, l, interaction(slack.InteractionTypeShortcut))
	view := must(api.OpenViewContext(ctx(t), cb.TriggerID, modal()))(t)

	if _, err := maya.Submit(ctx(t), view.ID, nil); !errors.Is(err, slackserver.ErrIncomplete) {
		t.Fatalf("empty required input: %v", err)
	}
	errs := must(maya.Submit(ctx(t), view.ID, map[string]any{"text": "hm"}))(t)
	if errs["answer"] != "too short" || len(srv.Views(slackserver.DemoMaya)) != 1 {
		t.Fatalf("errors = %v, views = %d", errs, len(srv.Views(slackserver.DemoMaya)))
	}
	errs = must(maya.Submit(ctx(t), view.ID, map[string]any{"answer": "We send another one."}))(t)
	if len(errs) != 0 || len(srv.Views(slackserver.DemoMaya)) != 0 {
		t.Fatalf("errors = %v, views = %d", errs, len(srv.Views(slackserver.DemoMaya)))
	}
	next(t, l, interaction(slack.InteractionTypeViewSubmission))
	last := next(t, l, interaction(slack.InteractionTypeViewSubmission))
	if got := last.View.State.Values["answer"]["text"].Value; got != "We send another one." || last.View.PrivateMetadata != "ticket-1" {
		t.Errorf("submitted %q with %q", got, last.View.PrivateMetadata)
	}
}

func TestUnacknowledgedEventIsSentAgainWithTheSameID(t *testing.T) {
	c := newClock()
	srv, api := start(t, func(cfg *slackserver.Config) { cfg.Clock = c.now })
	deaf := true
	l := listen(t, srv, api, func(socketmode.Event) (any, bool) {
		was := deaf
		deaf = false
		return nil, !was
	})
	if _, err := srv.As(slackserver.DemoMaya).Say(slackserver.DemoChannel, "", "hello"); err != nil {
		t.Fatal(err)
	}
	anyEvent := func(e socketmode.Event) (socketmode.Event, bool) { return e, e.Type == socketmode.EventTypeEventsAPI }
	first := next(t, l, anyEvent)
	c.advance(3 * time.Second)
	srv.Tick()
	second := next(t, l, anyEvent)
	id := func(e socketmode.Event) string {
		return e.Data.(slackevents.EventsAPIEvent).Data.(*slackevents.EventsAPICallbackEvent).EventID
	}
	if id(first) != id(second) || first.Request.EnvelopeID == second.Request.EnvelopeID {
		t.Errorf("event %s came again as %s", id(first), id(second))
	}
	if second.Request.RetryAttempt != 1 || second.Request.RetryReason != "timeout" {
		t.Errorf("retry = %d %q", second.Request.RetryAttempt, second.Request.RetryReason)
	}
	if err := srv.WaitFor(ctx(t), func() bool { return srv.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
}

func TestLostAcknowledgementBringsTheEventAgain(t *testing.T) {
	srv, api := start(t, func(cfg *slackserver.Config) { cfg.AckTimeout = 100 * time.Millisecond })
	listen(t, srv, api, nil)
	srv.DropAcks(1, "reaction_added")
	maya := srv.As(slackserver.DemoMaya)
	ts := must(maya.Say(slackserver.DemoChannel, "", "hello"))(t)
	if err := maya.React(slackserver.DemoChannel, ts, "eyes"); err != nil {
		t.Fatal(err)
	}
	if err := srv.WaitFor(ctx(t), func() bool { return srv.Pending() == 0 && len(srv.Deliveries()) == 2 }); err != nil {
		t.Fatal(err)
	}
	for _, d := range srv.Deliveries() {
		if again := d.Type == "reaction_added"; d.Err != nil || again && d.Attempts < 2 {
			t.Errorf("delivery = %+v", d)
		}
	}
}

func TestEventsWaitForAConnection(t *testing.T) {
	srv, api := start(t)
	if _, err := srv.As(slackserver.DemoMaya).Say(slackserver.DemoChannel, "", "anybody there?"); err != nil {
		t.Fatal(err)
	}
	if err := srv.As(slackserver.DemoMaya).Shortcut(ctx(t), "new_ticket"); !errors.Is(err, slackserver.ErrNotConnected) {
		t.Errorf("a person does not wait for a connection: %v", err)
	}
	l := listen(t, srv, api, nil)
	text := next(t, l, messageEvent).Text
	if text != "anybody there?" {
		t.Errorf("text = %q", text)
	}
}

func messageEvent(e socketmode.Event) (*slackevents.MessageEvent, bool) {
	outer, ok := e.Data.(slackevents.EventsAPIEvent)
	if !ok {
		return nil, false
	}
	m, ok := outer.InnerEvent.Data.(*slackevents.MessageEvent)
	return m, ok
}

func TestEnvelopesGoRoundTheConnections(t *testing.T) {
	srv, api := start(t)
	a := listen(t, srv, api, nil)
	b := listen(t, srv, api, nil)
	for range 4 {
		if _, err := srv.As(slackserver.DemoMaya).Say(slackserver.DemoChannel, "", "again"); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []*listener{a, b} {
		next(t, l, messageEvent)
		next(t, l, messageEvent)
	}
}

func TestDisconnectMakesTheClientComeBack(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	opened := len(srv.Calls("apps.connections.open"))
	srv.Disconnect("refresh_requested")
	if err := srv.WaitFor(ctx(t), func() bool {
		return len(srv.Calls("apps.connections.open")) > opened && srv.Sockets(slackserver.DemoApp) == 1
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := srv.As(slackserver.DemoMaya).Say(slackserver.DemoChannel, "", "still here"); err != nil {
		t.Fatal(err)
	}
	next(t, l, messageEvent)
}

func TestAppSeesItsOwnPostWithMetadata(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	meta := slack.SlackMetadata{EventType: "ticket", EventPayload: map[string]any{"ticket": "42"}}
	if _, _, err := api.PostMessageContext(ctx(t), slackserver.DemoChannel, slack.MsgOptionText("card", false), slack.MsgOptionMetadata(meta)); err != nil {
		t.Fatal(err)
	}
	m := next(t, l, messageEvent)
	if m.BotID != slackserver.DemoBot || m.Message.Metadata.EventPayload["ticket"] != "42" {
		t.Errorf("event = %+v", m.Message)
	}
	posted := next(t, l, func(e socketmode.Event) (*slackevents.MessageMetadataPostedEvent, bool) {
		outer, ok := e.Data.(slackevents.EventsAPIEvent)
		if !ok {
			return nil, false
		}
		p, ok := outer.InnerEvent.Data.(*slackevents.MessageMetadataPostedEvent)
		return p, ok
	})
	if posted.Metadata.EventType != "ticket" || posted.AppId != slackserver.DemoApp {
		t.Errorf("posted = %+v", posted)
	}
}

func TestUnsubscribedEventsAreNotSent(t *testing.T) {
	srv, api := start(t, func(cfg *slackserver.Config) { cfg.Apps[0].Events = []string{"reaction_added"} })
	l := listen(t, srv, api, nil)
	maya := srv.As(slackserver.DemoMaya)
	ts := must(maya.Say(slackserver.DemoChannel, "", "not for the app"))(t)
	if err := maya.React(slackserver.DemoChannel, ts, "eyes"); err != nil {
		t.Fatal(err)
	}
	outer := next(t, l, func(e socketmode.Event) (slackevents.EventsAPIEvent, bool) {
		o, ok := e.Data.(slackevents.EventsAPIEvent)
		return o, ok
	})
	if outer.InnerEvent.Type != "reaction_added" {
		t.Errorf("first event is %s", outer.InnerEvent.Type)
	}
}

func TestCommandAnswersArePrivateAndResponseURLsLimited(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, func(e socketmode.Event) (any, bool) {
		if e.Type == socketmode.EventTypeSlashCommand {
			return map[string]any{"text": "three open tickets"}, true
		}
		return nil, true
	})
	if err := srv.As(slackserver.DemoJonas).Command(ctx(t), slackserver.DemoChannel, "/desk", "list"); err != nil {
		t.Fatal(err)
	}
	cmd := next(t, l, func(e socketmode.Event) (slack.SlashCommand, bool) {
		c, ok := e.Data.(slack.SlashCommand)
		return c, ok
	})
	if cmd.Text != "list" || cmd.UserID != slackserver.DemoJonas {
		t.Errorf("command = %+v", cmd)
	}
	if got := srv.Ephemerals(slackserver.DemoJonas); len(got) != 1 || got[0].Text != "three open tickets" {
		t.Errorf("ephemerals = %+v", got)
	}
	for i := range 6 {
		_, _, err := api.PostMessageContext(ctx(t), "", slack.MsgOptionResponseURL(cmd.ResponseURL, slack.ResponseTypeEphemeral), slack.MsgOptionText("more", false))
		if (err != nil) != (i == 5) {
			t.Errorf("use %d of the response URL: %v", i+1, err)
		}
	}
	if err := srv.As(slackserver.DemoJonas).Command(ctx(t), slackserver.DemoChannel, "/nothing", ""); !errors.Is(err, slackserver.ErrNotVisible) {
		t.Errorf("unknown command: %v", err)
	}
}

func TestHomeTabIsPublishedAndUsed(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	maya := srv.As(slackserver.DemoMaya)
	if err := maya.OpenHome(slackserver.DemoApp); err != nil {
		t.Fatal(err)
	}
	opened := next(t, l, func(e socketmode.Event) (*slackevents.AppHomeOpenedEvent, bool) {
		outer, ok := e.Data.(slackevents.EventsAPIEvent)
		if !ok {
			return nil, false
		}
		h, ok := outer.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
		return h, ok
	})
	if opened.User != slackserver.DemoMaya || opened.Tab != "home" {
		t.Errorf("event = %+v", opened)
	}
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: card()}}
	view := must(api.PublishViewContext(ctx(t), slack.PublishViewContextRequest{UserID: slackserver.DemoMaya, View: home}))(t)
	if _, err := api.PublishView(slackserver.DemoMaya, home, "old"); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("publish with an old hash: %v", err)
	}
	if err := maya.PressIn(ctx(t), view.ID, "take"); err != nil {
		t.Fatal(err)
	}
	if cb := next(t, l, interaction(slack.InteractionTypeBlockActions)); cb.View.ID != view.ID || cb.Container.Type != "view" {
		t.Errorf("callback = %+v", cb)
	}
	if err := srv.As(slackserver.DemoJonas).PressIn(ctx(t), view.ID, "take"); !errors.Is(err, slackserver.ErrNotVisible) {
		t.Errorf("someone else's Home: %v", err)
	}
}
