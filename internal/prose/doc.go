// Package prose takes written language apart: into words, into the stems that search and summaries compare,
// and into sentences.
//
// All of it is plain computing on strings: no tables are loaded and nothing is kept between calls, so every
// function may be called by many goroutines at once. Input may be anything, valid UTF-8 or not.
package prose
