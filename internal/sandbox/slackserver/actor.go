package slackserver

import (
	"context"
	"fmt"
	"slices"
)

// An Actor does what a person can do in the Slack client, and nothing that a person could not.
//
// Acts that an app has to answer (Press, Select, Submit, Command …) return when it has acknowledged;
// ErrNotAcknowledged, ErrNotConnected or the error of the context say that it has not. ErrNotVisible,
// ErrNoSuchElement and ErrBadValue refuse what is not on the screen.
type Actor struct {
	s    *Server
	user string
}

// As is the person with the user id. An unknown id makes every act fail with ErrNotVisible.
func (s *Server) As(userID string) *Actor { return &Actor{s, userID} }

// Press presses a button of a message, an ephemeral one included. Of several with the action id the
// first is meant, or the first with the value.
func (a *Actor) Press(ctx context.Context, channel, ts, actionID string, value ...string) error {
	return a.useOnMessage(ctx, channel, ts, "", actionID, value)
}

// Select chooses in a menu, overflow menu, radio or checkbox group or date picker of a message: values
// are option values (or their visible text), user ids or dates. No value clears.
func (a *Actor) Select(ctx context.Context, channel, ts, actionID string, values ...string) error {
	return a.useOnMessage(ctx, channel, ts, "", actionID, values)
}

func (a *Actor) useOnMessage(ctx context.Context, channel, ts, block, action string, values []string) error {
	d, err := a.use(func() (surface, error) { return a.s.onMessage(a.user, channel, ts) }, block, action, values)
	if err != nil {
		return err
	}
	_, err = a.s.await(ctx, d)
	return err
}

func (a *Actor) use(where func() (surface, error), block, action string, values []string) (*delivery, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	sf, err := where()
	if err != nil {
		return nil, err
	}
	f, err := pick(sf.blocks(), block, action, values)
	if err != nil {
		return nil, err
	}
	return a.s.used(sf, f, values)
}

// Say writes a message into a channel or, with threadTS, into a thread, and returns its ts. The text is
// what a person types: names picked from the list are written as <@U…>, <#C…> or <!channel>, the rest is
// escaped as a client does.
func (a *Actor) Say(channel, threadTS, text string) (ts string, err error) {
	return a.Upload(channel, threadTS, text)
}

// An Attachment is a file that a person sends.
type Attachment struct {
	Name    string
	Content []byte
}

// Upload is Say with files.
func (a *Actor) Upload(channel, threadTS, text string, files ...Attachment) (ts string, err error) {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	t, r := s.locate(channel)
	if r == nil || t.users[a.user] == nil || !r.has(a.user) {
		return "", fmt.Errorf("channel %s: %w", channel, ErrNotVisible)
	}
	m := &Message{Team: t.ID, Channel: channel, User: a.user, Text: typed(text), ClientMsgID: secret(16)}
	if threadTS != "" {
		root := r.byTS[threadTS]
		if root == nil || root.IsReply() {
			return "", fmt.Errorf("thread %s: %w", threadTS, ErrNotVisible)
		}
		m.ThreadTS = threadTS
	}
	if m.Text != "" {
		m.Blocks = richText(m.Text, s.shortID())
	}
	if len(files) == 0 {
		s.post(r, m)
		return m.TS, nil
	}
	m.Subtype = "file_share"
	var ups []*upload
	for _, f := range files {
		u := s.newUpload(t, a.user, f.Name)
		u.Content, u.Size, u.sent = slices.Clone(f.Content), len(f.Content), true
		ups = append(ups, u)
	}
	s.share(r, m, ups)
	return m.TS, nil
}

// mine finds a message the person wrote. The caller holds mu.
func (a *Actor) mine(channel, ts string) (*room, *Message, error) {
	sf, err := a.s.onMessage(a.user, channel, ts)
	if err != nil {
		return nil, nil, err
	}
	if sf.msg.User != a.user || sf.msg.Ephemeral != "" {
		return nil, nil, fmt.Errorf("message %s is not one's own: %w", ts, ErrNotVisible)
	}
	return sf.room, sf.msg, nil
}

// Edit changes the text of one's own message.
func (a *Actor) Edit(channel, ts, text string) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	r, m, err := a.mine(channel, ts)
	if err != nil {
		return err
	}
	old := a.s.wire(m, true)
	m.Text = typed(text)
	m.Blocks = richText(m.Text, a.s.shortID())
	m.Edited = a.s.newTS()
	a.s.changedMessage(r, m, old)
	return nil
}

// Delete deletes one's own message.
func (a *Actor) Delete(channel, ts string) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	r, m, err := a.mine(channel, ts)
	if err != nil {
		return err
	}
	a.s.remove(r, m)
	return nil
}

// React adds a reaction by its name without colons; Unreact takes it away.
func (a *Actor) React(channel, ts, name string) error { return a.react(channel, ts, name, true) }

// Unreact takes one's reaction away.
func (a *Actor) Unreact(channel, ts, name string) error { return a.react(channel, ts, name, false) }

func (a *Actor) react(channel, ts, name string, add bool) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	sf, err := a.s.onMessage(a.user, channel, ts)
	if err != nil {
		return err
	}
	if sf.msg.Ephemeral != "" || !emojiName.MatchString(name) {
		return fmt.Errorf("reaction %q on %s: %w", name, ts, ErrBadValue)
	}
	return a.s.react(sf.room, sf.msg, a.user, name, add)
}

// Dismiss takes an ephemeral message off one's screen.
func (a *Actor) Dismiss(channel, ts string) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	sf, err := a.s.onMessage(a.user, channel, ts)
	if err != nil {
		return err
	}
	if sf.msg.Ephemeral == "" {
		return fmt.Errorf("message %s is not ephemeral: %w", ts, ErrNotVisible)
	}
	a.s.takeAway(sf.room, sf.msg)
	return nil
}

// Join enters a public channel.
func (a *Actor) Join(channel string) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	t, r := a.s.locate(channel)
	if r == nil || t.users[a.user] == nil || r.Private || r.im != "" {
		return fmt.Errorf("channel %s: %w", channel, ErrNotVisible)
	}
	if !r.has(a.user) {
		a.s.join(t, r, a.user)
	}
	return nil
}

// Direct is the id of the direct conversation between the person and an app, which is made if need be.
func (a *Actor) Direct(appID string) (channel string, err error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	t, u := a.s.person(a.user)
	ap := a.s.apps[appID]
	if u == nil || ap == nil || ap.installs[t.ID] == nil {
		return "", fmt.Errorf("app %s: %w", appID, ErrNotVisible)
	}
	return a.s.direct(t, a.user, ap.installs[t.ID].BotUserID).ID, nil
}
