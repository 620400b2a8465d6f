package slackserver_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// request is what an app got over HTTP.
type request struct {
	header http.Header
	body   string
	status int
}

// httpApp is an app with a request URL that answers as told and checks each signature with slack-go.
func httpApp(t *testing.T, answer func(body string) (status int, reply string)) (url string, got chan request) {
	t.Helper()
	got = make(chan request, 20)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v, err := slack.NewSecretsVerifier(r.Header, slackserver.DemoSecret)
		if err == nil {
			_, _ = v.Write(body)
			err = v.Ensure()
		}
		if err != nil {
			t.Errorf("signature: %v", err)
		}
		status, reply := answer(string(body))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
		got <- request{r.Header, string(body), status}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func receive(t *testing.T, got chan request) request {
	t.Helper()
	select {
	case r := <-got:
		return r
	case <-time.After(waitLimit):
		t.Fatal("the app got nothing")
		return request{}
	}
}

func TestEventsOverHTTPAreSignedAndRetried(t *testing.T) {
	fails := 1
	url, got := httpApp(t, func(body string) (int, string) {
		var o map[string]any
		_ = json.Unmarshal([]byte(body), &o)
		if o["type"] == "url_verification" {
			return 200, o["challenge"].(string)
		}
		if fails > 0 {
			fails--
			return 503, ""
		}
		return 200, ""
	})
	srv, api := start(t, func(cfg *slackserver.Config) {
		cfg.Apps[0].EventsURL = url
		cfg.Apps[0].Events = []string{"message.channels"}
	})
	if err := srv.VerifyURL(ctx(t), slackserver.DemoApp); err != nil {
		t.Fatal(err)
	}
	receive(t, got)
	if _, err := srv.As(slackserver.DemoMaya).Say(slackserver.DemoChannel, "", "over http"); err != nil {
		t.Fatal(err)
	}
	first, second := receive(t, got), receive(t, got)
	if first.header.Get("X-Slack-Retry-Num") != "" || second.header.Get("X-Slack-Retry-Num") != "1" || second.header.Get("X-Slack-Retry-Reason") != "http_error" {
		t.Errorf("retry headers = %v, %v", first.header, second.header)
	}
	outer, err := slackevents.ParseEvent(json.RawMessage(second.body), slackevents.OptionNoVerifyToken())
	if err != nil || outer.InnerEvent.Data.(*slackevents.MessageEvent).Text != "over http" || first.body != second.body {
		t.Errorf("event = %s, %v", second.body, err)
	}
	if _, _, err := api.StartSocketModeContext(ctx(t)); err == nil {
		t.Error("Socket Mode opened for an app with a request URL")
	}
}

func TestInteractionsAndCommandsOverHTTPAreForms(t *testing.T) {
	url, got := httpApp(t, func(string) (int, string) { return 200, "" })
	srv, api := start(t, func(cfg *slackserver.Config) {
		cfg.Apps[0].EventsURL = url
		cfg.Apps[0].Events = nil
	})
	_, ts, err := api.PostMessageContext(ctx(t), slackserver.DemoChannel, slack.MsgOptionBlocks(card()...))
	if err != nil {
		t.Fatal(err)
	}
	maya := srv.As(slackserver.DemoMaya)
	if err := maya.Select(ctx(t), slackserver.DemoChannel, ts, "status", "Resolved"); err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest(http.MethodPost, "/", stringBody(receive(t, got).body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cb := must(slack.InteractionCallbackParse(r))(t)
	if a := cb.ActionCallback.BlockActions[0]; a.SelectedOption.Value != "resolved" || a.ActionID != "status" {
		t.Errorf("action = %+v", a)
	}
	if err := maya.Command(ctx(t), slackserver.DemoChannel, "/desk", "help me"); err != nil {
		t.Fatal(err)
	}
	r, _ = http.NewRequest(http.MethodPost, "/", stringBody(receive(t, got).body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cmd := must(slack.SlashCommandParse(r))(t); cmd.Command != "/desk" || cmd.Text != "help me" || cmd.TriggerID == "" {
		t.Errorf("command = %+v", cmd)
	}
}

func TestPressRefusesWhatIsNotOnTheScreen(t *testing.T) {
	srv, api := start(t)
	_, ts, err := api.PostMessageContext(ctx(t), slackserver.DemoChannel, slack.MsgOptionBlocks(card()...))
	if err != nil {
		t.Fatal(err)
	}
	maya := srv.As(slackserver.DemoMaya)
	if err := maya.Press(ctx(t), slackserver.DemoChannel, ts, "approve"); !errors.Is(err, slackserver.ErrNoSuchElement) {
		t.Errorf("missing button: %v", err)
	}
	if err := maya.Press(ctx(t), slackserver.DemoChannel, ts, "reply", "99"); !errors.Is(err, slackserver.ErrNoSuchElement) {
		t.Errorf("missing value: %v", err)
	}
	if err := maya.Select(ctx(t), slackserver.DemoChannel, ts, "status", "exploded"); !errors.Is(err, slackserver.ErrBadValue) {
		t.Errorf("missing option: %v", err)
	}
	if err := srv.As("U0NOBODY").Press(ctx(t), slackserver.DemoChannel, ts, "reply"); !errors.Is(err, slackserver.ErrNotVisible) {
		t.Errorf("stranger: %v", err)
	}
}
