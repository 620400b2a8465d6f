// Package ai writes summaries of tickets and drafts of answers. It writes, and never sends: a draft becomes an
// answer only by a member's decision.
//
// The built-in writer needs no provider and no network. It takes the summary out of the thread's own sentences, and the
// draft out of published articles, each sentence with the number of the article it stands in; where the evidence is
// thin it says nothing but that the message came. With a provider (openai and what speaks its protocol, anthropic,
// ollama; by langchaingo) a model writes both from the same passages. What a model returns is treated as text from
// outside: markers of passages that do not exist, and links that no article has, are taken out. When a call fails, the
// built-in writer stands in. Every text names who wrote it, and why it was not the configured model.
//
// # How a draft lives
//
// A new ticket, and every word of a customer, queues one job. The job reads the ticket in one transaction, writes outside
// any, and stores in another, after it made sure that the customer has not written since. So the job may run any number of
// times, at once or again: a summary and a draft exist once for each last word of a customer.
//
// A draft is bound to the customer's last comment. A newer one, or a colleague's answer, makes it stale, and a stale
// one cannot be sent. Approving locks the ticket and then the draft, which is also the order in which a comment is
// added, so that of two people who approve at once one sends and the other is told who was first.
package ai
