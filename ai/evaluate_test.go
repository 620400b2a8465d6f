package ai_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/customerdesk/customerdesk/ai"
)

func TestEvaluationMeasuresWhatTheFolderHasAndLeavesNothing(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	dir := fstest.MapFS{
		"kb.jsonl": {Data: []byte(`{"id":"a","title":"Resetting a password","body":"Press Forgot password on the page where you sign in."}
{"id":"b","title":"Refunds","body":"The money arrives within five working days."}
`)},
		"queries.jsonl": {Data: []byte(`{"question":"I forgot my password, how do I reset it?","relevant":["a"],"answer":"Press Forgot password on the sign in page."}
{"question":"refunds: when does the money arrive?","relevant":["b"]}
{"question":"do zebras sleep?","relevant":[]}
`)},
	}
	e, err := w.ai.Evaluate(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if e.N != 3 || e.Model != ai.Builtin || *e.HitAt1 != 1 || *e.HitAt5 != 1 || *e.MRRAt10 != 1 || *e.AUROC != 1 || *e.ReplyF1 < 0.3 || e.SummaryF1 != nil {
		t.Errorf("evaluation = %+v", e)
	}
	if i := e.Intervals["hit_at_1"]; i != [2]float64{1, 1} {
		t.Errorf("interval %v", i)
	}
	var n int
	if err := w.db.Service.QueryRow(t.Context(), `SELECT count(*) FROM routing.tenants`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d tenants are left, %v", n, err)
	}
	if _, err := w.ai.Evaluate(t.Context(), fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "kb.jsonl") {
		t.Errorf("an empty folder: %v", err)
	}
	dir["queries.jsonl"] = &fstest.MapFile{Data: []byte("{\n")}
	if _, err := w.ai.Evaluate(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "queries.jsonl, line 1") {
		t.Errorf("a broken file: %v", err)
	}
}
