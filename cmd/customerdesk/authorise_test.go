package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A tokenOffice stands in for a provider's OAuth 2 servers. Each refresh token works once.
type tokenOffice struct {
	*httptest.Server

	mu        sync.Mutex
	challenge string          // of the code under way
	refresh   string          // the one that works
	access    map[string]bool // those that open mailboxes
	life      int             // seconds; 0: an hour
	pending   int             // how often a device is told to wait
	revoked   bool
	asked     map[string]int // by grant type
	subject   string
	serial    int
}

func newTokenOffice(t *testing.T) *tokenOffice {
	o := &tokenOffice{access: map[string]bool{}, asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", o.authorize)
	mux.HandleFunc("POST /device", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"device_code":"dev","user_code":"WXYZ-1234","verification_uri":"https://id.example/device","expires_in":600,"interval":1}`)
	})
	mux.HandleFunc("POST /token", o.token)
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

// authorize sends the browser back at once.
func (o *tokenOffice) authorize(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := r.URL.Query()
	o.challenge = q.Get("code_challenge")
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"c0de"}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (o *tokenOffice) token(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kind := r.PostFormValue("grant_type")
	o.asked[kind]++
	fail := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":%q,"error_description":"see the manual"}`, code)
	}
	w.Header().Set("Content-Type", "application/json")
	personal := true
	switch kind {
	case "authorization_code":
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if r.PostFormValue("code") != "c0de" || base64.RawURLEncoding.EncodeToString(sum[:]) != o.challenge {
			fail("invalid_grant")
			return
		}
	case "urn:ietf:params:oauth:grant-type:device_code":
		if o.pending > 0 {
			o.pending--
			fail("authorization_pending")
			return
		}
	case "refresh_token":
		if o.revoked || r.PostFormValue("refresh_token") != o.refresh {
			fail("invalid_grant")
			return
		}
	case "client_credentials":
		personal = false
		if r.PostFormValue("client_secret") != "s3cret" {
			fail("invalid_client")
			return
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		personal = false
		var claims struct{ Sub string }
		part := strings.Split(r.PostFormValue("assertion"), ".")
		body, _ := base64.RawURLEncoding.DecodeString(part[1])
		_ = json.Unmarshal(body, &claims)
		o.subject = claims.Sub
	}
	o.serial++
	access := fmt.Sprintf("access-%d", o.serial)
	o.access[access] = true
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600}
	if o.life > 0 {
		answer["expires_in"] = o.life
	}
	if personal {
		o.refresh = fmt.Sprintf("refresh-%d", o.serial)
		answer["refresh_token"] = o.refresh
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (o *tokenOffice) opens(_, token string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.access[token]
}

func (o *tokenOffice) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

// newTokenSite has the support mailbox by auth, without a token.
func newTokenSite(t *testing.T, auth string) (*site, *tokenOffice) {
	o := newTokenOffice(t)
	s := newSite(t, siteOptions{noSlack: true, noBoxes: true, token: o.opens})
	bare := func(raw string) string {
		u, err := url.Parse(raw)
		s.ok(err)
		u.User = url.User(support)
		u.RawQuery = "tls=none&auth=" + auth
		return u.String()
	}
	out := s.do("mailbox", "add", support, "--imap", bare(s.imap.url(t, s.imapURL(support))), "--smtp", bare(s.smtp.url(t, s.mail.SMTPURL(support))))
	if !hasAll(out, []string{"not authorised yet", "mailbox authorise " + support}) {
		t.Errorf("add says %s", out)
	}
	return s, o
}

func (o *tokenOffice) flags(more ...string) []string {
	return append([]string{"mailbox", "authorise", support, "--client-id", "app", "--auth-url", o.URL + "/authorize",
		"--token-url", o.URL + "/token", "--device-url", o.URL + "/device", "--scope", "mail"}, more...)
}

func (s *site) mailboxState() string {
	return read[[]object](s.shell, "mailbox", "list")[0]["state"].(string)
}

func TestMailboxByDeviceFlowRenewsItsTokensAndTellsWhenAccessIsTakenBack(t *testing.T) {
	t.Parallel()
	s, o := newTokenSite(t, "xoauth2")
	if got := s.mailboxState(); got != "unauthorised" {
		t.Errorf("state %s before authorising", got)
	}
	s.failsWith(exitFailed, []string{"not authorised yet", "mailbox authorise " + support}, "mailbox", "test", support)
	o.set(func() { o.pending = 1 })
	out := s.do(o.flags("--flow", "device")...)
	if !hasAll(out, []string{"https://id.example/device", "WXYZ-1234", "is authorised"}) || strings.Contains(out, "access-") || strings.Contains(out, "refresh-") {
		t.Errorf("authorise says %s", out)
	}
	if got := s.mailboxState(); got != "new" {
		t.Errorf("state %s after authorising", got)
	}

	v := s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "Bell", text: "It does not ring."}))
	// The server no longer takes the token: a new one is got, with the refresh token that came last.
	var before int
	o.set(func() {
		before = o.asked["refresh_token"]
		clear(o.access)
	})
	s.sentOnce(s.answer(1, "Try the other side."))
	o.set(func() {
		if o.asked["refresh_token"] == before {
			t.Error("sent with a token that the server refuses")
		}
	})
	// A process that dies goes on with the refresh token that was kept before its access token was used.
	v.kill()
	v = s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "Light", text: "It does not shine."}))
	// Several processes that renew at once do not use up each other's refresh token.
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if r := s.try("mailbox", "test", support, "--wait", "0"); r.status != exitDone {
				t.Errorf("one of several at once: %s", r.stderr)
			}
		})
	}
	all.Wait()
	v.stop()

	o.set(func() { o.revoked = true })
	s.failsWith(exitFailed, []string{"invalid_grant", "mailbox authorise " + support}, "mailbox", "test", support, "--wait", "0")
	v = s.serve()
	s.until("the mailbox to fail", func() bool { return s.mailboxState() == "failing" })
	if list := s.do("mailbox", "list"); !hasAll(list, []string{"invalid_grant", "customerdesk mailbox authorise " + support}) {
		t.Errorf("list says %s", list)
	}
	o.set(func() { o.revoked = false })
	s.do(o.flags("--flow", "device")...)
	s.stored(s.deliver(letter{from: ada, subject: "Brake", text: "It squeaks."}))
	log := v.log.String()
	if strings.Contains(log, "access-") || strings.Contains(log, "refresh-") {
		t.Error("a token is in the log")
	}
	v.stop()
}

