package slackserver

import "github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"

const maxViewBytes = 250_000

// viewArg reads and validates the argument view.
func (c *call) viewArg(kind blockkit.Surface) (Object, error) {
	if c.arg("view") == "" {
		return nil, missing("view")
	}
	if len(c.arg("view")) > maxViewBytes {
		return nil, fail("view_too_large")
	}
	v, err := c.json("view", "invalid_arguments")
	if err != nil {
		return nil, err
	}
	if problems := c.s.blocks.View(v, kind); len(problems) > 0 {
		return nil, blockProblems("invalid_arguments", problems)
	}
	return object(v), nil
}

func viewsOpen(c *call) (Object, error) {
	body, err := c.viewArg(blockkit.Modal)
	if err != nil {
		return nil, err
	}
	t, err := c.exchange()
	if err != nil {
		return nil, err
	}
	if c.s.externalTaken(t.team, str(body["external_id"]), "") {
		return nil, fail("duplicate_external_id")
	}
	t.used = true
	return Object{"view": c.s.wireView(c.s.openView(t, body, false))}, nil
}

func viewsPush(c *call) (Object, error) {
	body, err := c.viewArg(blockkit.Modal)
	if err != nil {
		return nil, err
	}
	t, err := c.exchange()
	if err != nil {
		return nil, err
	}
	switch {
	case t.view == "" || c.s.views[t.view] == nil:
		return nil, fail("not_found")
	case len(c.s.stacks[t.user]) >= maxStack:
		return nil, fail("push_limit_reached")
	case c.s.externalTaken(t.team, str(body["external_id"]), ""):
		return nil, fail("duplicate_external_id")
	}
	t.used = true
	return Object{"view": c.s.wireView(c.s.openView(t, body, true))}, nil
}

func viewsUpdate(c *call) (Object, error) {
	body, err := c.viewArg(blockkit.Modal)
	if err != nil {
		return nil, err
	}
	id, external := c.arg("view_id"), c.arg("external_id")
	if id == "" && external == "" {
		return nil, missing("view_id")
	}
	v := c.s.views[id]
	if id == "" {
		for _, o := range c.s.views {
			if o.Team == c.token.team.ID && o.ExternalID == external {
				v = o
			}
		}
	}
	switch {
	case v == nil || v.App != c.token.app.ID || v.Team != c.token.team.ID || v.Type != "modal":
		return nil, fail("not_found")
	case c.arg("hash") != "" && c.arg("hash") != v.Hash:
		return nil, fail("hash_conflict")
	case c.s.externalTaken(v.Team, str(body["external_id"]), v.ID):
		return nil, fail("duplicate_external_id")
	}
	c.s.apply(v, body)
	c.s.touch(change{Kind: "view", User: v.User})
	return Object{"view": c.s.wireView(v)}, nil
}

func viewsPublish(c *call) (Object, error) {
	body, err := c.viewArg(blockkit.Home)
	if err != nil {
		return nil, err
	}
	user := c.arg("user_id")
	if u := c.token.team.users[user]; u == nil || u.bot {
		return nil, fail("invalid_arguments", "[ERROR] user not found [json-pointer:/user_id]")
	}
	key := user + "/" + c.token.app.ID
	v := c.s.views[c.s.homes[key]]
	if v == nil {
		if c.arg("hash") != "" {
			return nil, fail("hash_conflict")
		}
		v = &View{ID: c.s.newID("V"), Team: c.token.team.ID, User: user, App: c.token.app.ID, Type: "home"}
		v.RootID = v.ID
		c.s.views[v.ID], c.s.homes[key] = v, v.ID
	} else if c.arg("hash") != "" && c.arg("hash") != v.Hash {
		return nil, fail("hash_conflict")
	}
	c.s.apply(v, body)
	c.s.touch(change{Kind: "home", User: user})
	return Object{"view": c.s.wireView(v)}, nil
}
