package dkim

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const letter = "From: Acme Support <help@mail.acme.example>\r\nTo: ada@client.example\r\nSubject: Re: Charger\r\n" +
	"Date: Mon, 2 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@acme.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nIt is on its way.\r\n"

// zone is DNS as a map.
type zone map[string]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if txt, ok := z[name]; ok {
		return []string{txt}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// world is a database with two tenants and a signer.
type world struct {
	*testing.T
	db     *pgtest.DB
	box    *secret.Box
	signer *Signer
	now    time.Time
	log    bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	box, err := secret.New(bytes.Repeat([]byte{9}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: pgtest.New(t), box: box, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.signer = &Signer{Pool: w.db.Service, Box: box, Clock: func() time.Time { return w.now }, Logger: slog.New(slog.NewTextHandler(&w.log, nil))}
	return w
}

func (w *world) tenant(slug string) tenant.ID {
	w.Helper()
	t, err := tenant.Add(w.Context(), w.db.Service, slug, slug)
	w.ok(err)
	return t.ID
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) in(id tenant.ID, fn func(tenant.Tx) error) {
	w.Helper()
	w.ok(tenant.In(w.Context(), w.db.Service, id, fn))
}

// add keeps a key that is published where seen says so.
func (w *world) add(id tenant.ID, domain, selector string, a Algorithm, seen bool) Key {
	w.Helper()
	private, err := Generate(a)
	w.ok(err)
	var k Key
	w.in(id, func(tx tenant.Tx) (err error) {
		k, err = Add(w.Context(), tx, w.box, NewKey{Domain: domain, Selector: selector, Private: private}, w.now)
		if err == nil && seen {
			err = Published(w.Context(), tx, k, w.now)
		}
		return err
	})
	return k
}

func (w *world) sign(id tenant.ID) []byte {
	return w.signer.Sign(w.Context(), id, "help@mail.acme.example", []byte(letter))
}

func (w *world) verify(mail []byte, z zone) []*msgauth.Verification {
	w.Helper()
	list, err := msgauth.VerifyWithOptions(bytes.NewReader(mail), &msgauth.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return z.LookupTXT(w.Context(), name) },
	})
	w.ok(err)
	return list
}

func TestSignedMailIsVerifiedAndChangedMailIsNot(t *testing.T) {
	for _, a := range Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			w := newWorld(t)
			id := w.tenant("acme")
			k := w.add(id, "Acme.Example.", "s2026", a, true)
			z := zone{k.Name(): k.Record}
			mail := w.sign(id)
			if !bytes.HasSuffix(mail, []byte(letter)) {
				t.Errorf("the mail itself was changed: %s", mail)
			}
			if got := w.verify(mail, z); len(got) != 1 || got[0].Err != nil || got[0].Domain != "acme.example" {
				t.Fatalf("verified: %+v", got)
			}
			for what, changed := range map[string]string{
				"another text":    strings.Replace(string(mail), "on its way", "lost", 1),
				"another sender":  strings.Replace(string(mail), "help@mail", "boss@mail", 1),
				"a second From":   strings.Replace(string(mail), "\r\nTo:", "\r\nFrom: boss@acme.example\r\nTo:", 1),
				"another subject": strings.Replace(string(mail), "Charger", "Bill", 1),
			} {
				if got := w.verify([]byte(changed), z); len(got) != 1 || got[0].Err == nil {
					t.Errorf("%s: verified all the same", what)
				}
			}
		})
	}
}

func TestMailIsSignedByTheNewestKeyOfEachAlgorithm(t *testing.T) {
	w := newWorld(t)
	id := w.tenant("acme")
	z := zone{}
	for i, a := range []Algorithm{RSA, Ed25519, Ed25519} {
		w.now = w.now.Add(time.Second)
		k := w.add(id, "acme.example", fmt.Sprintf("s%d", i), a, true)
		z[k.Name()] = k.Record
	}
	mail := w.sign(id)
	got := w.verify(mail, z)
	if len(got) != 2 || got[0].Err != nil || got[1].Err != nil || strings.Contains(string(mail), "s=s1;") {
		t.Errorf("verified: %+v in %s", got, mail)
	}
}

