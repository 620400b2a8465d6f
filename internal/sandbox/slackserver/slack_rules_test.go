package slackserver_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// twoTeams adds a second workspace in which the same app is installed.
func twoTeams(cfg *slackserver.Config) {
	cfg.Teams = append(cfg.Teams, slackserver.Team{ID: "T02SOUTH000", Name: "Southwind", Domain: "southwind",
		Users:    []slackserver.User{{ID: "U02INES0000", Name: "ines", RealName: "Ines Prado", Email: "ines@southwind.example"}},
		Channels: []slackserver.Channel{{ID: "C02SUPPORT0", Name: "support", Members: []string{"U02INES0000", "U02CUSTDESK"}}}})
	in := cfg.Apps[0].Installs[0]
	cfg.Apps[0].Installs = append(slices.Clone(cfg.Apps[0].Installs), slackserver.Install{TeamID: "T02SOUTH000",
		BotUserID: "U02CUSTDESK", BotID: "B02CUSTDESK", BotToken: "xoxb-southwind", Scopes: in.Scopes})
}

func TestWorkspacesAreApart(t *testing.T) {
	srv, north := start(t, twoTeams)
	south := slack.New("xoxb-southwind", slack.OptionAPIURL(srv.APIURL()))
	if who := must(south.AuthTestContext(ctx(t)))(t); who.TeamID != "T02SOUTH000" || who.UserID != "U02CUSTDESK" {
		t.Errorf("auth.test = %+v", who)
	}
	if _, _, err := south.PostMessageContext(ctx(t), dest, slack.MsgOptionText("x", false)); err == nil || err.Error() != "channel_not_found" {
		t.Errorf("post into the other workspace: %v", err)
	}
	if _, err := south.GetUserInfoContext(ctx(t), slackserver.DemoMaya); err == nil || err.Error() != "user_not_found" {
		t.Errorf("user of the other workspace: %v", err)
	}
	if err := srv.As("U02INES0000").Join(slackserver.DemoGeneral); !errors.Is(err, slackserver.ErrNotVisible) {
		t.Errorf("person of the other workspace: %v", err)
	}
	l := listen(t, srv, north, nil)
	if _, err := srv.As("U02INES0000").Say("C02SUPPORT0", "", "hola"); err != nil {
		t.Fatal(err)
	}
	outer := next(t, l, func(e socketmode.Event) (slackevents.EventsAPIEvent, bool) {
		o, ok := e.Data.(slackevents.EventsAPIEvent)
		return o, ok
	})
	if outer.TeamID != "T02SOUTH000" {
		t.Errorf("the one connection of the app got team %q", outer.TeamID)
	}
}

// inner takes Events API envelopes whose inner event has a type and subtype.
func inner(kind, subtype string) func(socketmode.Event) (map[string]any, bool) {
	return func(e socketmode.Event) (map[string]any, bool) {
		if e.Type != socketmode.EventTypeEventsAPI {
			return nil, false
		}
		var p struct {
			Event map[string]any `json:"event"`
		}
		_ = json.Unmarshal(e.Request.Payload, &p)
		sub, _ := p.Event["subtype"].(string)
		return p.Event, p.Event["type"] == kind && sub == subtype
	}
}

