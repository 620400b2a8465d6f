package browser

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// ShotsEnv names the environment variable with the folder for Tab.Shot; without it Shot does nothing.
const ShotsEnv = "CUSTOMERDESK_SHOTS"

// Width and Height are the size of the window in CSS pixels.
const (
	Width  = 1280
	Height = 800
)

// Patience is how long a Tab waits for something to appear.
const Patience = 45 * time.Second

// limit is how long one test may use its browser.
const limit = 6 * time.Minute

// A Tab is the one tab of a browser.
type Tab struct {
	t   testing.TB
	ctx context.Context
}

// New starts a browser with a profile of its own; it ends with the test. Without Chromium on the machine
// the test fails, because a skipped one would pass for a page that works.
func New(t testing.TB) *Tab {
	t.Helper()
	path := find()
	if path == "" {
		t.Fatal("no Chromium on this machine: run deploy/setup.sh test")
	}
	profile, err := os.MkdirTemp("", "customerdesk-browser-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.WindowSize(Width, Height),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter"),
	)
	base, expire := context.WithTimeout(context.Background(), limit)
	alloc, stopAlloc := chromedp.NewExecAllocator(base, opts...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process to end
		stop()
		stopAlloc()
		expire()
		_ = os.RemoveAll(profile) // helper processes may still write for a moment, so no t.TempDir
	})
	tab := &Tab{t, ctx}
	if err := chromedp.Listen(ctx, tab.watch); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	tab.Resize(Width, Height)
	return tab
}

// Context is for chromedp.Do and chromedp.Run.
func (tab *Tab) Context() context.Context { return tab.ctx }

// find is the path of an installed Chromium or Chrome; empty if there is none.
func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// watch fails the test for what a good page does not do.
func (tab *Tab) watch(ev any) {
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		tab.t.Errorf("the page threw: %s", text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			tab.t.Errorf("the page logged an error: %s", consoleText(e))
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && !local(u) {
			tab.t.Errorf("the page asked for %s", e.Request.URL)
		}
	}
}

func consoleText(e *runtime.EventConsoleAPICalled) string {
	var parts []string
	for _, a := range e.Args {
		parts = append(parts, string(a.Value)+a.Description)
	}
	return strings.Join(parts, " ")
}

func local(u *url.URL) bool {
	switch u.Scheme {
	case "data", "blob", "about", "chrome", "devtools":
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Shot saves a picture of the window as NAME.png in the folder that ShotsEnv names.
func (tab *Tab) Shot(name string) {
	tab.t.Helper()
	dir := os.Getenv(ShotsEnv)
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Fatalf("picture %s: %v", name, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}
