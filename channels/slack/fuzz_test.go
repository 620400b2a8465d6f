package slack

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func FuzzReadable(f *testing.F) {
	for _, s := range []string{"plain", "<https://a.example|a>", "<@U1|ada> <!here> <#C1|general>", "&lt;b&gt; &amp;amp;", "<>", "<|>", "<mailto:a@b|a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := readable(s, nil)
		if strings.TrimSpace(got) != got {
			t.Errorf("%q has blanks around it", got)
		}
		if !strings.ContainsAny(s, "<>&") && got != strings.TrimSpace(s) {
			t.Errorf("%q became %q", s, got)
		}
	})
}

func FuzzFormState(f *testing.F) {
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	a, d := &App{box: box}, desk{tenant: tenant.NewID()}
	f.Add("")
	f.Add("e30.AA")
	f.Add(a.seal(desk{tenant: tenant.NewID()}, formState{Ticket: uuid.UUID{15: 1}}))
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := a.unseal(d, s); err == nil {
			t.Errorf("%q was taken", s)
		}
	})
}