func TestWhatIsNoDomainIsRefused(t *testing.T) {
	for _, s := range []string{"acme..example", ".acme.example", "acme", "", "a b.example", "acme_x.example", "-a.example", "help@acme.example", strings.Repeat("a", 64) + ".example", strings.Repeat("abc.", 70) + "example", "https://acme.example"} {
		if got, err := domainName(s); err == nil {
			t.Errorf("%q is taken as %q", s, got)
		}
	}
	if got, err := domainName("Bücher.Example."); err != nil || got != "xn--bcher-kva.example" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestMailIsSignedByTheNewestKeyOfTheNearestDomainThatIsPublished(t *testing.T) {
	w := newWorld(t)
	id, other := w.tenant("acme"), w.tenant("rival")
	signer := func(owner tenant.ID) string {
		w.now = w.now.Add(2 * keptFor)
		mail := w.sign(owner)
		if bytes.Equal(mail, []byte(letter)) {
			return ""
		}
		head, _, _ := strings.Cut(string(mail), "\r\nFrom:")
		domain, _ := tag(strings.TrimPrefix(head, "DKIM-Signature:"), "d")
		selector, _ := tag(strings.TrimPrefix(head, "DKIM-Signature:"), "s")
		return selector + "@" + domain
	}
	want := func(owner tenant.ID, want string) {
		t.Helper()
		if got := signer(owner); got != want {
			t.Errorf("signed by %q, want %q", got, want)
		}
	}
	want(id, "")
	w.add(id, "acme.example", "first", Ed25519, true)
	want(id, "first@acme.example")
	want(other, "")
	second := w.add(id, "acme.example", "second", Ed25519, false)
	want(id, "first@acme.example")
	w.in(id, func(tx tenant.Tx) error { return Published(t.Context(), tx, second, w.now) })
	want(id, "second@acme.example")
	w.add(id, "mail.acme.example", "near", Ed25519, true)
	want(id, "near@mail.acme.example")
	w.in(id, func(tx tenant.Tx) error {
		return Remove(t.Context(), tx, Key{Domain: "mail.acme.example", Selector: "near"})
	})
	want(id, "second@acme.example")
	w.in(other, func(tx tenant.Tx) error {
		if err := Remove(t.Context(), tx, second); !errors.Is(err, ErrNoKey) {
			t.Errorf("another tenant's key is removed: %v", err)
		}
		list, err := List(t.Context(), tx)
		if len(list) != 0 {
			t.Errorf("another tenant's keys are listed: %v", list)
		}
		return err
	})
	err := tenant.In(t.Context(), w.db.Service, id, func(tx tenant.Tx) error {
		_, err := Add(t.Context(), tx, w.box, NewKey{Domain: "acme.example", Selector: "first", Private: must(Generate(Ed25519))}, w.now)
		return err
	})
	if !errors.Is(err, ErrKeyExists) {
		t.Errorf("a second key with one selector: %v", err)
	}
}

func TestMailWhoseKeyIsBrokenLeavesUnsigned(t *testing.T) {
	w := newWorld(t)
	id := w.tenant("acme")
	k := w.add(id, "acme.example", "s", Ed25519, true)
	w.in(id, func(tx tenant.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE dkim_keys SET private_key = 'x' WHERE tenant_id = $1`, tx.Tenant())
		return err
	})
	if mail := w.sign(id); string(mail) != letter {
		t.Errorf("the mail became %s", mail)
	}
	if !strings.Contains(w.log.String(), k.Name()) {
		t.Errorf("nobody is told: %s", &w.log)
	}
	w.in(id, func(tx tenant.Tx) error {
		if err := Opens(t.Context(), tx, w.box, k); !errors.Is(err, secret.ErrCannotOpen) {
			t.Errorf("the key is called fine: %v", err)
		}
		return nil
	})
}

func TestCheckSaysWhatIsWrongWithTheRecord(t *testing.T) {
	record := must(recordOf(must(Generate(RSA))))
	k := Key{Domain: "acme.example", Selector: "s", Record: record}
	p, _ := tag(record, "p")
	for _, c := range []struct{ txt, problem string }{
		{record, ""},
		{"p=" + p, ""},
		{"v=DKIM1 ; k=rsa;  p= " + p[:100] + " \t" + p[100:] + " ; t=s", ""},
		{"v=DKIM1; k=rsa; p=", "revokes"},
		{"v=DKIM1; k=rsa; p=" + p[:255], "cut after 255 of the"},
		{must(recordOf(must(Generate(Ed25519)))), "another key"},
		{"v=spf1 -all", "none of DKIM"},
	} {
		err := Check(t.Context(), zone{"s._domainkey.acme.example": c.txt}, k)
		if c.problem == "" && err != nil || c.problem != "" && (!errors.Is(err, ErrNotPublished) || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%q: %v, want %q", c.txt, err, c.problem)
		}
	}
	if err := Check(t.Context(), zone{}, k); !errors.Is(err, ErrNotPublished) || !strings.Contains(err.Error(), "no TXT record at s._domainkey.acme.example") {
		t.Errorf("no record: %v", err)
	}
}

func TestKeysAreTakenInTheirUsualForms(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	curve := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ed := must(Generate(Ed25519))
	for _, c := range []struct {
		name, text, problem string
	}{
		{"PKCS #1", armour("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), ""},
		{"PKCS #8", armour("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(small))), ""},
		{"Ed25519", armour("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ed))), ""},
		{"another curve", armour("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(curve))), "RSA or Ed25519"},
		{"a public key", armour("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(ed.Public()))), "no private key"},
		{"no PEM", "hello", "BEGIN PRIVATE KEY"},
	} {
		_, err := ParseKey([]byte(c.text))
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, bad := range []string{"", "localhost", "a b.example", "-x.example", strings.Repeat("a.", 200) + "example"} {
		if name, err := domainName(bad); err == nil {
			t.Errorf("%q is the domain %q", bad, name)
		}
	}
	for _, bad := range []string{"", "a b", "a;b", "-a", "a..b", "ä"} {
		if _, err := selectorName(bad); err == nil {
			t.Errorf("%q is a selector", bad)
		}
	}
	if name, err := domainName("Bücher.Example"); err != nil || name != "xn--bcher-kva.example" {
		t.Errorf("%q, %v", name, err)
	}
}

func armour(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTheFieldsOfAWayOutAreSigned(t *testing.T) {
	w := newWorld(t)
	id := w.tenant("acme")
	k := w.add(id, "mail.acme.example", "one", RSA, true)
	mail := "List-Unsubscribe: <https://help.acme.example/t/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" + letter
	signed := w.signer.Sign(t.Context(), id, "help@mail.acme.example", []byte(mail))
	z := zone{k.Name(): k.Record}
	if list := w.verify(signed, z); len(list) != 1 || list[0].Err != nil {
		t.Fatalf("verified: %+v", list)
	}
	for what, forged := range map[string]string{
		"changed": strings.Replace(string(signed), "/t/x>", "/t/y>", 1), "added": "List-Unsubscribe: <https://evil.example>\r\n" + string(signed),
		"post added": "List-Unsubscribe-Post: x\r\n" + string(signed), "post changed": strings.Replace(string(signed), "=One-Click\r\n", "=x\r\n", 1),
	} {
		if list := w.verify([]byte(forged), z); len(list) != 1 || list[0].Err == nil {
			t.Errorf("%s: verified all the same", what)
		}
	}
}
