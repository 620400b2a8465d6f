package slackserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

// maxBody is the size of a request to the Web API that is still read; views go up to 250 kB.
const maxBody = 4 << 20

// keepCalls is how many calls the log holds at least.
const keepCalls = 50_000

// A Call is one request to the Web API as the log keeps it.
type Call struct {
	At     time.Time // by the clock
	Method string
	Team   string     // of the token; empty for app-level tokens and bad ones
	App    string     // of the token
	Args   url.Values // as sent, without the token
	Status int        // of the HTTP answer; 0 when it was never sent
	Error  string     // Slack's error name; empty for ok
	Fault  FaultKind  // the injected fault it met; empty: none
}

// A method is one row of the method table.
type method struct {
	run    func(*call) (Object, error)
	scopes []string // any one of these is needed; none: any bot token
	level  string   // "app" for app-level tokens, "none" for no token
	tier   tierName
}

// A call is one request being answered.
type call struct {
	s     *Server
	name  string
	args  url.Values
	token *token
	r     *http.Request
}

// apiError is an answer with ok=false.
type apiError struct {
	name     string
	messages []string // response_metadata.messages
	more     Object
}

func (e *apiError) Error() string { return e.name }

func fail(name string, messages ...string) error { return &apiError{name: name, messages: messages} }

func missing(field string) error {
	return fail("invalid_arguments", "[ERROR] missing required field: "+field)
}

// blockProblems is Slack's answer to blocks it does not take.
func blockProblems(name string, problems []blockkit.Problem) error {
	e := &apiError{name: name, more: Object{}}
	var plain []string
	for _, p := range problems {
		plain = append(plain, p.String())
		e.messages = append(e.messages, "[ERROR] "+p.String())
	}
	e.more["errors"] = plain
	return e
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	c := &call{s: s, name: name, r: r}
	entry := Call{At: s.clock(), Method: name, Status: http.StatusOK}
	parseErr := c.parse(w)
	entry.Args = withoutToken(c.args)
	fault := s.takeFault(name)
	if fault != nil {
		entry.Fault = fault.Kind
		if s.refuse(w, r, fault, &entry) {
			return
		}
	}
	body, err := Object(nil), parseErr
	if err == nil {
		body, err = c.answer()
	}
	if c.token != nil {
		entry.App = c.token.app.ID
		if c.token.team != nil {
			entry.Team = c.token.team.ID
		}
		w.Header().Set("X-OAuth-Scopes", strings.Join(c.token.scopes, ","))
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(s.methods[name].scopes, ","))
	}
	var limit *limitError
	if errors.As(err, &limit) {
		entry.Status, entry.Error = http.StatusTooManyRequests, "ratelimited"
		s.logCall(entry)
		writeLimited(w, limit.after)
		return
	}
	if err != nil {
		body = failure(err)
		entry.Error = str(body["error"])
	} else {
		body["ok"] = true
	}
	if fault != nil && fault.Kind == LoseAnswer {
		entry.Status = 0
		s.logCall(entry)
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	s.logCall(entry)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(body)
}

func failure(err error) Object {
	var api *apiError
	if !errors.As(err, &api) {
		api = &apiError{name: "internal_error", messages: []string{err.Error()}}
	}
	body := Object{"ok": false, "error": api.name}
	if len(api.messages) > 0 {
		body["response_metadata"] = Object{"messages": api.messages}
	}
	for k, v := range api.more {
		body[k] = v
	}
	return body
}

func writeLimited(w http.ResponseWriter, after time.Duration) {
	seconds := int64((after + time.Second - 1) / time.Second)
	w.Header().Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
}

func (s *Server) logCall(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	if len(s.calls) > 2*keepCalls {
		s.calls = slices.Delete(s.calls, 0, keepCalls)
	}
	s.touch(change{Kind: "call"})
	s.log.Debug("slack call", "method", c.Method, "error", c.Error, "fault", c.Fault)
}

