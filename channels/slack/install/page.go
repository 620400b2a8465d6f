package install

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
)

// A page is what a browser shows.
type page struct {
	Title   string
	Text    []string
	Command string // to copy; may be empty
	Refused bool
}

const style = `
:root { color-scheme: light dark; --ink: #1d1d1f; --line: #dadce0; --paper: #ffffff; --ground: #f6f7f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --line: #3c3c40; --paper: #232326; --ground: #18181a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center; padding: 16px; background: var(--ground); color: var(--ink);
  font: 17px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { width: 100%; max-width: 34rem; padding: 28px 24px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 1.35rem; line-height: 1.3; }
p { margin: 0 0 12px; }
code { display: block; padding: 10px 14px; border-left: 3px solid var(--line); font-size: .95rem; }
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
<h1>{{.Title}}</h1>
{{range .Text}}<p{{if $.Refused}} role="alert"{{end}}>{{.}}</p>
{{end}}{{with .Command}}<code>{{.}}</code>
{{end}}</main>
</body>
</html>
`

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
	return pages{page: t, policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"}, nil
}

// protect keeps a page from being framed, stored or indexed, and its address, which is a secret, from other sites.
func (p pages) protect(h http.Header) {
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

func (i *Installer) show(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	if err := i.pages.page.Execute(&b, struct {
		page
		Style template.CSS
	}{p, template.CSS(style)}); err != nil { //nolint:gosec // it is the constant above
		i.log.Error("a page could not be written", "error", err)
		http.Error(w, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever has gone needs no page
}

// installed says what is to be done next.
func installed(w workspace.Workspace) page {
	p := page{Title: "CustomerDesk is installed in " + w.Team}
	if w.ChannelID != "" {
		p.Text = []string{"Tickets appear in #" + w.Channel + ". You can close this page."}
		return p
	}
	p.Text = []string{
		"One step is left: choose the channel where tickets appear.",
		"In Slack, open CustomerDesk below Apps and choose it on the Home tab. Or have an operator run:",
	}
	p.Command = "customerdesk slack channel add '#support' --team " + w.TeamID
	return p
}

// fail shows why nothing was installed.
func (i *Installer) fail(w http.ResponseWriter, err error) {
	const again = "Nothing was changed. Ask whoever sent you the link for a new one: customerdesk slack install makes it."
	var denied *deniedError
	p := page{Title: "Nothing was installed", Refused: true}
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, errExpired):
		p.Title, p.Text, status = "This link has expired", []string{again}, http.StatusGone
	case errors.Is(err, errUsed):
		p.Title, p.Text, status = "This link was used already", []string{"It works once. " + again}, http.StatusGone
	case errors.Is(err, errForged):
		p.Title, p.Text = "This link does not work", []string{"It is not complete, or was not made here. " + again}
	case errors.As(err, &denied) && denied.why == "access_denied":
		p.Text, status = []string{"It was cancelled in Slack. Nothing was changed; the link still works."}, http.StatusOK
	case errors.As(err, &denied):
		p.Text = []string{"Slack said no (" + short(denied.why) + "). Nothing was changed; the link still works."}
	case errors.Is(err, workspace.ErrTaken):
		p.Title, status = "This workspace belongs to somebody else here", http.StatusConflict
		p.Text = []string{"It is connected to another organisation of this service, and nothing was changed. It has to be disconnected there first (customerdesk slack disconnect), or you choose another workspace."}
	case webapi.ErrorName(err) != "":
		i.log.Error("Slack did not install the app", "error", err)
		p.Text = []string{"Slack said no (" + short(webapi.ErrorName(err)) + "). " + again}
	default:
		i.log.Error("the Slack app was not installed", "error", err)
		p.Title, p.Text, status = "That did not work just now", []string{"Nothing was changed. Open the link again in a minute."}, http.StatusServiceUnavailable
	}
	i.show(w, status, p)
}

// short bounds a word from outside.
func short(s string) string {
	s = strings.ToValidUTF8(s, "")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
