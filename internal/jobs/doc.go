// Package jobs is the queue of background work: River on the service's own Postgres.
//
// A job is inserted in the transaction that causes it, so it exists exactly when its cause does. Arguments
// hold ids, never texts. Every worker may run twice. Queues keep kinds of work from waiting for each other:
// cards and answers never stand behind the AI.
package jobs
