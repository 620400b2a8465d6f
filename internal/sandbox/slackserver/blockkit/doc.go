// Package blockkit judges Block Kit JSON as Slack's servers do: which blocks a surface takes, which
// fields are required, how long a text may be, and in which words Slack refuses it.
//
// The rules follow https://docs.slack.dev/reference/block-kit and
// https://docs.slack.dev/reference/views. They stand in tables (blocks.go, elements.go, objects.go),
// one row a field, so that a change of Slack's is a change of one line. Where Slack's pages are silent
// the stricter reading wins: a message that passes here passes at Slack; a few exotic ones that Slack
// takes may be refused here (block types that Slack added for agents are not known at all).
//
// Input is decoded JSON: map[string]any, []any, string, bool, nil and json.Number or float64.
package blockkit
