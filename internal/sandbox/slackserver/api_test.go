package slackserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// raw posts a form as the bot and returns Slack's answer.
func raw(t *testing.T, srv *slackserver.Server, token, method string, form url.Values) (map[string]any, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx(t), http.MethodPost, srv.APIURL()+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body map[string]any
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body, res.Header
}

func TestCallsAreRefusedAsSlackRefusesThem(t *testing.T) {
	const bot = slackserver.DemoBotToken
	ch := slackserver.DemoChannel
	long := strings.Repeat("x", 3001)
	tests := []struct {
		name   string
		token  string
		method string
		form   url.Values
		want   string
	}{
		{"unknown method", bot, "chat.shout", nil, "unknown_method"},
		{"no token", "", "auth.test", nil, "not_authed"},
		{"wrong token", "xoxb-no", "auth.test", nil, "invalid_auth"},
		{"app token where a bot's is needed", slackserver.DemoAppToken, "auth.test", nil, "not_allowed_token_type"},
		{"bot token where an app's is needed", bot, "apps.connections.open", nil, "not_allowed_token_type"},
		{"unknown channel", bot, "chat.postMessage", url.Values{"channel": {"C0NONE"}, "text": {"a"}}, "channel_not_found"},
		{"channel the bot is not in", bot, "chat.postMessage", url.Values{"channel": {slackserver.DemoGeneral}, "text": {"a"}}, "not_in_channel"},
		{"no channel", bot, "chat.postMessage", url.Values{"text": {"a"}}, "invalid_arguments"},
		{"no text", bot, "chat.postMessage", url.Values{"channel": {ch}}, "no_text"},
		{"blocks that are no JSON", bot, "chat.postMessage", url.Values{"channel": {ch}, "blocks": {"[{"}}, "invalid_blocks_format"},
		{"section text too long", bot, "chat.postMessage", url.Values{"channel": {ch}, "blocks": {`[{"type":"section","text":{"type":"mrkdwn","text":"` + long + `"}}]`}}, "invalid_blocks"},
		{"metadata without payload", bot, "chat.postMessage", url.Values{"channel": {ch}, "text": {"a"}, "metadata": {`{"event_type":"x"}`}}, "invalid_metadata_schema"},
		{"update of nothing", bot, "chat.update", url.Values{"channel": {ch}, "ts": {"1.000000"}, "text": {"a"}}, "message_not_found"},
		{"ephemeral to a stranger", bot, "chat.postEphemeral", url.Values{"channel": {ch}, "text": {"a"}, "user": {"U0NONE"}}, "user_not_found"},
		{"unknown user", bot, "users.info", url.Values{"user": {"U0NONE"}}, "user_not_found"},
		{"unknown email", bot, "users.lookupByEmail", url.Values{"email": {"nobody@northwind.example"}}, "users_not_found"},
		{"view without title", bot, "views.open", url.Values{"trigger_id": {"1.2.a"}, "view": {`{"type":"modal","blocks":[]}`}}, "invalid_arguments"},
		{"update of an unknown view", bot, "views.update", url.Values{"view_id": {"V0"}, "view": {`{"type":"modal","title":{"type":"plain_text","text":"T"},"blocks":[]}`}}, "not_found"},
		{"unknown thread", bot, "conversations.replies", url.Values{"channel": {ch}, "ts": {"1.000000"}}, "thread_not_found"},
		{"bad cursor", bot, "users.list", url.Values{"cursor": {"???"}}, "invalid_cursor"},
		{"reaction on nothing", bot, "reactions.add", url.Values{"channel": {ch}, "timestamp": {"1.0"}, "name": {"eyes"}}, "message_not_found"},
	}
	srv, _ := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, _ := raw(t, srv, tt.token, tt.method, tt.form)
			if body["ok"] != false || body["error"] != tt.want {
				t.Errorf("answer = %v, want error %s", body, tt.want)
			}
		})
	}
}

