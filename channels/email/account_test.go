package email

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseAccountReadsModesAndDefaultPorts(t *testing.T) {
	for _, c := range []struct {
		url      string
		protocol Protocol
		want     Account
	}{
		{"imap://u:p@mail.example.com", IMAP, Account{Host: "mail.example.com", Port: 143, TLS: TLSStart, User: "u", Password: "p"}},
		{"imaps://u:p@mail.example.com", IMAP, Account{Host: "mail.example.com", Port: 993, TLS: TLSImplicit, User: "u", Password: "p"}},
		{"imaps://u:p@mail.example.com:1993?tls=implicit", IMAP, Account{Host: "mail.example.com", Port: 1993, TLS: TLSImplicit, User: "u", Password: "p"}},
		{"imap://support%40desk.example:p%2F%40%23%25@127.0.0.1:4143?tls=none", IMAP,
			Account{Host: "127.0.0.1", Port: 4143, TLS: TLSNone, User: "support@desk.example", Password: "p/@#%"}},
		{"imap://u@desk.example:p@[::1]?tls=none", IMAP, Account{Host: "::1", Port: 143, TLS: TLSNone, User: "u@desk.example", Password: "p"}},
		{"imap://u:p@mail.example.com?tls=none&insecure=1", IMAP,
			Account{Host: "mail.example.com", Port: 143, TLS: TLSNone, User: "u", Password: "p", Insecure: true}},
		{"imap://u:p@mail_server", IMAP, Account{Host: "mail_server", Port: 143, TLS: TLSStart, User: "u", Password: "p"}},
		{"imaps://u:p@b%C3%BCcher.example", IMAP, Account{Host: "xn--bcher-kva.example", Port: 993, TLS: TLSImplicit, User: "u", Password: "p"}},
		{"smtp://u:p@mail.example.com", SMTP, Account{Host: "mail.example.com", Port: 587, TLS: TLSStart, User: "u", Password: "p"}},
		{"smtps://u:p@mail.example.com", SMTP, Account{Host: "mail.example.com", Port: 465, TLS: TLSImplicit, User: "u", Password: "p"}},
		{"smtp://relay.example.com?tls=none", SMTP, Account{Host: "relay.example.com", Port: 25, TLS: TLSNone}},
	} {
		c.want.Protocol = c.protocol
		got, err := ParseAccount(c.url, c.protocol)
		if err != nil || got != c.want {
			t.Errorf("ParseAccount(%q):\n got %+v, %v\nwant %+v", c.url, got, err, c.want)
		}
	}
}

func TestParseAccountErrorsNameWhatWasReadAndWhatIsAllowed(t *testing.T) {
	for _, c := range []struct {
		url      string
		protocol Protocol
		want     string
	}{
		{"pop3://u:p@mail.example.com", IMAP, `scheme "pop3": allowed are imap:// and imaps://`},
		{"smtp://u:p@mail.example.com", IMAP, `scheme "smtp": allowed are imap:// and imaps://`},
		{"imap://u:p@mail.example.com?tls=yes", IMAP, `tls="yes": allowed are none, starttls and implicit`},
		{"imaps://u:p@mail.example.com?tls=none", IMAP, "imaps:// means implicit"},
		{"imap://u:p@mail.example.com?insecure=true", IMAP, `insecure="true": allowed are 0 and 1`},
		{"imap://u:p@mail.example.com?timeout=3", IMAP, `parameter "timeout": allowed are tls, auth, insecure and rate`},
		{"imap://u:p@mail.example.com?tls=none&tls=starttls", IMAP, "tls given twice"},
		{"imap://u:p@mail.example.com?auth=xoauth2", IMAP, "takes a user name and no password"},
		{"imap://u:p@mail.example.com:70000", IMAP, `port "70000": want 1 to 65535`},
		{"imap://u:p@mail.example.com/INBOX", IMAP, "something behind the server's name"},
		{"imap://u:p@", IMAP, "without a server"},
		{"imap://u:p@:143", IMAP, "without a server"},
		{"imap:u", IMAP, "without a server"},
		{"imap://mail.example.com", IMAP, "no user name"},
		{"smtp://u@mail.example.com", SMTP, "no password"},
		{"imap://u:p@mail.example.com?tls=none", IMAP, "insecure=1"},
		{"", IMAP, `scheme ""`},
	} {
		_, err := ParseAccount(c.url, c.protocol)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseAccount(%q): got %v, want an error with %q", c.url, err, c.want)
		}
	}
}

