// Package trim finds what a person wrote in a mail, without the history that mail programs append, and apart from
// signatures and legal footers. When in doubt it keeps.
package trim
