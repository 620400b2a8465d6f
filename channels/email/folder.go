package email

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

// deafAfter is how often mail may come that IDLE does not tell of until it is not relied on.
const deafAfter = 2

// A folder of a session. Several share one connection, since Gmail lets a user have 15 and Exchange 20: the session
// waits in one of them, and asks for the STATUS of the others now and then.
type folder struct {
	name string // as set
	path string // as the server calls it

	cursor  inbox.Cursor
	uidNext uint32 // as of the last SELECT; 0: unknown
	checked uint32 // everything below was looked at
	doubts  *doubts
	// warning is why messages that are stored could not be marked or moved.
	warning error
	missing error  // why it cannot be opened
	note    string // what to think about with a folder of its kind
}

// selectHome selects the first folder that is there. The error is the first one's where none is.
func (s *session) selectHome(ctx context.Context) error {
	var first error
	for _, f := range s.folders {
		s.folder = f
		err := s.openFolder(ctx)
		if err == nil {
			s.home = f
			return nil
		}
		if kindOf(err) != FaultFolder {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// openFolder selects a folder, if need be by the name that the server has for it.
func (s *session) openFolder(ctx context.Context) error {
	err := s.selectFolder(ctx)
	if kindOf(err) == FaultFolder {
		err = s.resolve(ctx, err)
		if err == nil {
			err = s.selectFolder(ctx)
		}
	}
	if kindOf(err) == FaultFolder {
		s.missing = err
		return err
	}
	if err == nil {
		s.missing = nil
		err = s.describe(ctx)
	}
	return err
}

// lookElsewhere looks into the folders other than home, and comes back to it.
func (s *session) lookElsewhere(ctx context.Context) error {
	for _, f := range s.folders {
		if f == s.home {
			continue
		}
		news, err := s.hasNews(ctx, f)
		if err != nil {
			return err
		}
		if !news {
			continue
		}
		s.folder = f
		if err := s.openFolder(ctx); err != nil {
			if kindOf(err) == FaultFolder {
				continue
			}
			return err
		}
		if err := s.look(ctx, false); err != nil {
			return err
		}
	}
	if s.folder == s.home {
		return nil
	}
	s.folder = s.home
	if err := s.selectFolder(ctx); err != nil {
		return err
	}
	s.waited = 0
	return s.look(ctx, false)
}

// hasNews asks whether a folder that is not selected is worth selecting.
func (s *session) hasNews(ctx context.Context, f *folder) (bool, error) {
	var data *imap.StatusData
	err := s.command(ctx, "status", func() (err error) {
		data, err = s.client.Status(f.path, &imap.StatusOptions{UIDNext: true, UIDValidity: true}).Wait()
		return err
	})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		err = folderFault(s.mailbox.Account, f.name, err)
		// One LIST a connection is enough.
		if kindOf(err) == FaultFolder && f.missing != nil {
			return false, nil
		}
		return kindOf(err) == FaultFolder, ifNot(FaultFolder, err)
	}
	next := uint32(data.UIDNext)
	return f.missing != nil || f.cursor == (inbox.Cursor{}) || data.UIDValidity != f.cursor.UIDValidity || f.cursor.LastUID < f.cursor.Backlog ||
		next == 0 || next > max(f.checked, f.cursor.LastUID+1), nil
}

// ifNot drops an error of a kind.
func ifNot(k FaultKind, err error) error {
	if kindOf(err) == k {
		return nil
	}
	return err
}

// resolve finds the server's name for the folder at hand, which it does not know by the name that was set. What it
// returns lists the folders that there are.
func (s *session) resolve(ctx context.Context, cause error) error {
	var list []*imap.ListData
	err := s.command(ctx, "list", func() (err error) {
		list, err = listFolders(s.client, "*")
		return err
	})
	if err != nil && !isRefusal(err) {
		return s.lost(err)
	}
	path, fault := matchFolder(s.name, list, cause)
	if fault != nil {
		return fault
	}
	s.path = path
	return nil
}

// describe notes what is special about the folder at hand. Only its own entry is asked for: there are servers with many.
func (s *session) describe(ctx context.Context) error {
	if s.path == "INBOX" || s.note != "" {
		return nil
	}
	var list []*imap.ListData
	err := s.command(ctx, "list", func() (err error) {
		list, err = listFolders(s.client, s.path)
		return err
	})
	if err != nil && !isRefusal(err) {
		return s.lost(err)
	}
	s.note = noteOn(s.path, list)
	return nil
}

// states tells how the folders fare.
func (s *session) states() []inbox.FolderState {
	list := make([]inbox.FolderState, len(s.folders))
	for i, f := range s.folders {
		list[i] = inbox.FolderState{Folder: f.name, Note: f.note}
		if err := errors.Join(f.missing, f.warning); err != nil {
			list[i].Problem = oneLine(err.Error())
		}
	}
	return list
}

// problems are what is wrong with folders, as one error.
func problems(folders []inbox.FolderState) error {
	var all []string
	for _, f := range folders {
		if f.Problem != "" {
			all = append(all, f.Problem)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// maxListed bounds how many folders of a server are looked at.
const maxListed = 5000

func listFolders(c *imapclient.Client, pattern string) ([]*imap.ListData, error) {
	var options *imap.ListOptions
	if c.Caps().Has(imap.CapSpecialUse) && c.Caps().Has(imap.CapListExtended) {
		options = &imap.ListOptions{ReturnSpecialUse: true}
	}
	var list []*imap.ListData
	cmd := c.List("", pattern, options)
	for data := cmd.Next(); data != nil; data = cmd.Next() {
		if len(list) < maxListed {
			list = append(list, data)
		}
	}
	return list, cmd.Close()
}

// matchFolder finds what a server calls a folder: with its own delimiter, letter case, and prefix of personal folders
// ("INBOX."). Where that is not one folder, cause becomes an error that lists what there is.
func matchFolder(name string, list []*imap.ListData, cause error) (path string, err error) {
	var there, fits []string
	wanted := canonicalFolder(name, 0)
	for _, f := range list {
		if slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		there = append(there, f.Mailbox)
		has := canonicalFolder(f.Mailbox, f.Delim)
		if f.Mailbox != name && (has == wanted || has == "inbox/"+wanted) {
			fits = append(fits, f.Mailbox)
		}
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	var f *Fault
	if len(there) == 0 || !errors.As(cause, &f) {
		return "", cause
	}
	told := *f
	told.Cure = "check that the folder exists; the folders there are: " + shortList(there)
	return "", &told
}

// canonicalFolder writes a path with slashes in small letters; with no delimiter known, any usual one is taken for it.
func canonicalFolder(path string, delim rune) string {
	if delim != 0 {
		path = strings.ReplaceAll(path, string(delim), "/")
	} else {
		path = strings.NewReplacer(".", "/", "\\", "/").Replace(path)
	}
	return strings.ToLower(path)
}

// shortList names folders as far as a line has room.
func shortList(names []string) string {
	const limit = 220
	slices.Sort(names)
	text := ""
	for i, name := range names {
		if len(text)+len(name) > limit {
			return fmt.Sprintf("%s and %d more", text, len(names)-i)
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// noteOn says what speaks against reading a folder: mail in it is in other folders too, or is no customer's
// (RFC 6154 section 2).
func noteOn(path string, list []*imap.ListData) string {
	for _, f := range list {
		for _, a := range f.Attrs {
			switch strings.ToLower(string(a)) {
			case "\\all", "\\flagged", "\\important":
				return "a virtual folder: it shows mail of other folders too, also what was sent, archived or deleted"
			case "\\sent", "\\drafts":
				return "it holds what was written here, not what customers write"
			case "\\trash":
				return "it holds what was deleted"
			}
		}
	}
	switch first, _, _ := strings.Cut(canonicalFolder(path, 0), "/"); first {
	case "virtual", "[gmail]", "[google mail]":
		return "a virtual folder by its name: it may show mail of other folders too"
	}
	return ""
}
