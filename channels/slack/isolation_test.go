package slack

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Every query of this package, run as one tenant with the ids of another: nothing is found, nothing changes.
func TestQueriesStayWithinTheTenant(t *testing.T) {
	w := quietWorld(t, func(sc *slackserver.Config, _ *Config) { otherWorkspace(sc) })
	tk := w.mail("Ours", "words")
	w.ok(w.app.showCard(w.ctx(), Card{w.tenant, tk.ID.UUID}))
	ours := w.row(tk)
	other, ws := w.newTenant("other", "xoxb-other", "xapp-1-A0OTHER0000-other")
	now := time.Now()
	as := func(what string, fn func(tx tenant.Tx) (bool, error)) {
		t.Helper()
		w.ok(tenant.In(w.ctx(), w.db.Service, other, func(tx tenant.Tx) error {
			found, err := fn(tx)
			if found {
				t.Errorf("%s reaches another tenant's rows", what)
			}
			return err
		}))
	}
	as("messageOf", func(tx tenant.Tx) (bool, error) {
		_, found, err := messageOf(w.ctx(), tx, w.ws.TeamID, kindCard, tk.ID.UUID)
		return found, err
	})
	as("messageAt", func(tx tenant.Tx) (bool, error) {
		_, found, err := messageAt(w.ctx(), tx, ours.TeamID, ours.ChannelID, ours.TS)
		return found, err
	})
	as("messagesOf", func(tx tenant.Tx) (bool, error) {
		m, err := messagesOf(w.ctx(), tx, w.ws.TeamID, tk.ID)
		return len(m) > 0, err
	})
	as("cardLinks", func(tx tenant.Tx) (bool, error) {
		m, err := cardLinks(w.ctx(), tx, []uuid.UUID{tk.ID.UUID})
		return len(m) > 0, err
	})
	as("recordMessage", func(tx tenant.Tx) (bool, error) {
		_, news, found, err := recordMessage(w.ctx(), tx, ours.ID, "C", "1.2", now)
		return news || found, err
	})
	as("releaseMessage, setDigest, forgetTicket, setWorkspaceError", func(tx tenant.Tx) (bool, error) {
		news, err := workspace.SetError(w.ctx(), tx, w.ws.TeamID, "forged")
		return news, errors.Join(err, releaseMessage(w.ctx(), tx, ours.ID, *ours.PostingAt, nil), setDigest(w.ctx(), tx, ours.ID, []byte("forged")),
			forgetTicket(w.ctx(), tx, w.ws.TeamID, tk.ID.UUID))
	})
	as("readCard", func(tx tenant.Tx) (bool, error) {
		_, err := readCard(w.ctx(), tx, tk.ID)
		return err == nil, onlyNotFound(err)
	})
	as("threadSheets", func(tx tenant.Tx) (bool, error) {
		list, err := threadSheets(w.ctx(), tx, tk.ID, nil)
		return len(list) > 0, err
	})
	as("unshown and changedSince", func(tx tenant.Tx) (bool, error) {
		a, err := unshown(w.ctx(), tx, []workspace.Workspace{ws}, now.Add(time.Hour))
		if err != nil {
			return false, err
		}
		b, err := changedSince(w.ctx(), tx, now.Add(-time.Hour))
		return len(a)+len(b) > 0, err
	})
	as("workspaces", func(tx tenant.Tx) (bool, error) {
		list, err := workspace.All(w.ctx(), tx, w.box)
		return len(list) != 1 || list[0].TeamID != ws.TeamID, err
	})
	as("remove", func(tx tenant.Tx) (bool, error) { return false, w.ws.Remove(w.ctx(), tx) })
	w.in(func(tx tenant.Tx) error {
		fresh, err := firstDelivery(w.ctx(), tx, "d1", now)
		if !fresh {
			t.Error("a first delivery is not fresh")
		}
		return err
	})
	as("firstDelivery", func(tx tenant.Tx) (bool, error) {
		fresh, err := firstDelivery(w.ctx(), tx, "d1", now)
		return !fresh, err
	})
	if got := w.row(tk); got.TS != ours.TS || string(got.Digest) != string(ours.Digest) || got.PostingAt == nil {
		t.Errorf("the row changed from %+v to %+v", ours, got)
	}
	list, err := w.workspaces().List(w.ctx(), w.tenant)
	if err != nil || len(list) != 1 || list[0].LastError != "" {
		t.Errorf("workspaces %+v, %v", list, err)
	}
	if owner, err := workspace.Route(w.ctx(), w.db.Service, w.ws.AppID, w.ws.TeamID); err != nil || owner != w.tenant {
		t.Errorf("route leads to %s, %v", owner, err)
	}
}

func onlyNotFound(err error) error {
	if errors.Is(err, tickets.ErrNotFound) {
		return nil
	}
	return err
}
