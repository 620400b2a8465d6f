// Package workspace keeps which Slack workspaces a tenant is connected to, with which app, tokens and channels, and
// connects, checks and disconnects them.
//
// What must be known before a tenant is, namely whose workspace a delivery comes from, stands in the routing
// table slack_workspaces, which holds ids alone. Tokens are encrypted.
//
// A ticket's card lives in one channel of one workspace. Rules say which, by mailbox and priority; without one it
// is the own channel of the workspace that was connected first, which takes turns with the channels that were added
// for any ticket. Where it was posted it stays.
package workspace
