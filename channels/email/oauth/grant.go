package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"
)

// Flow is how a mailbox was authorised.
type Flow string

// The flows.
const (
	Code              Flow = "code"
	Device            Flow = "device"
	ClientCredentials Flow = "client-credentials"
	ServiceAccount    Flow = "service-account"
)

// timeout bounds one request to a provider.
const timeout = 15 * time.Second

// A Grant is what access tokens are got with. All of it is kept encrypted.
type Grant struct {
	Flow         Flow     `json:"flow"`
	TokenURL     string   `json:"token_url"`
	ClientID     string   `json:"client_id"` // of a service account: its address
	ClientSecret string   `json:"client_secret,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	RefreshToken string   `json:"refresh_token,omitempty"`
	Key          string   `json:"key,omitempty"` // a service account's private key, PEM
	KeyID        string   `json:"key_id,omitempty"`
	Subject      string   `json:"subject,omitempty"` // the user whom a service account acts for
}

// String keeps the secrets out of logs and errors.
func (g Grant) String() string { return "grant(" + string(g.Flow) + ")" }

// GoString does so for %#v.
func (g Grant) GoString() string { return g.String() }

// A RefusedError is the answer of a provider that will be the same the next time: somebody has to authorise anew.
type RefusedError struct {
	Code        string // such as invalid_grant (RFC 6749 section 5.2)
	Description string
}

func (e *RefusedError) Error() string {
	if e.Description == "" {
		return "the provider refuses: " + e.Code
	}
	return "the provider refuses: " + e.Code + " (" + e.Description + ")"
}

// Fetch gets an access token. Where the provider replaced the refresh token, the new one is in the Grant that is
// returned, which must be kept before the access token is used. A *RefusedError is for good.
func (g Grant) Fetch(ctx context.Context) (*oauth2.Token, Grant, error) {
	ctx = withClient(ctx)
	var source oauth2.TokenSource
	switch g.Flow {
	case Code, Device:
		source = g.config().TokenSource(ctx, &oauth2.Token{RefreshToken: g.RefreshToken})
	case ClientCredentials:
		c := clientcredentials.Config{
			ClientID: g.ClientID, ClientSecret: g.ClientSecret, TokenURL: g.TokenURL, Scopes: g.Scopes, AuthStyle: oauth2.AuthStyleInParams,
		}
		source = c.TokenSource(ctx)
	case ServiceAccount:
		c := jwt.Config{
			Email: g.ClientID, PrivateKey: []byte(g.Key), PrivateKeyID: g.KeyID, Subject: g.Subject, Scopes: g.Scopes, TokenURL: g.TokenURL,
		}
		source = c.TokenSource(ctx)
	default:
		return nil, g, fmt.Errorf("unknown flow %q", g.Flow)
	}
	token, err := source.Token()
	if err != nil {
		return nil, g, explain("get an access token", err)
	}
	if err := usable(token); err != nil {
		return nil, g, err
	}
	if token.RefreshToken != "" && g.RefreshToken != "" {
		g.RefreshToken = token.RefreshToken
	}
	return token, g, nil
}

func (g Grant) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: g.ClientID, ClientSecret: g.ClientSecret, Scopes: g.Scopes,
		// A refused first guess would use up a code or a refresh token.
		Endpoint: oauth2.Endpoint{TokenURL: g.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
}

func withClient(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Timeout: timeout,
		// A redirect would carry the secrets elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

// usable refuses a token that would break out of the login commands it is put into.
func usable(t *oauth2.Token) error {
	const limit = 16 << 10
	if t.AccessToken == "" || len(t.AccessToken) > limit ||
		strings.ContainsFunc(t.AccessToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("get an access token: the provider's answer holds no usable one")
	}
	return nil
}

// explain makes an error without the answer's body, which might repeat secrets.
func explain(what string, err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return fmt.Errorf("%s: %w", what, err)
	}
	code, text := answer.ErrorCode, answer.ErrorDescription
	if code == "" {
		var body struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		if json.Unmarshal(answer.Body, &body) == nil {
			code, text = body.Error, body.Description
		}
	}
	code, text = line(code, 60), line(text, 200)
	switch code {
	case "invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "access_denied", "expired_token", "unsupported_grant_type",
		"interaction_required", "consent_required":
		return fmt.Errorf("%s: %w", what, &RefusedError{Code: code, Description: text})
	case "":
		return fmt.Errorf("%s: the provider answers %s", what, line(answer.Response.Status, 60))
	}
	return fmt.Errorf("%s: the provider answers %s (%s)", what, code, text)
}

func line(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// checkURL wants https, since secrets travel; loopback excepted.
func checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%s %q: want an https address", name, line(raw, 80))
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return fmt.Errorf("%s %q: want an https address", name, line(raw, 80))
	}
	return nil
}
