package email

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

// dovecotWithTokens asks a local introspection endpoint (RFC 7662) about access tokens, and lets the user in with "good".
func dovecotWithTokens(t *testing.T) *realServer {
	t.Helper()
	check(t, dovecot.Available())
	version, err := exec.Command("dovecot", "--version").Output()
	if err != nil || !strings.HasPrefix(string(version), "2.3.") {
		t.Skipf("written in the language of Dovecot 2.3, this is %s", version)
	}
	office := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"active":%t,"username":%q}`, r.URL.Query().Get("token") == "good", realUser)
	}))
	t.Cleanup(office.Close)
	file := filepath.Join(t.TempDir(), "oauth2.conf")
	check(t, os.Chmod(filepath.Dir(file), 0o755))
	check(t, os.WriteFile(file, []byte("introspection_mode = get\nintrospection_url = "+office.URL+"/?token=\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n"), 0o644))
	s, err := dovecot.Start(t.Context(), dovecot.Config{
		Users: []dovecot.User{{Name: realUser, Password: "s p@ss/w%rd"}},
		Settings: "auth_mechanisms = plain login xoauth2 oauthbearer\nauth_failure_delay = 0\n" +
			"passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = " + file + "\n}\n",
	})
	check(t, err)
	t.Cleanup(func() { check(t, s.Stop()) })
	return &realServer{t, s}
}

func TestDovecotTakesAccessTokensByBothMechanisms(t *testing.T) {
	t.Parallel()
	server := dovecotWithTokens(t)
	for _, auth := range []Auth{AuthXOAuth2, AuthOAuthBearer} {
		a := server.account(TLSNone)
		a.Auth, a.Password = auth, "good"
		c, raw, err := Dialer{}.connectIMAP(t.Context(), a, &imapclient.Options{})
		if err != nil {
			t.Errorf("%s: %v", auth, err)
			continue
		}
		if _, err := c.Select("INBOX", nil).Wait(); err != nil {
			t.Errorf("%s: %v", auth, err)
		}
		_ = raw.Close()
		_ = c.Close()

		a.Password = "revoked"
		if _, _, err := (Dialer{}).connectIMAP(t.Context(), a, &imapclient.Options{}); err == nil {
			t.Errorf("%s: let in with a token that is not valid", auth)
		} else if k := kindOf(err); k != FaultAuthorisation && k != FaultCredentials {
			t.Errorf("%s: %s, %v", auth, k, err)
		}
	}
}
