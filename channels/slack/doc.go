// Package slack is the support members' desk: every ticket of a tenant is a card in its Slack channel, and
// all work on it is done there.
//
// # Outward
//
// What should be shown follows from the database: the card from the ticket, the thread below it from
// comments and suggestions. The jobs Card and Thread compare that with slack_messages, where each shown
// thing has its row, and post or update what differs. So a job may run twice, late, or on two instances at
// once, and an unchanged card costs no call.
//
// Slack's chat.postMessage has no idempotency key. A post is therefore claimed before it is made: its row
// gets posting_at, is committed, and its id travels in the message's metadata. An answer that is lost
// leaves the row claimed; then the event that Slack sends for our own message fills in its ts, or, if none
// comes within the grace time, the channel's history is searched once for the id before the message is
// posted again. A late event for a row that was posted again names a surplus message, which is deleted.
//
// # Inward
//
// One Socket Mode connection per app is supervised while Run runs; workspaces that are connected or
// disconnected meanwhile are noticed. The tenant of a delivery is looked up by the app of the connection
// and the workspace of the payload; ids in the payload are only ever used within that tenant's
// transactions, so a forged one finds nothing. A Slack user acts as the support member with the same
// address; anybody else gets a private message that says why nothing happened.
//
// Package draw draws what is shown, package workspace knows where, and package webapi how to call Slack.
package slack
