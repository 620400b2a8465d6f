package install

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A house is an installer with a site, a stand-in of Slack, a clock and two tenants.
type house struct {
	*testing.T
	db            *pgtest.DB
	slack         *slackserver.Server
	reg           workspace.Registry
	inst          *Installer
	tenant, other tenant.ID

	mu  sync.Mutex
	now time.Time
}

func newHouse(t *testing.T, change ...func(*slackserver.Config)) *house {
	h := &house{T: t, db: pgtest.New(t), now: time.Now()}
	sc := slackserver.DemoConfig()
	sc.Clock = h.clock
	sc.Apps[0].Installs = nil
	sc.Teams = append(sc.Teams, slackserver.Team{ID: "T0SECOND000", Name: "Second", Domain: "second",
		Users: []slackserver.User{{ID: "U0SECONDBOB", Name: "bob", Email: "bob@second.example"}}})
	for _, c := range change {
		c(&sc)
	}
	// The address must be known before what answers there is made.
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.inst.Handler().ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	sc.Apps[0].RedirectURLs = []string{site.URL + CallbackPath}
	var err error
	h.slack, err = slackserver.Start(t.Context(), sc, "127.0.0.1:0")
	h.ok(err)
	t.Cleanup(func() { h.ok(h.slack.Close()) })
	box, err := secret.New(make([]byte, secret.KeySize))
	h.ok(err)
	h.reg = workspace.Registry{Pool: h.db.Service, Box: box, APIURL: h.slack.APIURL(), Clock: h.clock, Signed: true,
		Client: workspace.Client{ID: slackserver.DemoClientID, Secret: workspace.NewToken(slackserver.DemoClientKey)}}
	h.inst, err = New(Config{Registry: h.reg, PublicURL: site.URL})
	h.ok(err)
	t.Cleanup(h.inst.Close)
	for slug, id := range map[string]*tenant.ID{"northwind": &h.tenant, "other": &h.other} {
		tn, err := tenant.Add(t.Context(), h.db.Service, slug, slug)
		h.ok(err)
		*id = tn.ID
	}
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) passes(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) link(id tenant.ID) string {
	h.Helper()
	address, _, err := h.inst.Link(h.Context(), id, time.Hour)
	h.ok(err)
	return address
}

// visit opens an address as a browser that follows no redirects.
func (h *house) visit(address string) (status int, text, leads string) {
	h.Helper()
	return h.send(http.MethodGet, address, "")
}

func (h *house) send(method, address, form string) (status int, text, leads string) {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, address, strings.NewReader(form))
	h.ok(err)
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	h.ok(err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	h.ok(err)
	return resp.StatusCode, string(b), resp.Header.Get("Location")
}

// decide follows a link to Slack and answers there; it returns where Slack leads.
func (h *house) decide(link, decision, team string) string {
	h.Helper()
	status, text, leads := h.visit(link)
	if status != http.StatusFound {
		h.Fatalf("the link: status %d: %s", status, text)
	}
	u, err := url.Parse(leads)
	h.ok(err)
	q := u.Query()
	if team != "" {
		q.Set("team", team)
	}
	u.RawQuery = q.Encode()
	status, text, _ = h.visit(u.String())
	if status != http.StatusOK || !strings.Contains(text, "Allow") {
		h.Fatalf("Slack's page: status %d: %s", status, text)
	}
	q.Set("decision", decision)
	_, text, back := h.send(http.MethodPost, strings.Split(u.String(), "?")[0], q.Encode())
	if back == "" {
		h.Fatalf("Slack does not lead back: %s", text)
	}
	return back
}

func (h *house) workspaces(id tenant.ID) []workspace.Workspace {
	h.Helper()
	list, err := h.reg.List(h.Context(), id)
	h.ok(err)
	return list
}

// shows opens an address and expects a page with a status and words.
func (h *house) shows(what, address string, status int, words ...string) {
	h.Helper()
	got, text, _ := h.visit(address)
	if got != status {
		h.Errorf("%s: status %d, want %d: %s", what, got, status, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			h.Errorf("%s: the page lacks %q: %s", what, w, text)
		}
	}
}

