package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// OnDevice lets a person consent with another device (RFC 8628). show is told once where to go and what to enter.
func (r Request) OnDevice(ctx context.Context, show func(address, code string)) (Grant, error) {
	g, err := r.grant(Device, r.Provider.Scopes)
	if err != nil {
		return g, err
	}
	if r.Provider.DeviceURL == "" {
		return g, errors.New("the provider has no device flow for mail: use --flow code")
	}
	if err := checkURL("device URL", r.Provider.DeviceURL); err != nil {
		return g, err
	}
	ctx = withClient(ctx)
	c := g.config()
	c.Endpoint.DeviceAuthURL = r.Provider.DeviceURL
	asked, err := c.DeviceAuth(ctx)
	if err != nil {
		return g, explain("ask for a device code", err)
	}
	if asked.Expiry.IsZero() || time.Until(asked.Expiry) > time.Hour {
		asked.Expiry = time.Now().Add(time.Hour)
	}
	show(line(asked.VerificationURI, 200), line(asked.UserCode, 60))
	token, err := c.DeviceAccessToken(ctx, asked)
	if errors.Is(err, context.DeadlineExceeded) && !time.Now().Before(asked.Expiry) {
		return g, errors.New("wait for consent: the code has expired; run the command again")
	}
	if err != nil {
		return g, explain("wait for consent", err)
	}
	return consented(g, token)
}

// A Browser is how a person consents in one: Show is told where to go, and the way back is a listener on loopback
// port Port (0: any), or the final address, pasted into Pasted where the browser runs on another machine.
type Browser struct {
	Show   func(address string)
	Port   int
	Pasted <-chan string
}

// InBrowser asks for consent by authorisation code with PKCE (RFC 8252).
func (r Request) InBrowser(ctx context.Context, b Browser) (Grant, error) {
	g, err := r.grant(Code, r.Provider.Scopes)
	if err != nil {
		return g, err
	}
	if err := checkURL("auth URL", r.Provider.AuthURL); err != nil {
		return g, err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port)))
	if err != nil {
		return g, fmt.Errorf("listen for the browser: %w", err)
	}
	c := g.config()
	c.Endpoint.AuthURL = r.Provider.AuthURL
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	c.RedirectURL = "http://" + net.JoinHostPort(r.Provider.RedirectHost, port) + "/"

	verifier, state := oauth2.GenerateVerifier(), rand.Text()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("login_hint", r.User)}
	for name, value := range r.Provider.Params {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	back := make(chan url.Values, 1)
	server := &http.Server{Handler: landing(state, back), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	b.Show(c.AuthCodeURL(state, options...))
	code, err := await(ctx, state, back, b.Pasted)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = server.Shutdown(stopping) // The browser still gets its page.
	_ = server.Close()
	<-done
	if err != nil {
		return g, err
	}
	token, err := c.Exchange(withClient(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return g, explain("exchange the code", err)
	}
	return consented(g, token)
}

// landing takes the browser's way back.
func landing(state string, back chan<- url.Values) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.URL.Path != "/" || !same(q.Get("state"), state) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Referrer-Policy", "no-referrer")
		fmt.Fprintln(w, "Thank you. You can close this window and go back to the command line.")
		select {
		case back <- q:
		default:
		}
	})
}

func await(ctx context.Context, state string, back <-chan url.Values, pasted <-chan string) (string, error) {
	for {
		var q url.Values
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case q = <-back:
		case text, open := <-pasted:
			if !open {
				pasted = nil
				continue
			}
			u, err := url.Parse(strings.TrimSpace(text))
			if err != nil || !same(u.Query().Get("state"), state) {
				continue // An empty line, or the address of another time.
			}
			q = u.Query()
		}
		if code := q.Get("error"); code != "" {
			return "", &RefusedError{Code: line(code, 60), Description: line(q.Get("error_description"), 200)}
		}
		if code := q.Get("code"); code != "" {
			return code, nil
		}
		return "", errors.New("the provider sent the browser back without a code")
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
