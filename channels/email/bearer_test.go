package email

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAccountWithTokensHasNoPassword(t *testing.T) {
	a, err := ParseAccount("imaps://support%40desk.example@imap.desk.example?auth=xoauth2", IMAP)
	if err != nil || a.Auth != AuthXOAuth2 || a.User != "support@desk.example" || a.Password != "" {
		t.Fatalf("%v, %v", a, err)
	}
	server, secret := a.Split()
	if again, err := Join(server, IMAP, secret); err != nil || again != a {
		t.Errorf("put together from %s: %v, %v", server, again, err)
	}
	for _, raw := range []string{
		"imaps://u:p@imap.desk.example?auth=xoauth2", "imaps://imap.desk.example?auth=oauthbearer", "imaps://u@imap.desk.example?auth=magic",
		"imap://u@imap.desk.example?auth=xoauth2&tls=none",
	} {
		if a, err := ParseAccount(raw, IMAP); err == nil {
			t.Errorf("%s is taken as %v", raw, a)
		}
	}
}

func TestBearerShowsTheTokenAndAnswersTheRefusal(t *testing.T) {
	a := Account{User: "a=b,c@desk.example", Password: "t0ken", Host: "imap.desk.example", Port: 993}
	for auth, want := range map[Auth]struct{ initial, answer string }{
		AuthXOAuth2:     {"user=a=b,c@desk.example\x01auth=Bearer t0ken\x01\x01", ""},
		AuthOAuthBearer: {"n,a=a=3Db=2Cc@desk.example,\x01host=imap.desk.example\x01port=993\x01auth=Bearer t0ken\x01\x01", "\x01"},
	} {
		a.Auth = auth
		b := &bearer{account: a}
		name, initial, err := b.Start()
		if err != nil || name != strings.ToUpper(string(auth)) || string(initial) != want.initial {
			t.Errorf("%s begins with %s %q, %v", auth, name, initial, err)
		}
		answer, err := b.Next([]byte(`{"status":"401","schemes":"bearer"}`))
		if err != nil || answer == nil || string(answer) != want.answer || b.status != "401" {
			t.Errorf("%s answers %q to status %q, %v", auth, answer, b.status, err)
		}
		if _, err := b.Next(nil); err == nil {
			t.Errorf("%s goes on for ever", auth)
		}
	}
}

func FuzzRefusalStatus(f *testing.F) {
	for _, s := range []string{`{"status":"401"}`, `{"status":400}`, `{"status":{}}`, "", "{", `{"status":"a\nb"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, challenge []byte) {
		if s := refusalStatus(challenge); !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x00") || len(s) > 50 {
			t.Errorf("status %q", s)
		}
	})
}
