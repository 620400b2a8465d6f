// Package install has the app added to Slack by a link: OAuth v2
// (https://docs.slack.dev/authentication/installing-with-oauth).
//
// An operator makes a link for a tenant. It is signed, ends after a while, and works once. Who opens it is sent on to
// Slack, which asks, and leads back with a code; that is exchanged for tokens, which are kept encrypted. Whatever goes
// wrong shows a page that says so, and changes nothing.
package install
