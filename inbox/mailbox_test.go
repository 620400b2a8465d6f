package inbox

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestAMailboxIsWatchedUntilPausedOrRemoved(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	watched := func() bool {
		list, err := Routes(ctx, h.pool)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(r WatchedRoute) bool { return r.Route == Route{Tenant: h.tenant, Mailbox: h.box1} })
	}
	if !watched() {
		t.Error("not watched after it was added")
	}
	h.in(func(tx tenant.Tx) error { return PauseMailbox(ctx, tx, h.box1, true) })
	if watched() {
		t.Error("watched while paused")
	}
	h.in(func(tx tenant.Tx) error { return PauseMailbox(ctx, tx, h.box1, false) })
	if !watched() {
		t.Error("not watched after it was resumed")
	}
	h.in(func(tx tenant.Tx) error {
		if _, err := AddMailbox(ctx, tx, h.box, NewMailbox{Mailbox: Mailbox{Address: "nonsense"}}); err == nil {
			t.Error("an address without a domain was added")
		}
		err := tx.Try(ctx, func(tx tenant.Tx) error {
			_, err := AddMailbox(ctx, tx, h.box, NewMailbox{Mailbox: Mailbox{Address: "Support@ACME.example"}})
			return err
		})
		if !errors.Is(err, ErrMailboxExists) {
			t.Errorf("the same address twice: %v", err)
		}
		return RemoveMailbox(ctx, tx, h.box1, h.now.Now())
	})
	if watched() {
		t.Error("watched after it was removed")
	}
	h.in(func(tx tenant.Tx) error {
		if _, err := MailboxByAddress(ctx, tx, "support@acme.example"); !errors.Is(err, ErrNoMailbox) {
			t.Errorf("the removed mailbox: %v", err)
		}
		if err := PauseMailbox(ctx, tx, h.box1, true); !errors.Is(err, ErrNoMailbox) {
			t.Errorf("pause of the removed mailbox: %v", err)
		}
		return nil
	})
	h.mailbox("support@acme.example") // the address is free again
}

func TestCredentialsAreEncryptedAndGivenBack(t *testing.T) {
	h := newHouse(t)
	h.in(func(tx tenant.Tx) error {
		var stored []byte
		if err := tx.QueryRow(t.Context(), `SELECT credentials FROM mailboxes WHERE tenant_id = $1`, h.tenant).Scan(&stored); err != nil {
			return err
		}
		if string(stored) == "secret" || len(stored) < 20 {
			t.Errorf("stored as %q", stored)
		}
		if err := SetMailboxCredentials(t.Context(), tx, h.box, h.box1, []byte("other")); err != nil {
			return err
		}
		got, err := MailboxCredentials(t.Context(), tx, h.box, h.box1)
		if string(got) != "other" {
			t.Errorf("given back as %q", got)
		}
		return err
	})
}

func TestACursorOnlyMovesForwardWithinOneUIDValidity(t *testing.T) {
	h := newHouse(t)
	r := Route{Tenant: h.tenant, Mailbox: h.box1}
	for _, step := range []struct{ save, want Cursor }{
		{Cursor{7, 10, 10}, Cursor{7, 10, 10}},
		{Cursor{7, 20, 10}, Cursor{7, 20, 10}},
		{Cursor{7, 15, 10}, Cursor{7, 20, 10}},
		{Cursor{8, 3, 3}, Cursor{8, 3, 3}},
		{Cursor{8, 4294967295, 3}, Cursor{8, 4294967295, 3}},
	} {
		if err := h.inbox.SaveCursor(t.Context(), r, "INBOX", step.save); err != nil {
			t.Fatal(err)
		}
		got, err := h.inbox.LoadCursor(t.Context(), r, "INBOX")
		if err != nil || got != step.want {
			t.Errorf("after %+v: %+v, %v", step.save, got, err)
		}
	}
	if got, err := h.inbox.LoadCursor(t.Context(), r, "Archive"); err != nil || got != (Cursor{}) {
		t.Errorf("a folder never looked into: %+v, %v", got, err)
	}
}

