package slack

import (
	"strings"
	"testing"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func contains(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// testLog writes a log to a test's.
type testLog struct{ *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// otherWorkspace adds a second workspace with an app of its own.
func otherWorkspace(sc *slackserver.Config) {
	sc.Teams = append(sc.Teams, slackserver.Team{ID: "T0OTHER0000", Name: "Other", Domain: "other",
		Users:    []slackserver.User{{ID: "U0OTHERBOB0", Name: "bob", RealName: "Bob", Email: "bob@other.example"}},
		Channels: []slackserver.Channel{{ID: "C0OTHER0000", Name: "support", Members: []string{"U0OTHERBOB0"}}}})
	app := sc.Apps[0]
	app.ID, app.AppToken, app.ClientID = "A0OTHER0000", "xapp-1-A0OTHER0000-other", "other"
	app.Installs = []slackserver.Install{{TeamID: "T0OTHER0000", BotUserID: "U0OTHERBOT0", BotID: "B0OTHER0000", BotToken: "xoxb-other",
		Scopes: sc.Apps[0].Installs[0].Scopes, Installer: "U0OTHERBOB0"}}
	sc.Apps = append(sc.Apps, app)
}

// pressOn is somebody's press of a button or menu of a message.
func pressOn(m slackserver.Message, id, block, value, option string) press {
	return press{
		&slackapi.BlockAction{ActionID: id, BlockID: block, Value: value, SelectedOption: slackapi.OptionBlockObject{Value: option}},
		slackapi.InteractionCallback{TriggerID: "1.2.3", Container: slackapi.Container{ChannelID: m.Channel, MessageTs: m.TS}, User: slackapi.User{ID: maya}},
	}
}

func tenantComments(w *world, id tenant.ID, t tickets.Ticket) []tickets.Comment {
	list, err := tenant.Get(w.ctx(), w.db.Service, id, func(tx tenant.Tx) ([]tickets.Comment, error) { return tickets.Comments(w.ctx(), tx, t.ID) })
	w.ok(err)
	return list
}
