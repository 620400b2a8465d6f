// Package machine tells mail that programs send from what people write: auto-replies, bounces, reports, lists. Of a bounce
// it finds out which recipient did not get the mail, and why, whether or not it follows RFC 3464.
package machine
