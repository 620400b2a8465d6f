// Package mailtest has what the tests of all that reads mail share: real mail where it is there, and whether work on
// hostile input takes time in proportion to its length.
package mailtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Data is the folder of real data for development, by CUSTOMERDESK_TESTDATA or beside the source code. It may not
// exist.
func Data(t testing.TB) string {
	t.Helper()
	if root := os.Getenv("CUSTOMERDESK_TESTDATA"); root != "" {
		return root
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for at := dir; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return filepath.Join(at, "..", "shared", "data")
		}
	}
	t.Fatalf("no go.mod in or above %s", dir)
	return ""
}

// maxSeed is the size up to which a mail is a seed, in bytes: fuzzing of larger ones gets nowhere.
const maxSeed = 20 << 10

// Seed gives every fifth real mail to a fuzz target, where there is any.
func Seed(f *testing.F, add func([]byte)) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join(Data(f), "mail", "*", "*", "*.eml"))
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range files {
		if b, err := os.ReadFile(name); err == nil && i%5 == 0 && len(b) < maxSeed {
			add(b)
		}
	}
}

// Linear tells whether work on a text takes time in proportion to its length: eight times the text may take
// eight times as long, where a square would take 64 times. What is over within a second is no attack, and too
// short to be measured on a busy machine; the best of three counts, since others may need the processor.
func Linear(t *testing.T, text string, work func(string)) {
	t.Helper()
	took := func(s string) time.Duration {
		start := time.Now()
		work(s)
		return time.Since(start)
	}
	var short, long time.Duration
	for range 3 {
		short, long = took(text[:len(text)/8]), took(text)
		if long < time.Second || long < 30*short {
			return
		}
	}
	t.Errorf("an eighth took %v, the whole %v", short, long)
}
