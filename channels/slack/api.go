package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	slackapi "github.com/slack-go/slack"
)

// metadataType marks our own posts; the payload has the row's id under metadataID.
const (
	metadataType = "customerdesk_post"
	metadataID   = "id"
)

// callTimeout is how long one call of Slack's may take.
const callTimeout = 10 * time.Second

// newHTTPClient makes the client for all calls; its idle connections are the caller's to close.
func newHTTPClient(timeout time.Duration) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: t, Timeout: timeout}
}

// client makes a client for a workspace's bot. An empty url is Slack's own.
func client(hc *http.Client, url, botToken string, more ...slackapi.Option) *slackapi.Client {
	opts := []slackapi.Option{slackapi.OptionHTTPClient(hc)}
	if url != "" {
		opts = append(opts, slackapi.OptionAPIURL(withSlash(url)))
	}
	return slackapi.New(botToken, append(opts, more...)...)
}

func withSlash(url string) string {
	if url != "" && url[len(url)-1] != '/' {
		return url + "/"
	}
	return url
}

// An outcome is what is known after a call.
type outcome int

const (
	done    outcome = iota
	limited         // Slack asks to come back later; nothing was done
	refused         // Slack said no; nothing was done
	unsent          // the request did not reach Slack
	unknown         // the answer was lost: it may have been done
)

// judge tells what an error of a call means, and how long Slack asks to wait.
func judge(err error) (outcome, time.Duration) {
	var rate *slackapi.RateLimitedError
	var status slackapi.StatusCodeError
	var api slackapi.SlackErrorResponse
	var op *net.OpError
	switch {
	case err == nil:
		return done, 0
	case errors.As(err, &rate):
		return limited, rate.RetryAfter
	case errors.As(err, &status):
		if status.Code >= 500 {
			return unknown, 0
		}
		return refused, 0
	case errors.As(err, &api):
		switch api.Err {
		case "ratelimited", "rate_limited", "message_limit_exceeded":
			return limited, time.Minute
		case "fatal_error", "internal_error", "service_unavailable", "request_timeout":
			// Slack's pages say of these that some of the work may have been done.
			return unknown, 0
		}
		return refused, 0
	case errors.As(err, &op) && op.Op == "dial":
		return unsent, 0
	}
	return unknown, 0
}

// slackError is Slack's name of an error, or empty.
func slackError(err error) string {
	var api slackapi.SlackErrorResponse
	if errors.As(err, &api) {
		return api.Err
	}
	return ""
}

// cure says in one line what an error means for the workspace and what to do about it; empty where it is
// no matter of settings and passes by itself.
func cure(err error, channel string) string {
	const again = "run `customerdesk slack connect` again with the tokens of the app's pages (OAuth & Permissions, Basic Information)"
	switch name := slackError(err); name {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
		return fmt.Sprintf("Slack refuses the bot token (%s): %s", name, again)
	case "not_allowed_token_type":
		return "a token of the wrong kind: --bot-token begins with xoxb-, --app-token with xapp-"
	case "missing_scope":
		var api slackapi.SlackErrorResponse
		errors.As(err, &api)
		return fmt.Sprintf("the bot token lacks the scope %s: add it under OAuth & Permissions (or paste deploy/slack-manifest.json under App Manifest), reinstall the app, then %s", api.Needed, again)
	case "channel_not_found":
		return fmt.Sprintf("the channel %s does not exist or the app cannot see it: if it is private, write `/invite @CustomerDesk` in it, else `customerdesk slack connect` with another --channel", channel)
	case "not_in_channel":
		return fmt.Sprintf("the app is not in the channel %s: write `/invite @CustomerDesk` in it", channel)
	case "is_archived":
		return fmt.Sprintf("the channel %s is archived: unarchive it, or `customerdesk slack connect` with another --channel", channel)
	case "restricted_action", "restricted_action_read_only_channel", "posting_to_channel_denied":
		return fmt.Sprintf("the workspace does not let the app post in %s (%s): allow it in the channel's posting permissions", channel, name)
	}
	return ""
}

// A laterError says that work cannot be done now and when to try again; nothing is wrong.
type laterError struct {
	after time.Duration
	why   string
}

func (e *laterError) Error() string { return fmt.Sprintf("later, in %s: %s", e.after, e.why) }

// patience waits in place for short times, so that a worker does not go back to the queue for them.
const patience = 1500 * time.Millisecond

// pass waits for one call within a budget, or returns a laterError where that takes long.
func (a *App) pass(ctx context.Context, b budget, l lane) error {
	for {
		wait := a.pace.take(b, l)
		if wait == 0 {
			return nil
		}
		if wait > patience {
			return &laterError{wait, "Slack's rate limit"}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
