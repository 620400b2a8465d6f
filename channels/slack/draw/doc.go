// Package draw draws what Slack shows: cards, threads, dialogs, the Home tab and notices, each from values that
// the caller has read. It reads and changes nothing.
//
// All text from outside is shown literally (rich text or plain text elements, or escaped), so that it can
// neither ping a channel nor pose as a link, and is folded to what Slack takes.
package draw
