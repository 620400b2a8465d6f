package mailserver

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// A post is one mail in a conversation.
type post struct {
	folder *folder
	*message
	*letter
	unread bool
}

// key names a mail on the page: "inbox-12".
func (p post) key() string { return strings.ToLower(p.folder.name) + "-" + fmt.Sprint(p.uid) }

// A conversation is what hangs together by References, oldest first.
type conversation []post

func (c conversation) has(folderName string) bool {
	return slices.ContainsFunc(c, func(p post) bool { return p.folder.name == folderName })
}

func (c conversation) unread() int {
	n := 0
	for _, p := range c {
		if p.unread {
			n++
		}
	}
	return n
}

func (c conversation) latest() post { return c[len(c)-1] }

// conversations groups the account's inbox and sent mail, the latest conversation first.
func (s *Server) conversations(a *account) []conversation {
	posts := s.posts(a)
	byID := newForest()
	for i, p := range posts {
		node := fmt.Sprintf("\x00%d", i) // Never a Message-ID.
		for _, id := range append([]string{p.messageID}, p.references...) {
			if id != "" {
				byID.join(node, id)
			}
		}
	}
	groups := make(map[string]conversation)
	for i, p := range posts {
		root := byID.root(fmt.Sprintf("\x00%d", i))
		groups[root] = append(groups[root], p)
	}
	out := make([]conversation, 0, len(groups))
	for _, c := range groups {
		slices.SortFunc(c, byArrival)
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y conversation) int { return byArrival(y.latest(), x.latest()) })
	return out
}

func byArrival(x, y post) int { return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.nth, y.nth)) }

func (s *Server) posts(a *account) []post {
	s.mu.Lock()
	var posts []post
	for _, name := range []string{sent, inbox} {
		f := a.folders[name]
		if f == nil {
			continue
		}
		for _, m := range f.messages {
			posts = append(posts, post{folder: f, message: m, unread: !m.has(imap.FlagSeen)})
		}
	}
	s.mu.Unlock()
	for i := range posts { // Parsing is slow and needs no lock.
		posts[i].letter = posts[i].message.letter()
	}
	return posts
}

// markRead sets or clears \Seen on the mails of a conversation.
func (s *Server) markRead(c conversation, read bool) {
	op := imap.StoreFlagsDel
	if read {
		op = imap.StoreFlagsAdd
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := false
	for _, p := range c {
		i := slices.Index(p.folder.messages, p.message)
		if i >= 0 && p.setFlags(op, []imap.Flag{imap.FlagSeen}) {
			p.folder.flagged(i, nil)
			changed = true
		}
	}
	if changed {
		s.notify()
	}
}

// A forest is a union-find over names.
type forest map[string]string

func newForest() forest { return make(forest) }

func (f forest) root(name string) string {
	for f[name] != "" && f[name] != name {
		if up := f[f[name]]; up != "" {
			f[name] = up
		}
		name = f[name]
	}
	return name
}

func (f forest) join(a, b string) {
	if a, b = f.root(a), f.root(b); a != b {
		f[a] = b
	}
}
