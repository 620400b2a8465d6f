package workspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Check looks whether everything that posting and hearing need is in order in each workspace: tokens, scopes, all
// channels. Each error is one line with its cure; none means all is well. ErrNotConnected where nothing is
// connected.
func (s Registry) Check(ctx context.Context, id tenant.ID) []error {
	var list []Workspace
	var rules []Rule
	err := tenant.In(ctx, s.Pool, id, func(tx tenant.Tx) (err error) {
		if list, err = All(ctx, tx, s.Box); err != nil {
			return err
		}
		rules, err = Rules(ctx, tx)
		return err
	})
	if err != nil {
		return []error{err}
	}
	if len(list) == 0 {
		return []error{ErrNotConnected}
	}
	hc := webapi.NewHTTPClient(webapi.CallTimeout)
	defer hc.CloseIdleConnections()
	var problems []error
	for _, w := range list {
		for _, err := range s.checkOne(ctx, hc, id, w, rules) {
			problems = append(problems, fmt.Errorf("workspace %s at Slack: %w", w.Team, err))
		}
	}
	return problems
}

func (s Registry) checkOne(ctx context.Context, hc *http.Client, id tenant.ID, w Workspace, rules []Rule) []error {
	if !w.Works() {
		return []error{errors.New(w.Trouble())}
	}
	now, err := s.Fresh(ctx, hc, id, w)
	if err != nil {
		return []error{err}
	}
	return now.check(ctx, webapi.New(hc, s.APIURL, now.BotToken.text, slackapi.OptionAppLevelToken(now.AppToken.text)), rules, s.Signed)
}

func (w Workspace) check(ctx context.Context, api *slackapi.Client, rules []Rule, signed bool) []error {
	var problems []error
	add := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	now, err := identify(ctx, api)
	if err != nil {
		return []error{err} // Nothing else can work.
	}
	if missing := now.MissingScopes(); len(missing) > 0 {
		add(fmt.Errorf("the scopes %s are missing: %s", strings.Join(missing, ", "), reauthorise))
	}
	switch {
	case w.AppToken.text != "":
		add(checkAppToken(ctx, api, w.AppID, w.AppToken.text))
	case !signed:
		add(errors.New("its app makes requests, which cannot be checked: set CUSTOMERDESK_SLACK_SIGNING_SECRET (the app's page Basic Information, Signing Secret)"))
	}
	if w.ChannelID == "" {
		add(errors.New("no channel was chosen yet: `customerdesk slack channel add CHANNEL`"))
	} else {
		add(checkChannel(ctx, api, w.ChannelID, w.Channel))
	}
	seen := []string{w.ChannelID}
	for _, r := range rules {
		if r.TeamID != w.TeamID || slices.Contains(seen, r.ChannelID) {
			continue
		}
		seen = append(seen, r.ChannelID)
		add(checkChannel(ctx, api, r.ChannelID, r.Channel))
	}
	return problems
}

func checkChannel(ctx context.Context, api *slackapi.Client, id, name string) error {
	ch, err := api.GetConversationInfoContext(ctx, &slackapi.GetConversationInfoInput{ChannelID: id})
	switch {
	case err != nil:
		return asked(err, "#"+name, "look up the channel")
	case ch.IsArchived:
		return errors.New(webapi.Cure(slackapi.SlackErrorResponse{Err: "is_archived"}, "#"+name))
	case !ch.IsMember:
		return errors.New(webapi.Cure(slackapi.SlackErrorResponse{Err: "not_in_channel"}, "#"+name))
	}
	return nil
}
