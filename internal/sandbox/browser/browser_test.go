package browser_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const page = `<!doctype html><link rel="icon" href="data:,">
<form><input id="name" value="old"><button type="button" onclick="document.querySelector('output').value = 'Hello ' + document.querySelector('#name').value">Greet</button></form>
<output></output>`

func TestTabActsAndReadsLikeAPerson(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(srv.Close)
	tab := browser.New(t)
	tab.Open(srv.URL)
	tab.Type("#name", "Maya")
	tab.ClickText("button", "Greet")
	tab.WaitText("output", "Hello Maya")
	if n := tab.Count("button"); n != 1 {
		t.Errorf("%d buttons", n)
	}
}
