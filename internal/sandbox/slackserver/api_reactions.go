package slackserver

import "regexp"

// emojiName is a shortcode without colons, skin tone allowed.
var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

func (c *call) reacted() (*room, *Message, error) {
	r, err := c.visible(c.arg("channel"))
	if err != nil {
		return nil, nil, err
	}
	if !r.has(c.token.install.BotUserID) {
		return nil, nil, fail("not_in_channel")
	}
	if c.arg("timestamp") == "" {
		return nil, nil, fail("no_item_specified")
	}
	m := r.byTS[c.arg("timestamp")]
	if m == nil {
		return nil, nil, fail("message_not_found")
	}
	return r, m, nil
}

func (c *call) react(add bool) (Object, error) {
	if !emojiName.MatchString(c.arg("name")) {
		return nil, fail("invalid_name")
	}
	r, m, err := c.reacted()
	if err != nil {
		return nil, err
	}
	return Object{}, c.s.react(r, m, c.token.install.BotUserID, c.arg("name"), add)
}

func reactionsAdd(c *call) (Object, error)    { return c.react(true) }
func reactionsRemove(c *call) (Object, error) { return c.react(false) }

func reactionsGet(c *call) (Object, error) {
	r, m, err := c.reacted()
	if err != nil {
		return nil, err
	}
	return Object{"type": "message", "channel": r.ID, "message": c.s.wire(m, false)}, nil
}