func TestMailboxIsAuthorisedInTheBrowser(t *testing.T) {
	t.Parallel()
	s, o := newTokenSite(t, "oauthbearer")
	cmd := s.command(t.Context(), o.flags()...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	s.ok(err)
	s.ok(cmd.Start())
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		if page := strings.TrimSpace(lines.Text()); strings.HasPrefix(page, "http") {
			answer, err := http.Get(page)
			s.ok(err)
			s.ok(answer.Body.Close())
		}
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(said, "is authorised") {
		t.Fatalf("authorise: %v: %s%s", err, said, &errs)
	}
	v := s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "Bell", text: "It does not ring."}))
	v.stop()
}

func TestMailboxIsAuthorisedWithoutAPerson(t *testing.T) {
	t.Parallel()
	s, o := newTokenSite(t, "xoauth2")
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		s.ok(os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	s.failsWith(exitFailed, []string{"invalid_client"}, o.flags("--flow", "client-credentials", "--client-secret-file", write("wrong", "other"))...)
	if got := s.mailboxState(); got != "unauthorised" {
		t.Errorf("state %s after a refusal", got)
	}
	s.do(o.flags("--flow", "client-credentials", "--client-secret-file", write("secret", "s3cret\n"))...)

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	s.ok(err)
	file, err := json.Marshal(map[string]string{
		"client_email": "robot@project.example", "private_key_id": "k1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	s.ok(err)
	if got := read[object](s.shell, o.flags("--flow", "service-account", "--key-file", write("key.json", string(file)))...); got["authorised"] != true {
		t.Errorf("authorise says %v", got)
	}
	o.set(func() {
		if o.subject != support {
			t.Errorf("acts for %q", o.subject)
		}
	})
}