func TestAppIsInstalledByALink(t *testing.T) {
	h := newHouse(t)
	back := h.decide(h.link(h.tenant), "allow", "")
	h.shows("the first time", back, http.StatusOK, "installed in Northwind Support", "choose the channel", "Home tab", "slack channel add")
	list := h.workspaces(h.tenant)
	if len(list) != 1 || list[0].TeamID != slackserver.DemoTeam || list[0].AppID != slackserver.DemoApp || list[0].ChannelID != "" || len(list[0].MissingScopes()) > 0 {
		t.Fatalf("workspaces %+v", list)
	}
	if owner, err := workspace.Route(t.Context(), h.db.Service, slackserver.DemoApp, slackserver.DemoTeam); err != nil || owner != h.tenant {
		t.Errorf("its deliveries go to %s, %v", owner, err)
	}
	if p := h.reg.Check(t.Context(), h.tenant); len(p) != 1 || !strings.Contains(p[0].Error(), "no channel was chosen") {
		t.Errorf("problems %v", p)
	}
	_, err := h.reg.AddChannel(t.Context(), h.tenant, workspace.Assignment{Channel: "#support"})
	h.ok(err)
	if p := h.reg.Check(t.Context(), h.tenant); p != nil {
		t.Errorf("problems %v", p)
	}
	h.shows("the same address again", back, http.StatusGone, "used already", "Nothing was changed")

	h.shows("installed again", h.decide(h.link(h.tenant), "allow", ""), http.StatusOK, "Tickets appear in #support")
	if list := h.workspaces(h.tenant); len(list) != 1 || list[0].Channel != "support" {
		t.Errorf("workspaces %+v", list)
	}
	h.shows("a second workspace", h.decide(h.link(h.tenant), "allow", "T0SECOND000"), http.StatusOK, "installed in Second")
	if list := h.workspaces(h.tenant); len(list) != 2 {
		t.Errorf("workspaces %+v", list)
	}
}

func TestLinksThatDoNotWorkChangeNothing(t *testing.T) {
	h := newHouse(t)
	link := h.link(h.tenant)
	state := strings.SplitN(link, "state=", 2)[1]
	callback := h.inst.public + CallbackPath + "?code=1.2&state="
	for name, state := range map[string]string{"none": "", "made up": "AAAA", "changed": "A" + state[1:], "long": strings.Repeat("A", 5000), "cut": state[:40]} {
		if name == "changed" && state[0] == strings.SplitN(link, "state=", 2)[1][0] {
			state = "B" + state[1:]
		}
		h.shows(name+" to begin with", h.inst.public+StartPath+"?state="+state, http.StatusBadRequest, "does not work", "Nothing was changed")
		h.shows(name+" to end with", callback+state, http.StatusBadRequest, "does not work", "Nothing was changed")
	}
	h.shows("no code", h.inst.public+CallbackPath+"?state="+state, http.StatusBadRequest, "does not work")
	h.shows("cancelled", h.decide(link, "cancel", ""), http.StatusOK, "cancelled", "the link still works")
	h.shows("refused by Slack", h.inst.public+CallbackPath+"?error=%3Cb%3Einvalid&state="+state, http.StatusBadRequest, "&lt;b&gt;invalid")
	h.shows("a made-up code", callback+state, http.StatusBadRequest, "invalid_code")
	h.shows("a used link", link, http.StatusGone, "used already")
	if n := len(h.workspaces(h.tenant)); n != 0 {
		t.Errorf("%d workspaces, want none", n)
	}

	late := h.link(h.tenant)
	back := h.decide(late, "allow", "")
	h.passes(time.Hour + time.Second)
	h.shows("an expired link", late, http.StatusGone, "expired")
	h.shows("an expired answer", back, http.StatusGone, "expired", "Nothing was changed")
	if n := len(h.workspaces(h.tenant)); n != 0 {
		t.Errorf("%d workspaces, want none", n)
	}
}

