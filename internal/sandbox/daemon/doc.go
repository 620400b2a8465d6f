// Package daemon starts and ends the real servers that tests run for themselves.
//
// Each leads a process group of its own, so that none of its children outlives it, and the kernel ends it in order
// when the test binary dies first.
package daemon
