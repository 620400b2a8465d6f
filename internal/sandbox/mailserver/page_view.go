package mailserver

import (
	"net/http"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
)

// The shapes of the page's JSON.
type (
	accountView struct {
		Address string `json:"address"`
		Name    string `json:"name"`
		Unread  int    `json:"unread"`
	}
	personView struct {
		Name    string `json:"name"`
		Address string `json:"address"`
	}
	conversationView struct {
		ID          string    `json:"id"`
		Subject     string    `json:"subject"`
		People      []string  `json:"people"`
		Snippet     string    `json:"snippet"`
		Date        time.Time `json:"date"`
		Unread      int       `json:"unread"`
		Count       int       `json:"count"`
		Attachments bool      `json:"attachments"`
	}
	messageView struct {
		ID          string           `json:"id"`
		Mine        bool             `json:"mine"`
		From        personView       `json:"from"`
		To          []personView     `json:"to"`
		Cc          []personView     `json:"cc"`
		ReplyTo     []personView     `json:"reply_to"`
		Date        time.Time        `json:"date"`
		Unread      bool             `json:"unread"`
		Snippet     string           `json:"snippet"`
		Text        string           `json:"text"`
		Quoted      string           `json:"quoted"`
		HTML        bool             `json:"html"`
		Remote      bool             `json:"remote_pictures"`
		Attachments []attachmentView `json:"attachments"`
	}
	attachmentView struct {
		N    int    `json:"n"`
		Name string `json:"name"`
		Type string `json:"type"`
		Size int    `json:"size"`
	}
)

func (p page) listAccounts(w http.ResponseWriter, _ *http.Request) {
	views := []accountView{}
	for _, addr := range p.server.order {
		a := p.server.accounts[addr]
		if a.Kind == Customer {
			unread, _ := p.server.unread(a)
			views = append(views, accountView{Address: a.Address, Name: a.display(), Unread: unread})
		}
	}
	writeJSON(w, http.StatusOK, views)
}

func (a *account) display() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Address
}

func (p page) listConversations(w http.ResponseWriter, r *http.Request, a *account) {
	name := inbox
	if strings.EqualFold(r.URL.Query().Get("folder"), sent) {
		name = sent
	}
	views := []conversationView{}
	for _, c := range p.server.conversations(a) {
		if c.has(name) {
			views = append(views, c.view(a))
		}
	}
	writeJSON(w, http.StatusOK, views)
}

func (c conversation) view(a *account) conversationView {
	last := c.latest()
	v := conversationView{
		ID:      c[0].key(),
		Subject: c[0].subject,
		Snippet: snippet(last.letter),
		Date:    last.at,
		Unread:  c.unread(),
		Count:   len(c),
	}
	seen := make(map[string]bool)
	for _, p := range c {
		name := person(p.sender()).Name
		switch {
		case p.folder.name == sent && len(c) == 1 && len(p.to) > 0:
			name = "To: " + person(p.to[0]).Name
		case strings.EqualFold(p.sender().Address, a.Address):
			name = "me"
		}
		if !seen[name] {
			seen[name] = true
			v.People = append(v.People, name)
		}
		v.Attachments = v.Attachments || len(p.files()) > 0
	}
	return v
}

func (p page) showConversation(w http.ResponseWriter, r *http.Request, a *account) {
	c, _, ok := p.find(a, r.PathValue("id"))
	if !ok {
		refusePage(w, http.StatusNotFound, "This conversation is gone.")
		return
	}
	views := make([]messageView, 0, len(c))
	for _, m := range c {
		views = append(views, m.view(a))
	}
	writeJSON(w, http.StatusOK, map[string]any{"id": c[0].key(), "subject": c[0].subject, "messages": views})
}

func (p post) view(a *account) messageView {
	own, quoted := splitQuote(p.plain())
	return messageView{
		ID:          p.key(),
		Mine:        strings.EqualFold(p.sender().Address, a.Address),
		From:        person(p.sender()),
		To:          persons(p.to),
		Cc:          persons(p.cc),
		ReplyTo:     persons(p.answerTo()),
		Date:        p.at,
		Unread:      p.unread,
		Snippet:     snippet(p.letter),
		Text:        own,
		Quoted:      quoted,
		HTML:        p.html != "",
		Remote:      remotePictures(p.html),
		Attachments: p.files(),
	}
}

// files are the parts that are not pictures inside the text.
func (l *letter) files() []attachmentView {
	views := []attachmentView{}
	for n, part := range l.parts {
		if part.contentID != "" && strings.Contains(l.html, "cid:"+part.contentID) {
			continue
		}
		views = append(views, attachmentView{N: n, Name: part.name, Type: part.contentType, Size: len(part.data)})
	}
	return views
}

func snippet(l *letter) string {
	own, _ := splitQuote(l.plain())
	words := []rune(strings.Join(strings.Fields(own), " "))
	return string(words[:min(len(words), 160)])
}

func person(a *mail.Address) personView {
	v := personView{Name: a.Name, Address: a.Address}
	if v.Name == "" {
		v.Name = a.Address
	}
	return v
}

func persons(list []*mail.Address) []personView {
	views := make([]personView, 0, len(list))
	for _, a := range list {
		views = append(views, person(a))
	}
	return views
}
