// Command bench measures speed and memory of the whole service on a real Dovecot and a real Postgres that keeps what
// it has committed (fsync and synchronous_commit on), and prints each figure beside its goal.
//
// The service runs as a process of its own, so that its memory and processor time are its own: the built
// customerdesk where its workers are on, and this program again, wired as the service is, where they are off. The
// processor time of Postgres and Dovecot is that of all their processes. Slack is the sandbox's stand-in and
// answers from within this program, as do the SMTP server and the proxy that adds distance. Everything is on
// loopback, in a folder below the temporary one, and gone when the program ends.
//
// A goal that is missed does not fail the run; a mail that is lost, doubled or in a wrong ticket does, and so does
// whatever could not be measured.
//
//	go run ./internal/bench             everything, within ten minutes
//	go run ./internal/bench -quick      small numbers, to see that it works
//	go run ./internal/bench -only poll  one measurement; -help lists them
package main
