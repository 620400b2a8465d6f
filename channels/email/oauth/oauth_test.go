package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// office answers every request with a status and a body.
func office(t testing.TB, status int, contentType, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func grantAt(url string) Grant {
	return Grant{Flow: Code, TokenURL: url, ClientID: "desk", ClientSecret: "hush-hush", RefreshToken: "old-one"}
}

func TestEndpointsComeFromTheIssuersDocument(t *testing.T) {
	var asked string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		fmt.Fprint(w, `{"issuer":"x","authorization_endpoint":"https://id.example/a","token_endpoint":"https://id.example/t",
			"device_authorization_endpoint":"https://id.example/d","unknown":[1,2]}`)
	}))
	defer s.Close()
	p, err := Discover(t.Context(), s.URL+"/realm/")
	if err != nil || p.AuthURL != "https://id.example/a" || p.TokenURL != "https://id.example/t" || p.DeviceURL != "https://id.example/d" {
		t.Errorf("%+v, %v", p, err)
	}
	if asked != "/realm/.well-known/openid-configuration" {
		t.Errorf("asked for %s", asked)
	}
}

func TestIssuersWithoutAUsableDocumentAreNamed(t *testing.T) {
	for name, url := range map[string]string{
		"no document":  office(t, 404, "text/html", "<h1>Not here</h1>"),
		"malformed":    office(t, 200, "application/json", `{"token_endpoint":`),
		"of the wrong": office(t, 200, "application/json", `{"token_endpoint":[1]}`),
		"endless":      office(t, 200, "application/json", `{"token_endpoint":"`+strings.Repeat("x", 2<<20)+`"}`),
		"unencrypted":  "http://id.example",
		"no address":   "::",
		"nobody there": "http://127.0.0.1:1",
	} {
		if _, err := Discover(t.Context(), url); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestProvidersAreKnownByTheirServers(t *testing.T) {
	for host, want := range map[string]string{
		"imap.gmail.com": "google", "IMAP.GMAIL.COM": "google", "outlook.office365.com": "microsoft", "outlook.com": "microsoft",
		"imap.notgmail.com": "", "gmail.com.evil.example": "", "": "",
	} {
		if got := ProviderOf(host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestRefusalsAreForGoodAndTroubleIsNot(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		kind   string
		body   string
		code   string // of a refusal; empty: it may be tried again
		words  string
	}{
		{"revoked", 400, "application/json", `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`, "invalid_grant", "revoked"},
		{"revoked, called text", 400, "text/html", `{"error":"invalid_grant"}`, "invalid_grant", "invalid_grant"},
		{"secret", 401, "application/json", `{"error":"invalid_client","error_codes":[7000222]}`, "invalid_client", "invalid_client"},
		{"consent", 400, "application/json", `{"error":"interaction_required"}`, "interaction_required", "interaction_required"},
		{"overload", 503, "application/json", `{"error":"temporarily_unavailable"}`, "", "temporarily_unavailable"},
		{"too fast", 429, "text/plain", `slow down`, "", "429"},
		{"a proxy's page", 502, "text/html", `<html>hush-hush old-one</html>`, "", "502"},
		{"lines", 400, "application/json", `{"error":"odd\nname","error_description":"a\r\nb"}`, "", "odd name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := grantAt(office(t, c.status, c.kind, c.body)).Fetch(t.Context())
			var refused *RefusedError
			if errors.As(err, &refused) != (c.code != "") || refused != nil && refused.Code != c.code {
				t.Fatalf("got %v, want the refusal %q", err, c.code)
			}
			if !strings.Contains(err.Error(), c.words) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %q, want %q in it, on one line", err, c.words)
			}
			if strings.Contains(err.Error(), "hush-hush") || strings.Contains(err.Error(), "old-one") {
				t.Errorf("the error shows secrets: %q", err)
			}
		})
	}
}

func TestAnswersWithoutAUsableTokenAreErrors(t *testing.T) {
	for name, body := range map[string]string{
		"empty": ``, "no object": `[]`, "cut off": `{"access_token":"a`, "no token": `{"expires_in":3600}`, "number": `{"access_token":5}`,
		"break": `{"access_token":"a\u0001auth=Bearer b"}`, "line": `{"access_token":"a\r\nA1 LOGOUT"}`, "blank": `{"access_token":"a b"}`,
		"not ASCII": `{"access_token":"é"}`, "long": `{"access_token":"` + strings.Repeat("a", 17<<10) + `"}`,
	} {
		if token, _, err := grantAt(office(t, 200, "application/json", body)).Fetch(t.Context()); err == nil {
			t.Errorf("%s: token %q", name, token.AccessToken)
		}
	}
}

func TestLifeOfATokenIsCountedFromItsArrival(t *testing.T) {
	// The provider's own clock, as in a Date header that is hours off, has no part in it.
	for name, c := range map[string]struct {
		body string
		want time.Duration
	}{
		"number": {`{"access_token":"a","expires_in":3600}`, time.Hour},
		"text":   {`{"access_token":"a","expires_in":"3600"}`, time.Hour},
		"none":   {`{"access_token":"a"}`, 0},
	} {
		before := time.Now()
		token, _, err := grantAt(office(t, 200, "application/json", c.body)).Fetch(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.want == 0 {
			if !token.Expiry.IsZero() {
				t.Errorf("%s: ends at %s", name, token.Expiry)
			}
			continue
		}
		if life := token.Expiry.Sub(before); life < c.want-time.Minute || life > c.want+time.Minute {
			t.Errorf("%s: lives for %s, want %s", name, life, c.want)
		}
	}
}

func TestReplacedRefreshTokenIsHandedOn(t *testing.T) {
	for body, want := range map[string]string{
		`{"access_token":"a","refresh_token":"new-one"}`: "new-one",
		`{"access_token":"a"}`:                           "old-one",
		`{"access_token":"a","refresh_token":""}`:        "old-one",
	} {
		_, g, err := grantAt(office(t, 200, "application/json", body)).Fetch(t.Context())
		if err != nil || g.RefreshToken != want {
			t.Errorf("%s: %q, %v", body, g.RefreshToken, err)
		}
	}
}

func TestSecretsAreNotSentOnByARedirect(t *testing.T) {
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	if _, _, err := grantAt(s.URL).Fetch(t.Context()); err == nil || reached {
		t.Errorf("error %v, the other server was asked: %v", err, reached)
	}
}

func TestGrantsKeepTheirSecretsOutOfText(t *testing.T) {
	g := grantAt("https://id.example/token")
	for _, text := range []string{fmt.Sprint(g), fmt.Sprintf("%v %+v %#v %s", g, g, g, g)} {
		if strings.Contains(text, "hush-hush") || strings.Contains(text, "old-one") {
			t.Errorf("shows %s", text)
		}
	}
}

func TestKeyFilesThatAreNoneAreRefused(t *testing.T) {
	r := Request{Provider: Google(), User: "support@desk.example"}
	for _, file := range []string{``, `{`, `[]`, `{}`, `{"client_email":"a@b"}`, `{"private_key":"x"}`, `{"client_email":5,"private_key":"x"}`} {
		if _, err := r.ForServiceAccount([]byte(file)); err == nil {
			t.Errorf("%s: no error", file)
		}
	}
	g, err := r.ForServiceAccount([]byte(`{"client_email":"a@b.example","private_key":"no key at all"}`))
	if err != nil || g.Subject != "support@desk.example" {
		t.Fatalf("%+v, %v", g, err)
	}
	if _, _, err := g.Fetch(t.Context()); err == nil || strings.Contains(err.Error(), "no key at all") {
		t.Errorf("a key that is none: %v", err)
	}
}

// A token that gets through can be put into a login command; whatever the provider answers, secrets stay here.
func FuzzTokenAnswer(f *testing.F) {
	for _, body := range []string{`{"access_token":"a","expires_in":60,"refresh_token":"b"}`, `{"error":"invalid_grant"}`, `access_token=a&expires_in=5`, `{"access_token":"a\u0001"}`, ``} {
		f.Add(200, "application/json", []byte(body))
		f.Add(400, "application/x-www-form-urlencoded", []byte(body))
	}
	answer := make(chan func(http.ResponseWriter), 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { (<-answer)(w) }))
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 200 || status > 599 || strings.ContainsAny(kind, "\r\n") || strings.Contains(string(body), "hush-hush") || strings.Contains(string(body), "old-one") {
			t.Skip()
		}
		answer <- func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		token, g, err := grantAt(s.URL).Fetch(ctx)
		if err != nil {
			if strings.Contains(err.Error(), "hush-hush") || strings.Contains(err.Error(), "old-one") {
				t.Errorf("the error shows secrets: %v", err)
			}
			return
		}
		if strings.ContainsAny(token.AccessToken, " \x00\x01\r\n") || token.AccessToken == "" || g.RefreshToken == "" {
			t.Errorf("token %q, refresh token %q", token.AccessToken, g.RefreshToken)
		}
	})
}
