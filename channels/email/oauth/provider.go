package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// A Provider says where its users give their consent, and what is asked for.
type Provider struct {
	AuthURL, TokenURL, DeviceURL string
	// Scopes are asked of a person, AppScopes of a flow without one.
	Scopes, AppScopes []string
	// Params are added to the address at which a person consents.
	Params map[string]string
	// RedirectHost is the loopback host that the provider knows for local programs (RFC 8252 section 7.3).
	RedirectHost string
}

// Google is Gmail and Google Workspace: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol. It has no
// mail scope for devices.
func Google() Provider {
	scope := []string{"https://mail.google.com/"}
	return Provider{
		AuthURL: "https://accounts.google.com/o/oauth2/v2/auth", TokenURL: "https://oauth2.googleapis.com/token",
		Scopes: scope, AppScopes: scope, RedirectHost: "127.0.0.1",
		// Without both, a second consent brings no refresh token.
		Params: map[string]string{"access_type": "offline", "prompt": "consent"},
	}
}

// Microsoft is Microsoft 365 and Outlook.com, for the accounts of one directory (its id or domain) or "common":
// https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth.
func Microsoft(directory string) Provider {
	base := "https://login.microsoftonline.com/" + url.PathEscape(directory) + "/oauth2/v2.0/"
	return Provider{
		AuthURL: base + "authorize", TokenURL: base + "token", DeviceURL: base + "devicecode", RedirectHost: "localhost",
		Scopes: []string{
			"https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send", "offline_access",
		},
		AppScopes: []string{"https://outlook.office365.com/.default"},
	}
}

// ProviderOf guesses the provider by the name of its IMAP server: "google", "microsoft" or "".
func ProviderOf(host string) string {
	host = "." + strings.ToLower(host)
	for suffix, name := range map[string]string{
		".gmail.com": "google", ".googlemail.com": "google", ".google.com": "google",
		".office365.com": "microsoft", ".outlook.com": "microsoft", ".office.com": "microsoft",
	} {
		if strings.HasSuffix(host, suffix) {
			return name
		}
	}
	return ""
}

// Discover asks an issuer for its endpoints (OpenID Connect Discovery 1.0 section 4).
func Discover(ctx context.Context, issuer string) (Provider, error) {
	if err := checkURL("provider", issuer); err != nil {
		return Provider{}, err
	}
	p := Provider{RedirectHost: "127.0.0.1", Scopes: []string{"offline_access"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return p, fmt.Errorf("ask %s for its endpoints: %w", issuer, err)
	}
	client := http.Client{Timeout: timeout}
	answer, err := client.Do(request)
	if err != nil {
		return p, fmt.Errorf("ask the provider for its endpoints: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	var found struct {
		Auth   string `json:"authorization_endpoint"`
		Token  string `json:"token_endpoint"`
		Device string `json:"device_authorization_endpoint"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&found); err != nil || answer.StatusCode != http.StatusOK {
		return p, fmt.Errorf("ask %s for its endpoints: it answers %s without them; name them with --auth-url and --token-url", issuer, answer.Status)
	}
	p.AuthURL, p.TokenURL, p.DeviceURL = found.Auth, found.Token, found.Device
	return p, nil
}

// A Request is an application that asks for access.
type Request struct {
	Provider     Provider
	ClientID     string
	ClientSecret string // empty: a public client
	User         string // whom the provider is to ask
}

func (r Request) grant(f Flow, scopes []string) (Grant, error) {
	if r.ClientID == "" {
		return Grant{}, errors.New("no client id")
	}
	g := Grant{Flow: f, TokenURL: r.Provider.TokenURL, ClientID: r.ClientID, ClientSecret: r.ClientSecret, Scopes: scopes}
	return g, checkURL("token URL", g.TokenURL)
}

// ForApp is the grant of client credentials (RFC 6749 section 4.4).
func (r Request) ForApp() (Grant, error) {
	if r.ClientSecret == "" {
		return Grant{}, errors.New("client credentials need a client secret")
	}
	return r.grant(ClientCredentials, r.Provider.AppScopes)
}

// ForServiceAccount is the grant of a service account by its key file, as Google writes it, to act for the user.
func (r Request) ForServiceAccount(keyFile []byte) (Grant, error) {
	var file struct {
		Email    string `json:"client_email"`
		Key      string `json:"private_key"`
		KeyID    string `json:"private_key_id"`
		TokenURL string `json:"token_uri"`
	}
	if err := json.Unmarshal(keyFile, &file); err != nil || file.Email == "" || file.Key == "" {
		return Grant{}, errors.New("the key file is not that of a service account: want JSON with client_email and private_key")
	}
	r.ClientID, r.ClientSecret = file.Email, ""
	if r.Provider.TokenURL == "" {
		r.Provider.TokenURL = file.TokenURL
	}
	g, err := r.grant(ServiceAccount, r.Provider.AppScopes)
	g.Key, g.KeyID, g.Subject = file.Key, file.KeyID, r.User
	return g, err
}

// consented makes the grant of what a person consented to.
func consented(g Grant, t *oauth2.Token) (Grant, error) {
	if err := usable(t); err != nil {
		return g, err
	}
	if t.RefreshToken == "" {
		return g, errors.New("the provider gave no refresh token: the application must be allowed offline access")
	}
	g.RefreshToken = t.RefreshToken
	return g, nil
}