// answer authenticates, checks scope and budget, and runs the method, all under the mutex.
func (c *call) answer() (Object, error) {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.methods[c.name]
	if !ok {
		return nil, &apiError{name: "unknown_method", more: Object{"req_method": c.name}}
	}
	if err := c.authenticate(m); err != nil {
		return nil, err
	}
	if err := s.spend(c, m); err != nil {
		return nil, err
	}
	return m.run(c)
}

func (c *call) authenticate(m method) error {
	if m.level == "none" {
		return nil
	}
	value := c.args.Get("token")
	if h := c.r.Header.Get("Authorization"); h != "" {
		var ok bool
		if value, ok = strings.CutPrefix(h, "Bearer "); !ok {
			return fail("invalid_auth")
		}
	}
	if value == "" {
		return fail("not_authed")
	}
	t := c.s.tokens[value]
	switch {
	case t == nil:
		return fail("invalid_auth")
	case t.revoked:
		return fail("token_revoked")
	case (t.team == nil) != (m.level == "app"):
		return fail("not_allowed_token_type")
	}
	if !t.expires.IsZero() && !c.s.clock().Before(t.expires) {
		return fail("token_expired")
	}
	c.token = t
	if t.install != nil && t.install.org() {
		here := *t
		here.team, here.origin = c.s.teamFor(t, c.args), t
		c.token = &here
	}
	if len(m.scopes) > 0 && !slices.ContainsFunc(m.scopes, func(sc string) bool { return slices.Contains(t.scopes, sc) }) {
		return missingScope(t, m.scopes...)
	}
	return nil
}

func missingScope(t *token, needed ...string) error {
	return &apiError{name: "missing_scope", more: Object{
		"needed": strings.Join(needed, ","), "provided": strings.Join(t.scopes, ","),
	}}
}

// parse reads the arguments from query, form, multipart form or JSON body; objects of a JSON body
// become JSON text, which is how forms carry them.
func (c *call) parse(w http.ResponseWriter) error {
	r := c.r
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	c.args = r.URL.Query()
	if r.Method == http.MethodGet {
		return nil
	}
	switch kind {
	case "application/json":
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return fail("request_timeout")
		}
		if len(raw) == 0 || string(raw) == "null" {
			return nil
		}
		v, err := decode(string(raw))
		body, ok := v.(map[string]any)
		if err != nil || !ok {
			return fail("invalid_json")
		}
		for k, e := range body {
			c.args.Set(k, scalar(e))
		}
		return nil
	case "multipart/form-data":
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return fail("invalid_form_data")
		}
	default:
		if err := r.ParseForm(); err != nil {
			return fail("invalid_form_data")
		}
	}
	for k, v := range r.PostForm {
		c.args[k] = v
	}
	return nil
}

func scalar(v any) string {
	switch t := v.(type) {
	case nil:
		return ""
	case string:
		return t
	case bool:
		return strconv.FormatBool(t)
	case json.Number:
		return t.String()
	}
	return encode(v)
}

func withoutToken(args url.Values) url.Values {
	out := make(url.Values, len(args))
	for k, v := range args {
		if k != "token" && k != "client_secret" && k != "refresh_token" {
			out[k] = v
		}
	}
	return out
}

func (c *call) arg(name string) string { return c.args.Get(name) }

func (c *call) flag(name string) bool {
	switch c.arg(name) {
	case "1", "true":
		return true
	}
	return false
}

// limit reads a page size within 1 and max.
func (c *call) limit(def, top int) (int, error) {
	if c.arg("limit") == "" {
		return def, nil
	}
	n, err := strconv.Atoi(c.arg("limit"))
	if err != nil || n < 0 {
		return 0, fail("invalid_limit")
	}
	if n == 0 {
		return def, nil
	}
	return min(n, top), nil
}

// json reads an argument that holds JSON; absent is nil.
func (c *call) json(name, orError string) (any, error) {
	raw := c.arg(name)
	if raw == "" {
		return nil, nil
	}
	v, err := decode(raw)
	if err != nil {
		return nil, fail(orError, fmt.Sprintf("[ERROR] %s is not valid JSON", name))
	}
	return v, nil
}
