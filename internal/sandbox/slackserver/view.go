package slackserver

import (
	"maps"
	"slices"
	"strconv"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

// maxStack is how many modals may lie on one another.
const maxStack = 3

// A View is a modal or the Home tab of one person. Values handed out are copies whose JSON parts must
// not be changed.
type View struct {
	ID              string
	Team            string
	User            string
	App             string
	Type            string // modal or home
	CallbackID      string
	ExternalID      string
	PrivateMetadata string
	Hash            string
	RootID          string
	PreviousID      string // the modal below
	Title           string
	Submit          string // label of the submit button; empty: none
	Close           string
	ClearOnClose    bool
	NotifyOnClose   bool
	Blocks          []any
	Values          Object            // state.values: block id, action id, value
	Errors          map[string]string // by block id, as the app answered the last submission

	raw Object // title, submit and close as sent
}

// VisibleText is everything a person reads in the view, one line for each text.
func (v View) VisibleText() string {
	m := Message{Blocks: v.Blocks}
	return v.Title + "\n" + m.VisibleText()
}

// Actions lists the action ids of the elements, in order.
func (v View) Actions() []string { return actionIDs(v.Blocks) }

func (v *View) copy() View {
	c := *v
	c.Values = clone(v.Values)
	c.Errors = maps.Clone(v.Errors)
	return c
}

// apply takes over a validated view object; inputs that stay keep what was entered.
func (s *Server) apply(v *View, body Object) {
	v.raw = Object{}
	for _, k := range []string{"title", "submit", "close"} {
		if o := object(body[k]); o != nil {
			v.raw[k] = clone(o)
		}
	}
	text := func(k string) string { return str(object(v.raw[k])["text"]) }
	v.Title, v.Submit, v.Close = text("title"), text("submit"), text("close")
	v.CallbackID, v.ExternalID, v.PrivateMetadata = str(body["callback_id"]), str(body["external_id"]), str(body["private_metadata"])
	v.ClearOnClose, _ = body["clear_on_close"].(bool)
	v.NotifyOnClose, _ = body["notify_on_close"].(bool)
	v.Blocks = clone(list(body["blocks"]))
	blockkit.Complete(v.Blocks, s.shortID)
	v.Values = initialValues(v.Blocks, v.Values)
	v.Errors = nil
	v.Hash = strconv.FormatInt(s.clock().Unix(), 10) + "." + secret(4)
}

// wireView is the view as Slack's JSON has it.
func (s *Server) wireView(v *View) Object {
	o := Object{
		"id": v.ID, "team_id": v.Team, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "external_id": v.ExternalID, "state": Object{"values": clone(v.Values)}, "hash": v.Hash,
		"clear_on_close": v.ClearOnClose, "notify_on_close": v.NotifyOnClose, "root_view_id": v.RootID,
		"previous_view_id": nilIfEmpty(v.PreviousID), "app_id": v.App, "app_installed_team_id": v.Team,
		"title": v.raw["title"], "submit": v.raw["submit"], "close": v.raw["close"],
	}
	if a := s.apps[v.App]; a != nil && a.installs[v.Team] != nil {
		o["bot_id"] = a.installs[v.Team].BotID
	}
	return o
}

// top is the uppermost modal of a person; nil if none is open. The caller holds mu.
func (s *Server) top(user string) *View {
	stack := s.stacks[user]
	if len(stack) == 0 {
		return nil
	}
	return s.views[stack[len(stack)-1]]
}

// openView puts a new modal on a person's screen. The caller holds mu.
func (s *Server) openView(t *trigger, body Object, push bool) *View {
	v := &View{ID: s.newID("V"), Team: t.team, User: t.user, App: t.app, Type: "modal"}
	v.RootID = v.ID
	if below := s.top(t.user); push && below != nil {
		v.RootID, v.PreviousID = below.RootID, below.ID
	} else {
		s.closeAll(t.user)
	}
	s.apply(v, body)
	s.views[v.ID] = v
	s.stacks[t.user] = append(s.stacks[t.user], v.ID)
	s.touch(change{Kind: "view", User: t.user})
	return v
}

// closeTop takes the uppermost modal away.
func (s *Server) closeTop(user string) {
	if v := s.top(user); v != nil {
		delete(s.views, v.ID)
		s.stacks[user] = s.stacks[user][:len(s.stacks[user])-1]
		s.touch(change{Kind: "view", User: user})
	}
}

func (s *Server) closeAll(user string) {
	for s.top(user) != nil {
		s.closeTop(user)
	}
}

// externalTaken tells whether another view of the workspace has the external id.
func (s *Server) externalTaken(team, id, except string) bool {
	if id == "" {
		return false
	}
	for _, v := range s.views {
		if v.Team == team && v.ExternalID == id && v.ID != except {
			return true
		}
	}
	return false
}

// isTop tells whether the view is on the screen.
func (s *Server) isTop(v *View) bool {
	stack := s.stacks[v.User]
	return len(stack) > 0 && slices.Index(stack, v.ID) == len(stack)-1
}
