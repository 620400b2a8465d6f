package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"github.com/customerdesk/customerdesk/tickets"
)

// A page is what a browser shows.
type page struct {
	Title   string
	Ticket  string // number and title; may be empty
	Text    string
	Marks   []mark // to choose from; empty: there is no choice
	Button  string // empty: there is nothing to do
	Tenant  string // the organisation's name; may be empty
	Refused bool   // something did not go as wished
}

const style = `
:root { color-scheme: light dark; --ink: #1d1d1f; --soft: #5f6368; --line: #dadce0; --paper: #ffffff; --ground: #f6f7f8; --act: #1a5fb4; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --soft: #a9a9ad; --line: #3c3c40; --paper: #232326; --ground: #18181a; --act: #3873bf; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center; padding: 16px; background: var(--ground); color: var(--ink);
  font: 17px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { width: 100%; max-width: 30rem; padding: 28px 24px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 1.35rem; line-height: 1.3; }
p { margin: 0 0 12px; }
.soft { color: var(--soft); font-size: .95rem; }
.ticket { padding: 10px 14px; border-left: 3px solid var(--line); }
button { width: 100%; min-height: 48px; margin-top: 8px; border: 0; border-radius: 8px; background: var(--act); color: #ffffff; font: inherit; font-weight: 600; cursor: pointer; }
fieldset { display: flex; gap: 8px; margin: 0 0 8px; padding: 0; border: 0; }
legend { margin-bottom: 8px; padding: 0; }
label { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; min-height: 64px; border: 1px solid var(--line); border-radius: 8px; cursor: pointer; }
label:has(:checked) { border-color: var(--act); box-shadow: inset 0 0 0 1px var(--act); font-weight: 600; }
label:focus-within { outline: 3px solid var(--ink); outline-offset: 2px; }
input { width: 20px; height: 20px; margin: 0; accent-color: var(--act); outline: 0; }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
`

const pageHTML = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
{{with .Tenant}}<p class="soft">{{.}}</p>
{{end}}<h1>{{.Title}}</h1>
{{with .Ticket}}<p class="ticket">{{.}}</p>
{{end}}{{with .Text}}<p{{if $.Refused}} role="alert"{{end}}>{{.}}</p>
{{end}}{{with .Button}}<form method="post">{{with $.Marks}}<fieldset><legend class="soft">Your choice</legend>{{range .}}<label><input type="radio" name="score" value="{{.Score}}"{{if .Chosen}} checked{{end}}>{{.Score}}</label>{{end}}</fieldset>{{end}}<button type="submit">{{.}}</button></form>
{{end}}</main>
</body>
</html>
`

// A mark is one of several to choose from.
type mark struct {
	Score  int
	Chosen bool
}

// marks are all of them, one chosen.
func marks(chosen int) (list []mark) {
	for n := tickets.LeastScore; n <= tickets.BestScore; n++ {
		list = append(list, mark{n, n == chosen})
	}
	return list
}

// pages write pages, and know the header fields that protect them.
type pages struct {
	page   *template.Template
	policy string
}

func newPages() (pages, error) {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return pages{}, fmt.Errorf("read the template of pages: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	return pages{page: t, policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}, nil
}

// protect keeps a page from being framed, stored, indexed, or from loading anything, and its address, which is a
// secret, from other sites.
func (p pages) protect(h http.Header) {
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

func (s *Server) show(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	if err := s.pages.page.Execute(&b, struct {
		page
		Style template.CSS
	}{p, template.CSS(style)}); err != nil { //nolint:gosec // it is the constant above
		s.cfg.Logger.Error("a page could not be written", "error", err)
		http.Error(w, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever has gone needs no page
}

func notFound() page {
	return page{Title: "There is nothing here", Text: "Please open the link from your mail again. If it was cut in two, put both parts together.", Refused: true}
}