func TestAnOutageRaisesOneAlarmAndIsOverAfterAPoll(t *testing.T) {
	h := newHouse(t)
	var alarms []Outage
	cfg := h.inbox.cfg
	cfg.Alarm = func(_ context.Context, _ tenant.Tx, o Outage) error {
		alarms = append(alarms, o)
		return nil
	}
	in := New(cfg)
	r := Route{Tenant: h.tenant, Mailbox: h.box1}
	status := func() MailboxStatus {
		list, err := tenant.Get(t.Context(), h.pool, h.tenant, func(tx tenant.Tx) ([]MailboxStatus, error) { return Mailboxes(t.Context(), tx) })
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		return list[0]
	}
	if got := status(); got.State != "new" {
		t.Errorf("state %q before the first poll", got.State)
	}
	since := h.now.Now()
	steps := []func() error{
		func() error { return in.Polled(t.Context(), r, since, nil) },
		func() error { return in.Failed(t.Context(), r, since, "wrong password", nil) },
		func() error { return in.Failed(t.Context(), r, since.Add(time.Hour), "unreachable", nil) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	got := status()
	if got.State != "failing" || got.LastError != "unreachable" || got.FailingSince == nil || !got.FailingSince.Equal(since) || got.LastPollAt == nil {
		t.Errorf("status %+v", got)
	}
	if len(alarms) != 1 || alarms[0].Address != "support@acme.example" || alarms[0].Reason != "wrong password" {
		t.Errorf("alarms %+v", alarms)
	}
	if err := in.Polled(t.Context(), r, since, nil); err != nil {
		t.Fatal(err)
	}
	if got := status(); got.State != "active" || got.LastError != "" {
		t.Errorf("status %+v", got)
	}
	if err := in.Failed(t.Context(), r, since, "wrong password", nil); err != nil || len(alarms) != 2 {
		t.Errorf("a second outage raised %d alarms in all, %v", len(alarms), err)
	}
}

func TestMailboxListCountsWhatWasReceived(t *testing.T) {
	h := newHouse(t)
	other := houseIn(t, h.pool, "other")
	big := h.raw("")
	big.Body = nil
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")), big)
	if err := h.inbox.SaveCursor(t.Context(), Route{h.tenant, h.box1}, "INBOX", Cursor{7, 2, 0}); err != nil {
		t.Fatal(err)
	}
	h.in(func(tx tenant.Tx) error {
		list, err := Mailboxes(t.Context(), tx)
		if len(list) != 1 || list[0].Received != 2 || list[0].Quarantined != 1 || list[0].LastUID != 2 || list[0].UIDValidity != 7 {
			t.Errorf("%+v", list)
		}
		return err
	})
	other.in(func(tx tenant.Tx) error {
		list, err := Mailboxes(t.Context(), tx)
		if len(list) != 1 || list[0].Received != 0 {
			t.Errorf("the other tenant's: %+v", list)
		}
		return err
	})
}

func TestFoldersOfAMailboxAreSetAndTheirStatesKeptPerTenant(t *testing.T) {
	h := newHouse(t)
	other := houseIn(t, h.pool, "other")
	r := Route{h.tenant, h.box1}
	version := func() int64 {
		list, err := Routes(t.Context(), h.pool)
		if err != nil {
			t.Fatal(err)
		}
		return list[slices.IndexFunc(list, func(w WatchedRoute) bool { return w.Route == r })].Version
	}
	before := version()
	h.in(func(tx tenant.Tx) error {
		return SetMailboxFolders(t.Context(), tx, h.box1, []string{"inbox", "Support", "INBOX", " "})
	})
	if version() == before {
		t.Error("a running service does not learn of it")
	}
	if err := h.inbox.SaveCursor(t.Context(), r, "Support", Cursor{7, 2, 0}); err != nil {
		t.Fatal(err)
	}
	if err := h.inbox.Polled(t.Context(), r, h.now.Now(), []FolderState{{Folder: "INBOX", Problem: "gone\x00"}, {Folder: "Support", Note: "odd"}}); err != nil {
		t.Fatal(err)
	}
	h.in(func(tx tenant.Tx) error {
		m, err := MailboxByID(t.Context(), tx, h.box1)
		if m.Folder != "INBOX" || !slices.Equal(m.Folders, []string{"Support"}) {
			t.Errorf("folders %q and %q", m.Folder, m.Folders)
		}
		if err != nil {
			return err
		}
		list, err := Mailboxes(t.Context(), tx)
		want := []FolderStatus{
			{FolderState{Folder: "INBOX", Problem: list[0].Folders[0].Problem}, "failing", 0, 0},
			{FolderState{Folder: "Support", Note: "odd"}, "active", 7, 2},
		}
		if !slices.Equal(list[0].Folders, want) {
			t.Errorf("got %+v, want %+v", list[0].Folders, want)
		}
		return err
	})
	other.in(func(tx tenant.Tx) error {
		if err := SetMailboxFolders(t.Context(), tx, h.box1, []string{"Mine"}); !errors.Is(err, ErrNoMailbox) {
			t.Errorf("another tenant's mailbox: %v", err)
		}
		list, err := Mailboxes(t.Context(), tx)
		if len(list) != 1 || len(list[0].Folders) != 1 || list[0].Folders[0].State != "new" {
			t.Errorf("the other tenant's: %+v", list)
		}
		return err
	})
}
