// Package workspace keeps which Slack workspaces a tenant is connected to, with which app, tokens and channel, and
// connects, checks and disconnects them.
//
// What must be known before a tenant is, namely whose workspace a delivery comes from, stands in the routing
// table slack_workspaces, which holds ids alone. Tokens are encrypted.
package workspace