func TestInvalidBlocksAreExplainedInSlacksManner(t *testing.T) {
	srv, api := start(t)
	_, _, err := api.PostMessageContext(ctx(t), slackserver.DemoChannel, slack.MsgOptionBlocks(
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", strings.Repeat("x", 3001), false, false), nil, nil)))
	var se slack.SlackErrorResponse
	if !errors.As(err, &se) {
		t.Fatalf("error = %v", err)
	}
	want := "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
	if !slices.Contains(se.ResponseMetadata.Messages, want) {
		t.Errorf("messages = %q, want %q among them", se.ResponseMetadata.Messages, want)
	}
	if n := len(srv.Messages(slackserver.DemoChannel)); n != 0 {
		t.Errorf("%d messages were posted", n)
	}
}

func TestMissingScopeNamesWhatIsNeeded(t *testing.T) {
	srv, _ := start(t, func(cfg *slackserver.Config) { cfg.Apps[0].Installs[0].Scopes = []string{"users:read", "commands"} })
	body, header := raw(t, srv, slackserver.DemoBotToken, "chat.postMessage", url.Values{"channel": {slackserver.DemoChannel}, "text": {"a"}})
	if body["error"] != "missing_scope" || body["needed"] != "chat:write" || body["provided"] != "users:read,commands" {
		t.Errorf("answer = %v", body)
	}
	if header.Get("X-OAuth-Scopes") != "users:read,commands" {
		t.Errorf("X-OAuth-Scopes = %q", header.Get("X-OAuth-Scopes"))
	}
}

func TestEmailNeedsItsScope(t *testing.T) {
	srv, api := start(t, func(cfg *slackserver.Config) {
		in := &cfg.Apps[0].Installs[0]
		in.Scopes = slices.DeleteFunc(slices.Clone(in.Scopes), func(s string) bool { return s == "users:read.email" })
	})
	u := must(api.GetUserInfoContext(ctx(t), slackserver.DemoMaya))(t)
	if u.RealName != "Maya Okafor" || u.Profile.Email != "" {
		t.Errorf("user = %q with email %q", u.RealName, u.Profile.Email)
	}
	_, full := start(t)
	u = must(full.GetUserByEmailContext(ctx(t), "MAYA@northwind.example"))(t)
	if u.ID != slackserver.DemoMaya || u.Profile.Email != "maya@northwind.example" {
		t.Errorf("user = %s, %q", u.ID, u.Profile.Email)
	}
	_ = srv
}

func TestUpdateKeepsOrDropsBlocksAsSlackDoes(t *testing.T) {
	srv, api := start(t)
	ch := slackserver.DemoChannel
	_, ts, err := api.PostMessageContext(ctx(t), ch, slack.MsgOptionBlocks(card()...), slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	meta := slack.SlackMetadata{EventType: "ticket", EventPayload: map[string]any{"n": "1"}}
	if _, _, _, err := api.UpdateMessageContext(ctx(t), ch, ts, slack.MsgOptionMetadata(meta)); err != nil {
		t.Fatal(err)
	}
	m, _ := srv.Message(ch, ts)
	if len(m.Blocks) != 2 || m.Metadata["event_type"] != "ticket" {
		t.Errorf("after an update of metadata: %d blocks, %v", len(m.Blocks), m.Metadata)
	}
	if _, _, _, err := api.UpdateMessageContext(ctx(t), ch, ts, slack.MsgOptionText("only text", false)); err != nil {
		t.Fatal(err)
	}
	if m, _ = srv.Message(ch, ts); len(m.Blocks) != 0 || m.Text != "only text" || m.Edited == "" {
		t.Errorf("after an update of text: %d blocks, %q, edited %q", len(m.Blocks), m.Text, m.Edited)
	}
	_, _, _, err = api.UpdateMessageContext(ctx(t), ch, ts, slack.MsgOptionText(strings.Repeat("x", 4001), false))
	if err == nil || err.Error() != "msg_too_long" {
		t.Errorf("update with 4,001 characters: %v", err)
	}
	theirs := must(srv.As(slackserver.DemoMaya).Say(ch, "", "mine"))(t)
	if _, _, _, err := api.UpdateMessageContext(ctx(t), ch, theirs, slack.MsgOptionText("no", false)); err == nil || err.Error() != "cant_update_message" {
		t.Errorf("update of someone else's message: %v", err)
	}
}

func TestThreadsHistoryAndMetadataRead(t *testing.T) {
	srv, api := start(t)
	ch := slackserver.DemoChannel
	meta := slack.SlackMetadata{EventType: "ticket", EventPayload: map[string]any{"n": "7"}}
	_, root, err := api.PostMessageContext(ctx(t), ch, slack.MsgOptionText("card", false), slack.MsgOptionMetadata(meta))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, _, err := api.PostMessageContext(ctx(t), ch, slack.MsgOptionText(fmt.Sprint("reply ", i), false), slack.MsgOptionTS(root)); err != nil {
			t.Fatal(err)
		}
	}
	h := must(api.GetConversationHistoryContext(ctx(t), &slack.GetConversationHistoryParameters{ChannelID: ch, IncludeAllMetadata: true}))(t)
	if len(h.Messages) != 1 || h.Messages[0].ReplyCount != 3 || h.Messages[0].Metadata.EventPayload["n"] != "7" {
		t.Errorf("history = %+v", h.Messages)
	}
	h = must(api.GetConversationHistoryContext(ctx(t), &slack.GetConversationHistoryParameters{ChannelID: ch}))(t)
	if h.Messages[0].Metadata.EventType != "" {
		t.Error("history shows metadata without include_all_metadata")
	}
	replies, more, cursor, err := api.GetConversationRepliesContext(ctx(t), &slack.GetConversationRepliesParameters{ChannelID: ch, Timestamp: root, Limit: 3})
	if err != nil || len(replies) != 3 || !more || cursor == "" {
		t.Errorf("first page: %d replies, more %v, %v", len(replies), more, err)
	}
	replies, more, _, err = api.GetConversationRepliesContext(ctx(t), &slack.GetConversationRepliesParameters{ChannelID: ch, Timestamp: root, Limit: 3, Cursor: cursor})
	if err != nil || len(replies) != 1 || more {
		t.Errorf("second page: %d replies, more %v, %v", len(replies), more, err)
	}
	if got := srv.Thread(ch, root); len(got) != 4 || got[3].Text != "reply 2" {
		t.Errorf("thread = %+v", got)
	}
}

func TestCustomersCannotPing(t *testing.T) {
	srv, api := start(t)
	ch := slackserver.DemoChannel
	text := "Hi <!channel>, ask <@" + slackserver.DemoMaya + ">"
	_, loud, err := api.PostMessageContext(ctx(t), ch, slack.MsgOptionText(text, false))
	if err != nil {
		t.Fatal(err)
	}
	_, quiet, err := api.PostMessageContext(ctx(t), ch, slack.MsgOptionText(slackserver.Escape(text), false))
	if err != nil {
		t.Fatal(err)
	}
	_, inBlock, err := api.PostMessageContext(ctx(t), ch, slack.MsgOptionBlocks(
		slack.NewSectionBlock(slack.NewTextBlockObject("plain_text", "<!channel>", false, false), nil, nil),
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "<!here>", false, false), nil, nil)))
	if err != nil {
		t.Fatal(err)
	}
	pings := func(ts string) []string { m, _ := srv.Message(ch, ts); return m.Pings() }
	if got := pings(loud); !slices.Equal(got, []string{"!channel", "@" + slackserver.DemoMaya}) {
		t.Errorf("unescaped text pings %v", got)
	}
	if got := pings(quiet); len(got) != 0 {
		t.Errorf("escaped text pings %v", got)
	}
	if got := pings(inBlock); !slices.Equal(got, []string{"!here"}) {
		t.Errorf("blocks ping %v", got)
	}
}