func TestEditsDeletionsMentionsAndMembersAreTold(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	maya := srv.As(slackserver.DemoMaya)
	ts := must(maya.Say(dest, "", "<@"+slackserver.DemoBotUser+"> what is #3? 1 < 2"))(t)
	if e := next(t, l, inner("app_mention", "")); e["text"] != "<@"+slackserver.DemoBotUser+"> what is #3? 1 &lt; 2" || e["user"] != slackserver.DemoMaya {
		t.Errorf("app_mention = %v", e)
	}
	if err := maya.Edit(dest, ts, "never mind"); err != nil {
		t.Fatal(err)
	}
	if e := next(t, l, inner("message", "message_changed")); e["message"].(map[string]any)["text"] != "never mind" || e["previous_message"].(map[string]any)["ts"] != ts {
		t.Errorf("message_changed = %v", e)
	}
	if err := maya.Delete(dest, ts); err != nil {
		t.Fatal(err)
	}
	if e := next(t, l, inner("message", "message_deleted")); e["deleted_ts"] != ts {
		t.Errorf("message_deleted = %v", e)
	}
	srv.AddUser(slackserver.DemoTeam, slackserver.User{ID: "U01NEW00000", Name: "nia", RealName: "Nia Roth", Email: "nia@northwind.example"})
	next(t, l, inner("team_join", ""))
	if err := srv.As("U01NEW00000").Join(dest); err != nil {
		t.Fatal(err)
	}
	if e := next(t, l, inner("member_joined_channel", "")); e["user"] != "U01NEW00000" || e["channel"] != dest {
		t.Errorf("member_joined_channel = %v", e)
	}
	if _, err := maya.Upload(dest, "", "see", slackserver.Attachment{Name: "a.txt", Content: []byte("hi")}); err != nil {
		t.Fatal(err)
	}
	next(t, l, inner("message", "file_share"))
	next(t, l, inner("file_shared", ""))
	if id := srv.Emit(slackserver.DemoTeam, slackserver.DemoApp, map[string]any{"type": "pin_added"}); id != "" {
		t.Errorf("an event without subscription was sent as %s", id)
	}
	srv.Uninstall(slackserver.DemoTeam, slackserver.DemoApp)
	next(t, l, inner("tokens_revoked", ""))
	next(t, l, inner("app_uninstalled", ""))
}

func TestViewsAreUpdatedPushedAndClosed(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	maya := srv.As(slackserver.DemoMaya)
	trigger := func(act func() error) slack.InteractionCallback {
		t.Helper()
		if err := act(); err != nil {
			t.Fatal(err)
		}
		return next(t, l, func(e socketmode.Event) (slack.InteractionCallback, bool) {
			cb, ok := e.Data.(slack.InteractionCallback)
			return cb, ok && cb.TriggerID != ""
		})
	}
	first := modal()
	first.ExternalID, first.NotifyOnClose = "reply-1", true
	first.Blocks.BlockSet = append(first.Blocks.BlockSet, slack.NewActionBlock("more", slack.NewButtonBlockElement("snippet", "", words("Snippet"))))
	cb := trigger(func() error { return maya.Shortcut(ctx(t), "new_ticket") })
	opened := must(api.OpenViewContext(ctx(t), cb.TriggerID, first))(t)
	if err := maya.Fill(opened.ID, map[string]any{"text": "half an answer"}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.UpdateViewContext(ctx(t), first, "", "0.old", opened.ID); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("update with an old hash: %v", err)
	}
	updated := must(api.UpdateViewContext(ctx(t), first, "reply-1", opened.Hash, ""))(t)
	if updated.Hash == opened.Hash || updated.State.Values["answer"]["text"].Value != "half an answer" {
		t.Errorf("hash %q → %q, kept %q", opened.Hash, updated.Hash, updated.State.Values["answer"]["text"].Value)
	}
	cb = trigger(func() error { return maya.PressIn(ctx(t), opened.ID, "snippet") })
	pushed := must(api.PushViewContext(ctx(t), cb.TriggerID, modal()))(t)
	if pushed.PreviousViewID != opened.ID || pushed.RootViewID != opened.ID {
		t.Errorf("pushed view = %+v", pushed.View)
	}
	if err := maya.PressIn(ctx(t), opened.ID, "snippet"); !errors.Is(err, slackserver.ErrNotVisible) {
		t.Errorf("press below the uppermost modal: %v", err)
	}
	if err := maya.CloseView(ctx(t), pushed.ID, true); err != nil {
		t.Fatal(err)
	}
	if closed := next(t, l, interaction(slack.InteractionTypeViewClosed)); closed.View.ID != opened.ID || !closed.IsCleared {
		t.Errorf("view_closed = %+v", closed.View)
	}
	if n := len(srv.Views(slackserver.DemoMaya)); n != 0 {
		t.Errorf("%d views stay open", n)
	}
}

