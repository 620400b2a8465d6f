// Package architecture holds no code, only the tests that keep the house in the shape ARCHITECTURE.md draws: who
// may import whom, how long a file may be, and what no file may hold.
//
// The rules are a list of what is allowed, in rules_test.go. A package that the list does not know fails the tests,
// so that its place is decided when it is made. Every file counts, whatever its build tags.
package architecture