func TestRateLimitsPerChannel(t *testing.T) {
	c := newClock()
	_, api := start(t, func(cfg *slackserver.Config) { cfg.Clock, cfg.RateLimits = c.now, true })
	post := func() error {
		_, _, err := api.PostMessageContext(ctx(t), slackserver.DemoChannel, slack.MsgOptionText("x", false))
		return err
	}
	var limited *slack.RateLimitedError
	n := 0
	for ; n < 20; n++ {
		if err := post(); errors.As(err, &limited) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n < 2 || n > 10 || limited == nil || limited.RetryAfter != time.Second {
		t.Fatalf("limited after %d posts: %v", n, limited)
	}
	c.advance(time.Second)
	if err := post(); err != nil {
		t.Errorf("a second later: %v", err)
	}
	if _, _, err := api.PostMessageContext(ctx(t), slackserver.DemoMaya, slack.MsgOptionText("x", false)); err != nil {
		t.Errorf("another channel: %v", err)
	}
}

func TestInjectedFaults(t *testing.T) {
	srv, api := start(t)
	post := func(c context.Context) error {
		_, _, err := api.PostMessageContext(c, slackserver.DemoChannel, slack.MsgOptionText("x", false))
		return err
	}
	posted := func() int { return len(srv.Messages(slackserver.DemoChannel)) }

	srv.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.RateLimited, Times: 1, RetryAfter: 30 * time.Second})
	var limited *slack.RateLimitedError
	if err := post(ctx(t)); !errors.As(err, &limited) || limited.RetryAfter != 30*time.Second || posted() != 0 {
		t.Errorf("rate limited: %v, %d posted", err, posted())
	}
	srv.Inject(slackserver.Fault{Kind: slackserver.ServerError, Times: 1})
	var status slack.StatusCodeError
	if err := post(ctx(t)); !errors.As(err, &status) || status.Code != 500 || posted() != 0 {
		t.Errorf("server error: %v, %d posted", err, posted())
	}
	srv.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1})
	if err := post(ctx(t)); !errors.Is(err, io.EOF) || posted() != 1 {
		t.Errorf("lost answer: %v, %d posted", err, posted())
	}
	remove := srv.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.Hang})
	c, cancel := context.WithCancel(ctx(t))
	go func() {
		_ = srv.WaitFor(c, func() bool {
			return slices.ContainsFunc(srv.Calls(""), func(c slackserver.Call) bool { return c.Fault == slackserver.Hang })
		})
		cancel()
	}()
	if err := post(c); !errors.Is(err, context.Canceled) || posted() != 1 {
		t.Errorf("hanging call: %v, %d posted", err, posted())
	}
	remove()
	if err := post(ctx(t)); err != nil || posted() != 2 {
		t.Errorf("after the faults: %v, %d posted", err, posted())
	}
}