func TestResponseURLReplacesAndDeletesWhatWasActedOn(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, nil)
	if _, err := api.PostEphemeralContext(ctx(t), dest, slackserver.DemoMaya, slack.MsgOptionBlocks(card()...)); err != nil {
		t.Fatal(err)
	}
	private := srv.Ephemerals(slackserver.DemoMaya)[0]
	if err := srv.As(slackserver.DemoMaya).Press(ctx(t), dest, private.TS, "take"); err != nil {
		t.Fatal(err)
	}
	cb := next(t, l, interaction(slack.InteractionTypeBlockActions))
	if !cb.Container.IsEphemeral || cb.ResponseURL == "" {
		t.Fatalf("container = %+v", cb.Container)
	}
	if _, _, err := api.PostMessageContext(ctx(t), "", slack.MsgOptionReplaceOriginal(cb.ResponseURL), slack.MsgOptionText("taken", false)); err != nil {
		t.Fatal(err)
	}
	if got := srv.Ephemerals(slackserver.DemoMaya); len(got) != 1 || got[0].Text != "taken" {
		t.Errorf("replaced = %+v", got)
	}
	if _, _, err := api.PostMessageContext(ctx(t), "", slack.MsgOptionDeleteOriginal(cb.ResponseURL)); err != nil {
		t.Fatal(err)
	}
	if got := srv.Ephemerals(slackserver.DemoMaya); len(got) != 0 {
		t.Errorf("deleted = %+v", got)
	}
}

func TestReplyToAVanishedParentStandsInTheChannel(t *testing.T) {
	srv, api := start(t)
	_, ts, err := api.PostMessageContext(ctx(t), dest, slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := api.DeleteMessageContext(ctx(t), dest, ts); err != nil {
		t.Fatal(err)
	}
	_, _, m, err := api.PostMessageWithResponseContext(ctx(t), dest, slack.MsgOptionText("reply", false), slack.MsgOptionTS(ts))
	if err != nil || m.ThreadTimestamp != "" {
		t.Errorf("thread_ts = %q, %v", m.ThreadTimestamp, err)
	}
	if got := srv.Messages(dest); len(got) != 1 || got[0].IsReply() {
		t.Errorf("messages = %+v", got)
	}
}

func TestEventsAreGivenUpAfterSlacksRetries(t *testing.T) {
	c := newClock()
	srv, api := start(t, func(cfg *slackserver.Config) { cfg.Clock = c.now })
	l := listen(t, srv, api, func(socketmode.Event) (any, bool) { return nil, false })
	if _, err := srv.As(slackserver.DemoMaya).Say(dest, "", "deaf?"); err != nil {
		t.Fatal(err)
	}
	for i, wait := range []time.Duration{0, 0, time.Minute, 5 * time.Minute} {
		c.advance(wait)
		srv.Tick()
		e := next(t, l, func(e socketmode.Event) (socketmode.Event, bool) { return e, e.Type == socketmode.EventTypeEventsAPI })
		if e.Request.RetryAttempt != i {
			t.Fatalf("attempt %d came as %d", i, e.Request.RetryAttempt)
		}
		c.advance(3 * time.Second)
		srv.Tick()
	}
	done := srv.Deliveries()
	if len(done) != 1 || done[0].Attempts != 4 || !errors.Is(done[0].Err, slackserver.ErrNotAcknowledged) {
		t.Errorf("deliveries = %+v", done)
	}
	if !srv.Redeliver(done[0].EventID) {
		t.Error("the event is forgotten")
	}
	next(t, l, inner("message", ""))
}

func TestPageTakesNoRequestsFromElsewhere(t *testing.T) {
	srv, _ := start(t)
	try := func(change func(*http.Request)) int {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx(t), http.MethodPost, srv.URL()+"/page/act", strings.NewReader(`{"kind":"say"}`))
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = io.Copy(io.Discard, res.Body); _ = res.Body.Close() }()
		return res.StatusCode
	}
	if got := try(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); got != http.StatusForbidden {
		t.Errorf("another site: %d", got)
	}
	if got := try(func(r *http.Request) { r.Host = "rebound.example" }); got != http.StatusForbidden {
		t.Errorf("another host: %d", got)
	}
	if got := try(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }); got != http.StatusOK {
		t.Errorf("the page itself: %d", got)
	}
}

