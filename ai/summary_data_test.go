package ai

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// testData opens a file of the public data sets, or skips the test where they are not there.
func testData(t *testing.T, name string) *os.File {
	t.Helper()
	root := os.Getenv("CUSTOMERDESK_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no data sets at %s (set CUSTOMERDESK_TESTDATA)", root)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestBuiltinSummaryOfMailThreadsCarriesTheirContent(t *testing.T) {
	lines := bufio.NewScanner(testData(t, "threads/threads.jsonl"))
	lines.Buffer(nil, 1<<24)
	var total float64
	n := 0
	for lines.Scan() {
		var thread struct {
			Subject string
			Turns   []struct{ Speaker, Text string }
			Refs    []string `json:"abstractive"`
		}
		if err := json.Unmarshal(lines.Bytes(), &thread); err != nil {
			t.Fatal(err)
		}
		turns := make([]turn, len(thread.Turns))
		for i, s := range thread.Turns {
			turns[i] = turn{name: s.Speaker, customer: s.Speaker == thread.Turns[0].Speaker, text: s.Text}
		}
		total += contentF1(summarise(thread.Subject, turns, summaryWords), thread.Refs)
		n++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("content-F1 %.3f over %d threads", total/float64(n), n)
	if total/float64(n) < 0.20 {
		t.Errorf("content-F1 %.3f, want at least .20", total/float64(n))
	}
}