func TestFilesAreUploadedInThreeSteps(t *testing.T) {
	srv, api := start(t)
	ch := slackserver.DemoChannel
	root := must(srv.As(slackserver.DemoMaya).Say(ch, "", "invoice?"))(t)
	sum := must(api.UploadFileContext(ctx(t), slack.UploadFileParameters{
		Filename: "invoice.pdf", FileSize: 5, Reader: strings.NewReader("%PDF-"), Channel: ch, ThreadTimestamp: root,
		Title: "Invoice", InitialComment: "here"}))(t)
	thread := srv.Thread(ch, root)
	if len(thread) != 2 || len(thread[1].Files) != 1 || thread[1].Files[0].ID != sum.ID || string(thread[1].Files[0].Content) != "%PDF-" {
		t.Fatalf("thread = %+v", thread)
	}
	info, _, _, err := api.GetFileInfoContext(ctx(t), sum.ID, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := api.GetFileContext(ctx(t), info.URLPrivateDownload, &b); err != nil || b.String() != "%PDF-" {
		t.Errorf("download = %q, %v", b.String(), err)
	}
}

func TestOAuthCodeBecomesATokenThatUninstallEnds(t *testing.T) {
	srv, _ := start(t)
	const back = "http://127.0.0.1:1/slack/oauth"
	code := srv.Authorize(slackserver.DemoApp, slackserver.DemoTeam, slackserver.DemoMaya, back, "chat:write,users:read")
	access := func(code, secret, redirect string) (*slack.OAuthV2Response, error) {
		return slack.GetOAuthV2ResponseContext(ctx(t), http.DefaultClient, slackserver.DemoClientID, secret, code, redirect, slack.OAuthOptionAPIURL(srv.APIURL()))
	}
	if _, err := access(code, "wrong", back); err == nil || err.Error() != "bad_client_secret" {
		t.Errorf("wrong secret: %v", err)
	}
	if _, err := access(code, slackserver.DemoClientKey, back+"x"); err == nil || err.Error() != "bad_redirect_uri" {
		t.Errorf("wrong redirect: %v", err)
	}
	res := must(access(code, slackserver.DemoClientKey, back))(t)
	if _, err := access(code, slackserver.DemoClientKey, back); err == nil || err.Error() != "invalid_code" {
		t.Errorf("second use: %v", err)
	}
	bot := slack.New(res.AccessToken, slack.OptionAPIURL(srv.APIURL()))
	if who := must(bot.AuthTestContext(ctx(t)))(t); who.TeamID != slackserver.DemoTeam || who.BotID != slackserver.DemoBot {
		t.Errorf("auth.test = %+v", who)
	}
	for srv.Uninstall(slackserver.DemoTeam, slackserver.DemoApp) {
	}
	if _, err := bot.AuthTestContext(ctx(t)); err == nil || err.Error() != "token_revoked" {
		t.Errorf("after uninstalling: %v", err)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "192.0.2.1:0", "[::]:0"} {
		if _, err := slackserver.Start(t.Context(), slackserver.Config{}, addr); !errors.Is(err, slackserver.ErrNotLoopback) {
			t.Errorf("Start(%q) = %v", addr, err)
		}
	}
}