func TestPlaintextPasswordIsRefusedBeyondLoopback(t *testing.T) {
	for url, want := range map[string]error{
		"imap://u:p@192.0.2.1?tls=none":             ErrPlaintext,
		"imap://u:p@localhost.example.com?tls=none": ErrPlaintext,
		"imap://u:p@192.0.2.1?tls=none&insecure=1":  nil,
		"imap://u:p@localhost?tls=none":             nil,
		"imap://u:p@127.8.9.1?tls=none":             nil,
		"imap://u:p@[::ffff:127.0.0.1]?tls=none":    nil,
		"imap://u:p@192.0.2.1?tls=starttls":         nil,
	} {
		if _, err := ParseAccount(url, IMAP); !errors.Is(err, want) {
			t.Errorf("ParseAccount(%q): got %v, want %v", url, err, want)
		}
	}
}

func TestPasswordNeverShows(t *testing.T) {
	const secret = "s3cr3t-w0rd"
	a, err := ParseAccount("imap://u:"+secret+"@127.0.0.1?tls=none", IMAP)
	if err != nil {
		t.Fatal(err)
	}
	server, credentials := a.Split()
	for _, text := range []string{
		fmt.Sprint(a), fmt.Sprintf("%+v", a), fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", &a), a.LogValue().String(), server,
		fmt.Sprint(credentials), fmt.Sprintf("%#v", credentials),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("the password shows in %q", text)
		}
	}
	for _, bad := range []string{
		"imap://u:" + secret + "/x@mail.example.com", "imap://u:" + secret + "%zz@mail.example.com",
		"imap://u:" + secret + "#@mail.example.com", "imap://:" + secret + "@mail.example.com", "imap://u:" + secret + "@mail.example.com?tls=none",
		"imap://u:" + secret + "@mail.example.com:port", "imap://u:" + secret + "@ma il", "\x00imap://u:" + secret + "@mail",
	} {
		if _, err := ParseAccount(bad, IMAP); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("ParseAccount(%q): got error %v, want one without the password", bad, err)
		}
	}
}

func TestLoginsAreReadAsTheyWereWritten(t *testing.T) {
	want := Logins{IMAP: Credentials{"a@b", "p\"\x01é"}, SMTP: Credentials{"", ""}}
	b, err := want.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseLogins(b); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := ParseLogins([]byte(`{"imap":{"user":"secret`)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want an error without the input", err)
	}
}

func FuzzParseAccount(f *testing.F) {
	for _, s := range []string{
		"imap://u:p@mail.example.com", "imaps://u:p@[::1]:1?insecure=1", "smtp://h?tls=none", "smtps://a%40b:p%00@h",
		"imap://u:p@127.0.0.1:4143?tls=none", "imap://u:p@[fe80::1%25eth0]", "imap://@:@?", "smtp://u:p@bücher.example",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, raw string, in bool) {
		protocol := SMTP
		if in {
			protocol = IMAP
		}
		a, err := ParseAccount(raw, protocol)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error of more than one line: %q", err)
			}
			return
		}
		server, secret := a.Split()
		again, err := Join(server, protocol, secret)
		if err != nil || again != a {
			t.Errorf("%q: split into %q and joined again: %#v, %v; want %#v", raw, server, again, err, a)
		}
		if a.TLS == TLSNone && a.User != "" && !a.Insecure && !a.loopback() {
			t.Errorf("%q: a password may cross the network unencrypted", raw)
		}
	})
}
