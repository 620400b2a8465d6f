package slackserver

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// authorizePage asks whether an app may be installed.
const authorizePage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.App}} – Slack stand-in</title>
<style>body{font:16px/1.5 sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem;margin-right:1rem}</style></head>
<body><h1>{{.App}} is requesting permission to access {{.Place}}</h1>
<p>It will be able to:</p><ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<form method="post">{{range $k, $v := .Fields}}<input type="hidden" name="{{$k}}" value="{{$v}}">{{end}}
<button name="decision" value="cancel">Cancel</button><button name="decision" value="allow">Allow</button></form></body></html>
`

// A request of somebody to install an app, as the address says.
type authorization struct {
	app      *app
	place    string // a workspace's or an organisation's id
	name     string
	user     string
	redirect *url.URL
	scopes   []string
	fields   map[string]string
}

// authorization reads and checks what is asked for. It is the first person of the workspace named by team (or of the
// organisation), or of the first workspace, who is asked; user names another one.
func (s *Server) authorization(q url.Values) (authorization, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := authorization{fields: map[string]string{}}
	for _, k := range []string{"client_id", "scope", "redirect_uri", "state", "team", "user"} {
		r.fields[k] = q.Get(k)
	}
	for _, a := range s.apps {
		if a.ClientID != "" && a.ClientID == q.Get("client_id") {
			r.app = a
		}
	}
	if r.app == nil {
		return r, "invalid_client_id"
	}
	if !r.app.redirects(q.Get("redirect_uri")) {
		return r, "bad_redirect_uri"
	}
	r.redirect, _ = url.Parse(q.Get("redirect_uri")) // read before
	r.scopes = strings.FieldsFunc(q.Get("scope"), func(c rune) bool { return c == ',' || c == ' ' })
	if len(r.scopes) == 0 {
		return r, "invalid_scope"
	}
	for _, sc := range r.scopes {
		if !knownScope(sc) {
			return r, "invalid_scope: " + sc
		}
	}
	for _, id := range s.order {
		t := s.teams[id]
		org := q.Get("team") != "" && q.Get("team") == t.EnterpriseID
		if r.place != "" || len(t.Users) == 0 || q.Get("team") != "" && q.Get("team") != id && !org {
			continue
		}
		r.place, r.name, r.user = id, t.Name, t.Users[0].ID
		if org {
			r.place, r.name = t.EnterpriseID, orgName(t.EnterpriseID)
		}
	}
	if q.Get("user") != "" {
		r.user = q.Get("user")
	}
	if r.place == "" {
		return r, "invalid_team"
	}
	if strings.HasPrefix(r.place, "E") && !r.app.OrgDeploy {
		return r, "org_deploy_not_enabled"
	}
	return r, ""
}

// knownScope tells whether a name could be a scope of Slack's, such as chat:write or users:read.email.
func knownScope(s string) bool {
	area, right, ok := strings.Cut(s, ":")
	if s == "commands" || s == "incoming-webhook" {
		return true
	}
	return ok && area != "" && right != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz:._") == "" && strings.Count(s, ":") == 1
}

// serveAuthorize is the page behind "Add to Slack" (https://docs.slack.dev/authentication/installing-with-oauth).
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "invalid_form_data", http.StatusBadRequest)
		return
	}
	q, wrong := s.authorization(r.Form)
	if wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	back := q.redirect.Query()
	back.Set("state", q.fields["state"])
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page := template.Must(template.New("authorize").Parse(authorizePage)) // a constant
		_ = page.Execute(w, map[string]any{"App": q.app.Name, "Place": q.name, "Scopes": q.scopes, "Fields": q.fields})
		return
	case r.PostForm.Get("decision") == "allow":
		code := s.Authorize(q.app.ID, q.place, q.user, q.redirect.String(), strings.Join(q.scopes, ","))
		if code == "" {
			http.Error(w, "user_not_found", http.StatusBadRequest)
			return
		}
		back.Set("code", code)
	default:
		back.Set("error", "access_denied")
	}
	q.redirect.RawQuery = back.Encode()
	http.Redirect(w, r, q.redirect.String(), http.StatusFound)
}