func TestLinkStillWorksAfterSlackWasOutOfReach(t *testing.T) {
	h := newHouse(t)
	link := h.link(h.tenant)
	back := h.decide(link, "allow", "")
	h.slack.Inject(slackserver.Fault{Method: "oauth.v2.access", Kind: slackserver.ServerError, Times: 1})
	h.shows("Slack fails", back, http.StatusServiceUnavailable, "Open the link again")
	h.shows("again", h.decide(link, "allow", ""), http.StatusOK, "installed in")
}

func TestWorkspaceOfAnotherTenantStaysItsOwn(t *testing.T) {
	h := newHouse(t)
	h.shows("the first tenant", h.decide(h.link(h.tenant), "allow", ""), http.StatusOK, "installed")
	before := h.workspaces(h.tenant)[0]
	h.shows("the other tenant", h.decide(h.link(h.other), "allow", ""), http.StatusConflict, "another organisation of this service", "nothing was changed")
	if n := len(h.workspaces(h.other)); n != 0 {
		t.Errorf("the other tenant has %d workspaces", n)
	}
	after := h.workspaces(h.tenant)[0]
	if after.BotToken != before.BotToken || after.TeamID != before.TeamID {
		t.Errorf("it became %+v", after)
	}
	if owner, err := workspace.Route(t.Context(), h.db.Service, slackserver.DemoApp, slackserver.DemoTeam); err != nil || owner != h.tenant {
		t.Errorf("its deliveries go to %s, %v", owner, err)
	}
}

func TestLinkWorksOnceHoweverManyBrowsersComeAtOnce(t *testing.T) {
	h := newHouse(t)
	link := h.link(h.tenant)
	l, err := open(h.reg.Box, strings.SplitN(link, "state=", 2)[1])
	h.ok(err)
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		wg.Go(func() {
			results <- tenant.In(t.Context(), h.db.Service, h.tenant, func(tx tenant.Tx) error { return l.use(t.Context(), tx, h.clock()) })
		})
	}
	wg.Wait()
	won := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, errUsed):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("used %d times, want once", won)
	}
}

func TestLinksStayWithinTheTenant(t *testing.T) {
	h := newHouse(t)
	l, err := open(h.reg.Box, strings.SplitN(h.link(h.tenant), "state=", 2)[1])
	h.ok(err)
	h.ok(tenant.In(t.Context(), h.db.Service, h.other, func(tx tenant.Tx) error {
		if err := l.check(t.Context(), tx, h.clock()); !errors.Is(err, errExpired) {
			t.Errorf("check: %v", err)
		}
		if err := l.use(t.Context(), tx, h.clock()); !errors.Is(err, errExpired) {
			t.Errorf("use: %v", err)
		}
		_, err := newLink(t.Context(), tx, h.clock().Add(100*24*time.Hour), h.clock())
		return errors.Join(err, l.giveBack(t.Context(), tx))
	}))
	h.ok(tenant.In(t.Context(), h.db.Service, h.tenant, func(tx tenant.Tx) error { return l.use(t.Context(), tx, h.clock()) }))
}

func TestLinkNeedsItsSettings(t *testing.T) {
	h := newHouse(t)
	bare, err := New(Config{Registry: workspace.Registry{Pool: h.db.Service, Box: h.reg.Box}})
	h.ok(err)
	defer bare.Close()
	_, _, err = bare.Link(t.Context(), h.tenant, time.Hour)
	for _, name := range []string{"CUSTOMERDESK_PUBLIC_URL", "CUSTOMERDESK_SLACK_CLIENT_ID", "CUSTOMERDESK_SLACK_CLIENT_SECRET"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	l := link{tenant: tenant.NewID(), id: tenant.NewID()}
	f.Add(l.seal(box))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, state string) {
		got, err := open(box, state)
		if err == nil && got.seal(box) != strings.NewReplacer("\r", "", "\n", "").Replace(state) {
			t.Errorf("%q opens as what is written %q", state, got.seal(box))
		}
	})
}
