// Package tickets holds the tickets of a tenant, their comments and history, and the people who ask.
//
// Reads are functions over a tenant.Tx. Every change goes through a Desk: it writes the rows, the history
// event that says who, when, from, to and by which way, and tells the listeners, all in the caller's
// transaction. So whatever follows from a change (a card in Slack, a mail, a draft) is queued exactly when
// the change is made.
//
// A ticket is open, then in-progress (first answer or assignment), resolved (a member's word) and closed
// (after a time set per tenant). A customer who writes to a resolved ticket reopens it; a closed ticket
// stays closed, and the mail opens a new one that follows it.
package tickets
