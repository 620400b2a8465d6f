// Package mail reads mail as it really is (RFC 5322, RFC 2045 and what programs make of them): it says what stands in a
// message, and nothing about what that means. It never fails: what cannot be read is left out, a part that ends too
// early is kept as far as it goes, and a wrong charset or encoding is guessed. What it costs is bounded by limits on depth,
// parts and header, and by a Patience.
package mail
