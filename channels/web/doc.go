// Package web has the customers' pages: what the signed links in mails open.
//
// A link lets whoever has it do one thing on one ticket in the name of one person, until it expires. Its signature is all
// that counts: there are no cookies and no sessions, so no other site can make a browser do anything. Opening a page
// changes nothing, since mail scanners open every link; only the form on it does. The pages need no scripts, load
// nothing, and may not be framed.
package web
