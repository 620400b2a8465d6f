package webapi

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	slackapi "github.com/slack-go/slack"
)

// CallTimeout is how long one call of Slack's may take.
const CallTimeout = 10 * time.Second

// NewHTTPClient makes the client for all calls; its idle connections are the caller's to close.
func NewHTTPClient(timeout time.Duration) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: t, Timeout: timeout}
}

// New makes a client for a workspace's bot. An empty url is Slack's own.
func New(hc *http.Client, url, botToken string, more ...slackapi.Option) *slackapi.Client {
	opts := []slackapi.Option{slackapi.OptionHTTPClient(hc)}
	if url != "" {
		opts = append(opts, slackapi.OptionAPIURL(WithSlash(url)))
	}
	return slackapi.New(botToken, append(opts, more...)...)
}

// WithSlash ends an address with a slash; the empty one stays empty.
func WithSlash(url string) string {
	if url != "" && url[len(url)-1] != '/' {
		return url + "/"
	}
	return url
}

// An Outcome is what is known after a call.
type Outcome int

const (
	Done    Outcome = iota
	Limited         // Slack asks to come back later; nothing was done
	Refused         // Slack said no; nothing was done
	Unsent          // the request did not reach Slack
	Unknown         // the answer was lost: it may have been done
)

// Judge tells what an error of a call means, and how long Slack asks to wait.
func Judge(err error) (Outcome, time.Duration) {
	var rate *slackapi.RateLimitedError
	var status slackapi.StatusCodeError
	var api slackapi.SlackErrorResponse
	var op *net.OpError
	switch {
	case err == nil:
		return Done, 0
	case errors.As(err, &rate):
		return Limited, rate.RetryAfter
	case errors.As(err, &status):
		if status.Code >= 500 {
			return Unknown, 0
		}
		return Refused, 0
	case errors.As(err, &api):
		switch api.Err {
		case "ratelimited", "rate_limited", "message_limit_exceeded":
			return Limited, time.Minute
		case "fatal_error", "internal_error", "service_unavailable", "request_timeout":
			// Slack's pages say of these that some of the work may have been done.
			return Unknown, 0
		}
		return Refused, 0
	case errors.As(err, &op) && op.Op == "dial":
		return Unsent, 0
	}
	return Unknown, 0
}

// ErrorName is Slack's name of an error, or empty.
func ErrorName(err error) string {
	var api slackapi.SlackErrorResponse
	if errors.As(err, &api) {
		return api.Err
	}
	return ""
}

// Cure says in one line what an error means for the workspace and what to do about it; empty where it is
// no matter of settings and passes by itself.
func Cure(err error, channel string) string {
	const again = "run `customerdesk slack connect` again with the tokens of the app's pages (OAuth & Permissions, Basic Information)"
	switch name := ErrorName(err); name {
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
