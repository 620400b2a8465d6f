package slackserver

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// maxInputFiles is how many files an input takes unless it says less.
const maxInputFiles = 10

// Attach uploads files for an input of a modal and returns their ids, which Submit takes as the input's values.
func (a *Actor) Attach(files ...Attachment) (ids []string, err error) {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	var t *team
	for _, id := range s.order {
		if s.teams[id].users[a.user] != nil {
			t = s.teams[id]
		}
	}
	if t == nil {
		return nil, fmt.Errorf("user %s: %w", a.user, ErrNotVisible)
	}
	for _, f := range files {
		u := s.newUpload(t, a.user, f.Name)
		u.Content, u.Size, u.sent, u.complete = slices.Clone(f.Content), len(f.Content), true, true
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// Retract deletes files of one's own.
func (a *Actor) Retract(ids ...string) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for _, id := range ids {
		u := a.s.uploads[id]
		if u == nil || u.User != a.user {
			return fmt.Errorf("file %s: %w", id, ErrNotVisible)
		}
		u.deleted = true
	}
	return nil
}

// attached is the state of a file input that a person put files into. The caller holds mu.
func (s *Server) attached(user string, el Object, ids []string) (Object, error) {
	most := maxInputFiles
	if n, ok := el["max_files"].(json.Number); ok {
		most, _ = strconv.Atoi(n.String())
	}
	if len(ids) > most {
		return nil, fmt.Errorf("%d files of at most %d: %w", len(ids), most, ErrBadValue)
	}
	files := []any{}
	for _, id := range ids {
		u := s.uploads[id]
		if u == nil || u.User != user || u.deleted {
			return nil, fmt.Errorf("file %s: %w", id, ErrBadValue)
		}
		if types := list(el["filetypes"]); len(types) > 0 && !slices.Contains(types, any(u.Filetype)) {
			return nil, fmt.Errorf("a file of the type %q: %w", u.Filetype, ErrBadValue)
		}
		files = append(files, s.wireFile(u.File))
	}
	return Object{"type": "file_input", "files": files}, nil
}
