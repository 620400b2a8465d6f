package slackserver

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxFile is the size of an upload that is kept.
const maxFile = 64 << 20

// A File is an uploaded file.
type File struct {
	ID       string
	Name     string
	Title    string
	AltText  string
	Mimetype string
	Filetype string // the ending
	User     string // who uploaded it
	Size     int
	Created  time.Time
	Content  []byte // must not be changed
}

// An upload is a file on its way: announced, then sent, then completed.
type upload struct {
	File
	team     *team
	sent     bool
	complete bool
	deleted  bool
}

func (s *Server) wireFiles(files []File) []any {
	out := make([]any, 0, len(files))
	for _, f := range files {
		out = append(out, s.wireFile(f))
	}
	return out
}

func (s *Server) wireFile(f File) Object {
	private := s.baseURL + "/files/" + f.ID + "/" + url.PathEscape(f.Name)
	return Object{"id": f.ID, "created": f.Created.Unix(), "timestamp": f.Created.Unix(), "name": f.Name, "title": f.Title,
		"mimetype": f.Mimetype, "filetype": f.Filetype, "pretty_type": strings.ToUpper(f.Filetype), "user": f.User, "size": f.Size,
		"mode": "hosted", "is_external": false, "is_public": false, "url_private": private, "url_private_download": private,
		"permalink": private, "alt_txt": f.AltText, "file_access": "visible"}
}

// newUpload makes a file without content. The caller holds mu.
func (s *Server) newUpload(t *team, user, name string) *upload {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	kind := mime.TypeByExtension("." + ext)
	if kind == "" {
		kind = "application/octet-stream"
	}
	kind, _, _ = mime.ParseMediaType(kind)
	u := &upload{team: t, File: File{ID: s.newID("F"), Name: name, Title: name, Mimetype: kind, Filetype: ext, User: user, Created: s.clock()}}
	s.uploads[u.ID] = u
	return u
}

func filesGetUploadURL(c *call) (Object, error) {
	if c.arg("filename") == "" {
		return nil, missing("filename")
	}
	n, err := strconv.Atoi(c.arg("length"))
	if err != nil || n <= 0 || n > maxFile {
		return nil, fail("invalid_arguments", "[ERROR] invalid length")
	}
	u := c.s.newUpload(c.token.team, c.token.install.BotUserID, c.arg("filename"))
	u.Size, u.AltText = n, c.arg("alt_txt")
	return Object{"upload_url": c.s.baseURL + "/upload/" + u.ID, "file_id": u.ID}, nil
}

func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+1<<20)
	var src io.Reader = r.Body
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		f, _, err := r.FormFile("file")
		if err != nil {
			http.Error(w, "no file", http.StatusBadRequest)
			return
		}
		defer func() { _ = f.Close() }()
		src = f
	}
	body, err := io.ReadAll(src)
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[r.PathValue("id")]
	if err != nil || u == nil || u.complete || len(body) != u.Size {
		http.Error(w, "upload refused", http.StatusBadRequest)
		return
	}
	u.Content, u.sent = body, true
	_, _ = io.WriteString(w, "OK - "+strconv.Itoa(len(body)))
}

func filesCompleteUpload(c *call) (Object, error) {
	v, err := c.json("files", "invalid_arguments")
	if err != nil {
		return nil, err
	}
	var done []*upload
	for _, e := range list(v) {
		u := c.s.uploads[str(object(e)["id"])]
		if u == nil || u.team != c.token.team || !u.sent || u.complete {
			return nil, fail("file_not_found")
		}
		if title := str(object(e)["title"]); title != "" {
			u.Title = title
		}
		done = append(done, u)
	}
	if len(done) == 0 {
		return nil, missing("files")
	}
	channels := strings.FieldsFunc(c.arg("channels")+","+c.arg("channel_id"), func(r rune) bool { return r == ',' })
	for _, id := range channels {
		r, err := c.visible(id)
		if err != nil {
			return nil, fail("invalid_channel")
		}
		if !r.has(c.token.install.BotUserID) {
			return nil, fail("not_in_channel")
		}
		m := c.message(r, content{text: c.arg("initial_comment")})
		if root := r.byTS[c.arg("thread_ts")]; root != nil && !root.IsReply() {
			m.ThreadTS = root.TS
		}
		c.s.share(r, m, done)
	}
	files := make([]any, 0, len(done))
	for _, u := range done {
		u.complete = true
		files = append(files, Object{"id": u.ID, "title": u.Title})
	}
	return Object{"files": files}, nil
}

// share posts a message with files. The caller holds mu.
func (s *Server) share(r *room, m *Message, files []*upload) {
	for _, u := range files {
		u.complete = true
		m.Files = append(m.Files, u.File)
	}
	s.post(r, m)
	for _, u := range files {
		s.toApps(r, "file_shared", func(*app) Object {
			return Object{"type": "file_shared", "channel_id": r.ID, "file_id": u.ID, "user_id": u.User,
				"file": Object{"id": u.ID}, "event_ts": s.newTS()}
		})
	}
}

func filesInfo(c *call) (Object, error) {
	u := c.s.uploads[c.arg("file")]
	if u == nil || !u.complete || u.deleted || u.team != c.token.team {
		return nil, fail("file_not_found")
	}
	return Object{"file": c.s.wireFile(u.File), "comments": []any{}, "response_metadata": Object{"next_cursor": ""}}, nil
}

func filesDelete(c *call) (Object, error) {
	u := c.s.uploads[c.arg("file")]
	if u == nil || !u.complete || u.deleted || u.team != c.token.team {
		return nil, fail("file_not_found")
	}
	u.deleted = true
	for _, r := range u.team.channels {
		for _, m := range r.messages {
			m.Files = slices.DeleteFunc(m.Files, func(f File) bool { return f.ID == u.ID })
		}
	}
	c.s.touch(change{Kind: "reconnect"})
	return Object{}, nil
}

// serveFile gives a file to an app with its token, or to the page.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	u := s.uploads[r.PathValue("id")]
	value, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	t := s.tokens[value]
	page := r.Header.Get("Sec-Fetch-Site") == "same-origin"
	ok := u != nil && !u.deleted && (page || t != nil && !t.revoked && t.team == u.team && slices.Contains(t.scopes, "files:read"))
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", u.Mimetype)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if !strings.HasPrefix(u.Mimetype, "image/") {
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(u.Name))
	}
	_, _ = w.Write(u.Content)
}
