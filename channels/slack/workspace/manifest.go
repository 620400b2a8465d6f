package workspace

import (
	"encoding/json"
	"fmt"
)

// Scopes are what the bot token must be allowed (https://docs.slack.dev/reference/scopes), each with the
// reason.
func Scopes() []string {
	return []string{
		"channels:history",      // hear notes typed in threads, find a post whose answer was lost
		"channels:join",         // join the channel that is named
		"channels:read",         // find the channel by name
		"chat:write",            // cards, threads, private messages
		"files:read",            // files that go along with an answer
		"groups:history",        // the same in private channels
		"groups:read",           //
		"metadata.message:read", // recognise our own posts
		"reactions:read",        // hear the envelope that sends a note
		"reactions:write",       // acknowledge a note
		"users:read",            // who pressed a button
		"users:read.email",      // and which support member that is
	}
}

// Events are the subscriptions (https://docs.slack.dev/reference/events).
func Events() []string {
	return []string{"app_home_opened", "app_uninstalled", "message.channels", "message.groups", "reaction_added", "tokens_revoked"}
}

// Manifest is the app's description, as it is pasted when the app is made at Slack
// (https://docs.slack.dev/reference/app-manifest). deploy/slack-manifest.json holds it.
func Manifest() ([]byte, error) {
	type object = map[string]any
	m := object{
		"display_information": object{
			"name":             "CustomerDesk",
			"description":      "Customer support by mail and Slack",
			"background_color": "#1f2d3d",
		},
		"features": object{
			"app_home": object{"home_tab_enabled": true, "messages_tab_enabled": false, "messages_tab_read_only_enabled": true},
			"bot_user": object{"display_name": "CustomerDesk", "always_online": true},
		},
		"oauth_config": object{"scopes": object{"bot": Scopes()}},
		"settings": object{
			"event_subscriptions":    object{"bot_events": Events()},
			"interactivity":          object{"is_enabled": true},
			"org_deploy_enabled":     false,
			"socket_mode_enabled":    true,
			"token_rotation_enabled": false,
		},
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the Slack manifest: %w", err)
	}
	return append(b, '\n'), nil
}
