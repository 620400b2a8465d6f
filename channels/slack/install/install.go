package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// The addresses below the public one.
const (
	StartPath    = "/slack/install" // where a link leads
	CallbackPath = "/slack/oauth"   // where Slack leads back to: the app's page OAuth & Permissions, Redirect URLs
)

// Config of an Installer. All but Logger is required.
type Config struct {
	Registry  workspace.Registry // with its Client
	PublicURL string             // how the addresses are reached, without a slash at its end
	Logger    *slog.Logger       // nil: discard
}

// An Installer makes links and answers the browsers that follow them. It is safe for concurrent use.
type Installer struct {
	reg    workspace.Registry
	public string
	log    *slog.Logger
	http   *http.Client
	pages  pages
}

// New makes an installer. Close it at the end.
func New(cfg Config) (*Installer, error) {
	p, err := newPages()
	if err != nil {
		return nil, err
	}
	i := &Installer{reg: cfg.Registry, public: cfg.PublicURL, log: cfg.Logger, http: webapi.NewHTTPClient(webapi.CallTimeout), pages: p}
	if i.log == nil {
		i.log = slog.New(slog.DiscardHandler)
	}
	return i, nil
}

// Close lets go of idle connections.
func (i *Installer) Close() { i.http.CloseIdleConnections() }

func (i *Installer) now() time.Time {
	if i.reg.Clock == nil {
		return time.Now()
	}
	return i.reg.Clock()
}

// Ready says what is missing for installing by a link; nil: nothing.
func (i *Installer) Ready() error {
	var missing []string
	for _, s := range []struct{ name, value string }{
		{"PUBLIC_URL", i.public}, {"SLACK_CLIENT_ID", i.reg.Client.ID}, {"SLACK_CLIENT_SECRET", i.reg.Client.Secret.Reveal()},
	} {
		if s.value == "" {
			missing = append(missing, "CUSTOMERDESK_"+s.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("installing by a link needs %s (from the app's page Basic Information; the public URL is where browsers reach this service)", strings.Join(missing, ", "))
}

// Link makes a link by which the app is installed for a tenant, once, within a time.
func (i *Installer) Link(ctx context.Context, id tenant.ID, within time.Duration) (address string, until time.Time, err error) {
	if err := i.Ready(); err != nil {
		return "", time.Time{}, err
	}
	now := i.now()
	until = now.Add(within)
	l, err := tenant.Get(ctx, i.reg.Pool, id, func(tx tenant.Tx) (link, error) { return newLink(ctx, tx, now, until) })
	if err != nil {
		return "", time.Time{}, err
	}
	return i.public + StartPath + "?state=" + l.seal(i.reg.Box), until, nil
}

// Handler answers at StartPath and CallbackPath.
func (i *Installer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+StartPath, i.start)
	mux.HandleFunc("GET "+CallbackPath, i.callback)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.pages.protect(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, 0)
		mux.ServeHTTP(w, r)
	})
}

// start sends whoever opens a link on to Slack.
func (i *Installer) start(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	l, err := open(i.reg.Box, state)
	if err == nil {
		err = tenant.In(r.Context(), i.reg.Pool, l.tenant, func(tx tenant.Tx) error { return l.check(r.Context(), tx, i.now()) })
	}
	if err != nil {
		i.fail(w, err)
		return
	}
	http.Redirect(w, r, i.authorize(state), http.StatusFound)
}

// authorize is where Slack asks.
func (i *Installer) authorize(state string) string {
	q := url.Values{"client_id": {i.reg.Client.ID}, "scope": {strings.Join(workspace.Scopes(), ",")}, "redirect_uri": {i.back()}, "state": {state}}
	return i.reg.AuthorizeURL() + "?" + q.Encode()
}

func (i *Installer) back() string { return i.public + CallbackPath }

// callback takes what Slack leads back with.
func (i *Installer) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	l, err := open(i.reg.Box, q.Get("state"))
	if err != nil {
		i.fail(w, err)
		return
	}
	if why := q.Get("error"); why != "" {
		i.fail(w, &deniedError{why})
		return
	}
	if q.Get("code") == "" {
		i.fail(w, errForged)
		return
	}
	// A browser that gives up does not undo what Slack has done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*webapi.CallTimeout)
	defer cancel()
	ws, err := i.install(ctx, l, q.Get("code"))
	if err != nil {
		i.fail(w, err)
		return
	}
	i.log.Info("the Slack app was installed", "tenant", l.tenant, "team", ws.TeamID)
	i.show(w, http.StatusOK, installed(ws))
}

// install exchanges a code for tokens and keeps them. The link is used up, unless nothing came of it for another reason
// than the code.
func (i *Installer) install(ctx context.Context, l link, code string) (workspace.Workspace, error) {
	err := tenant.In(ctx, i.reg.Pool, l.tenant, func(tx tenant.Tx) error { return l.use(ctx, tx, i.now()) })
	if err != nil {
		return workspace.Workspace{}, err
	}
	ws, err := i.exchange(ctx, l, code)
	if err != nil && webapi.ErrorName(err) == "" {
		err = errors.Join(err, tenant.In(ctx, i.reg.Pool, l.tenant, func(tx tenant.Tx) error { return l.giveBack(ctx, tx) }))
	}
	return ws, err
}

func (i *Installer) exchange(ctx context.Context, l link, code string) (workspace.Workspace, error) {
	at := i.now()
	r, err := slackapi.GetOAuthV2ResponseContext(ctx, i.http, i.reg.Client.ID, i.reg.Client.Secret.Reveal(), code, i.back(), i.reg.OAuth()...)
	if err != nil {
		return workspace.Workspace{}, fmt.Errorf("exchange an OAuth code: %w", err)
	}
	return i.reg.Install(ctx, i.http, l.tenant, r, at)
}

// A deniedError is Slack's word that the person, or Slack, did not agree.
type deniedError struct{ why string }

func (e *deniedError) Error() string { return "Slack did not install the app: " + e.why }
