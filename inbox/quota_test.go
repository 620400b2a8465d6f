package inbox

import (
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestFilesThatTakeUpTheirLimitAreToldOncePerCrossing(t *testing.T) {
	h := newHouse(t)
	other := houseIn(t, h.pool, "other")
	h.set("attachment_quota=1MB")
	fill := func(to int64) {
		h.in(func(tx tenant.Tx) error {
			if _, err := tx.Exec(t.Context(), `DELETE FROM blobs WHERE tenant_id = $1`, tx.Tenant()); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `INSERT INTO blobs (tenant_id, digest, size) VALUES ($1, sha256('a'), $2)`, tx.Tenant(), to)
			return err
		})
	}
	w := &QuotaWorker{Inbox: h.inbox}
	for _, step := range []struct {
		used  int64
		told  int // in all
		again bool
		level QuotaLevel
	}{
		{500_000, 0, false, QuotaFine}, {899_999, 0, false, QuotaFine}, {900_000, 1, false, QuotaClose}, {950_000, 1, false, QuotaClose},
		{870_000, 1, false, QuotaClose}, {1_000_000, 2, false, QuotaReached}, {1_500_000, 2, false, QuotaReached},
		{700_000, 3, true, QuotaFine}, {920_000, 4, false, QuotaClose},
	} {
		fill(step.used)
		h.now.advance(time.Minute)
		for range 2 {
			if err := w.Work(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if len(h.alerts) != step.told {
			t.Fatalf("at %d: told %d times, want %d", step.used, len(h.alerts), step.told)
		}
		if step.told == 0 {
			continue
		}
		if a := h.alert(); a.Quota() != step.level || a.Allowed != 1_000_000 {
			t.Errorf("at %d: %+v", step.used, a)
		}
		if n := len(h.alerts); n > 1 && (h.alerts[n-1].id == h.alerts[n-2].id) != step.again {
			t.Errorf("at %d: the notice is the last one: %v", step.used, !step.again)
		}
	}
	if len(other.alerts) != 0 {
		t.Error("another tenant was told")
	}
	h.set("attachment_quota=none")
	if err := w.Work(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if a := h.alert(); len(h.alerts) != 5 || a.Quota() != QuotaFine {
		t.Errorf("without a limit: told %d times, %+v", len(h.alerts), a)
	}
}
