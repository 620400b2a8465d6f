// Package slackserver is a stand-in for Slack: an HTTP server in this process that a real Slack client
// cannot tell from the real thing, a browser page on which a person can work in it by hand, and a Go
// API with which a test can press the same buttons.
//
// The promise: what passes here passes at Slack. So it validates what it gets as Slack does: tokens and
// their scopes, Block Kit limits (package blockkit), trigger ids that live for three seconds and once,
// view hashes, response URLs, rate limits. Where Slack's documentation is silent the stricter reading
// is taken.
//
// What it speaks:
//   - the Web API under /api/METHOD (https://docs.slack.dev/apis/web-api);
//   - Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode): hello, envelopes,
//     acknowledgement with payload, redelivery, disconnect, several connections;
//   - the Events API, interactivity and slash commands over HTTP with signed requests, for an app that
//     has an EventsURL (https://docs.slack.dev/authentication/verifying-requests-from-slack);
//   - response URLs, external file upload, OAuth v2;
//   - the page at / with its own JSON API below /page/.
//
// All state is in memory behind one mutex and is gone with the Server. Every change wakes WaitFor and
// the pages, so nobody polls. Time comes from Config.Clock; deadlines are looked at again whenever
// Tick is called and, with a real clock, when they pass.
//
// It serves loopback only: Start refuses any other address and the handler any other peer.
//
// Ids are plain strings, as on the wire and as in every Slack client library.
package slackserver