func FuzzRequests(f *testing.F) {
	f.Add("chat.postMessage", "application/json", `{"channel":"C01SUPPORT0","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"<!here"}}]}`)
	f.Add("chat.postMessage", "application/x-www-form-urlencoded", "channel=C01SUPPORT0&text=%3C%40U01MAYAOKAF%7C&attachments=[1]&metadata={}")
	f.Add("views.publish", "application/json", `{"user_id":"U01MAYAOKAF","view":{"type":"home","blocks":[{"type":"actions","elements":[]}]}}`)
	f.Add("files.completeUploadExternal", "application/json", `{"files":[{"id":1}]}`)
	f.Add("conversations.history", "application/x-www-form-urlencoded", "channel=C01SUPPORT0&limit=1&cursor=b2Zmc2V0Oi0x&oldest=x")
	srv := slackserver.New(slackserver.DemoConfig())
	f.Cleanup(func() { _ = srv.Close() })
	f.Fuzz(func(t *testing.T, method, kind, body string) {
		r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/api/"+url.PathEscape(method), strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "Bearer "+slackserver.DemoBotToken)
		w := answerRecorder{header: http.Header{}}
		srv.ServeHTTP(&w, r)
		if w.status >= 500 {
			t.Fatalf("status %d", w.status)
		}
		for _, m := range srv.Messages(dest) {
			_ = m.Pings()
			_ = m.VisibleText()
		}
		if len(srv.Messages(dest)) > 50 {
			srv.ClearChannel(dest)
		}
	})
}

func FuzzTyping(f *testing.F) {
	for _, s := range []string{"a <b> & c", "<@U01MAYAOKAF|x> <!channel>", "see https://a.example/?a=1&b=2.", "<<@U1>>", "*b* `c` <https://x|y>"} {
		f.Add(s)
	}
	srv := slackserver.New(slackserver.DemoConfig())
	f.Cleanup(func() { _ = srv.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		ts, err := srv.As(slackserver.DemoMaya).Say(slackserver.DemoGeneral, "", text)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := srv.Message(slackserver.DemoGeneral, ts)
		if got := strings.Count(m.Text, "<"); got != strings.Count(m.Text, ">") {
			t.Errorf("%q became %q with a bracket of its own", text, m.Text)
		}
		srv.ClearChannel(slackserver.DemoGeneral)
	})
}

type answerRecorder struct {
	header http.Header
	status int
}

func (w *answerRecorder) Header() http.Header         { return w.header }
func (w *answerRecorder) WriteHeader(status int)      { w.status = status }
func (w *answerRecorder) Write(b []byte) (int, error) { return len(b), nil }

func TestExternalMenuTakesOnlyWhatTheAppOffers(t *testing.T) {
	srv, api := start(t)
	l := listen(t, srv, api, func(e socketmode.Event) (any, bool) {
		if cb, ok := e.Data.(slack.InteractionCallback); ok && cb.Type == slack.InteractionTypeBlockSuggestion {
			return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("4", words("#4 "+cb.Value), nil)}}, true
		}
		return nil, true
	})
	menu := slack.NewOptionsSelectBlockElement("external_select", words("Ticket"), "ticket")
	_, ts, err := api.PostMessageContext(ctx(t), dest, slack.MsgOptionBlocks(slack.NewActionBlock("merge", menu)))
	if err != nil {
		t.Fatal(err)
	}
	maya := srv.As(slackserver.DemoMaya)
	if err := maya.Select(ctx(t), dest, ts, "ticket", "4"); !errors.Is(err, slackserver.ErrBadValue) {
		t.Errorf("choice before anything was offered: %v", err)
	}
	values := must(maya.SuggestOn(ctx(t), dest, ts, "ticket", "invoice"))(t)
	if !slices.Equal(values, []string{"4"}) {
		t.Errorf("offered %v", values)
	}
	if err := maya.Select(ctx(t), dest, ts, "ticket", "4"); err != nil {
		t.Fatal(err)
	}
	cb := next(t, l, interaction(slack.InteractionTypeBlockActions))
	if o := cb.ActionCallback.BlockActions[0].SelectedOption; o.Value != "4" || o.Text.Text != "#4 invoice" {
		t.Errorf("selected %+v", o)
	}
}
