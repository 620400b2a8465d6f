// Package oauth gets access tokens for mailboxes (RFC 6749): once with a person's consent, by authorisation code with
// PKCE (RFC 7636, RFC 8252) or on another device (RFC 8628), or without one, by client credentials or a service
// account's key (RFC 7523). What is to be kept is a [Grant]; it never shows its secrets in text.
package oauth
