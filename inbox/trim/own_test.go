package trim

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

func FuzzTrimHTML(f *testing.F) {
	f.Add(`<div>Yes.</div><div class="gmail_quote"><div class="gmail_attr">On Mon, 2 Mar 2026 Ann wrote:<br></div><blockquote>Well?</blockquote></div>`)
	f.Add(`<p>Yes.<div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Sent:</b> Monday<br><b>To:</b> Bo<br><b>Subject:</b> x</div><p>Well?`)
	f.Add(`Yes.<blockquote type="cite">Well?</blockquote>Or no.<div class="moz-signature">-- <br>Bo</div>`)
	mailtest.Seed(f, func(b []byte) {
		if _, page, ok := strings.Cut(string(b), "<html"); ok {
			f.Add("<html" + page)
		}
	})
	f.Fuzz(func(t *testing.T, page string) {
		full := strings.TrimSpace(mail.HTMLText(page))
		own, signature := Words(full, []string{page}, "Re: x")
		if strings.Contains(own+signature, sentinel) && !strings.Contains(full, sentinel) {
			t.Errorf("a sentinel is left in %q", own)
		}
		if readLine(full) != "" && strings.TrimSpace(own) == "" {
			t.Errorf("nothing left of %q", full)
		}
		// Elements that mean something begin lines of their own, so words are compared.
		have := strings.Join(strings.Fields(strings.ReplaceAll(full, ">", " ")), "")
		for _, w := range strings.Fields(strings.ReplaceAll(own, ">", " ")) {
			at := strings.Index(have, w)
			if at < 0 {
				t.Fatalf("the word %q of %q is not in %q, or out of order", w, own, full)
			}
			have = have[at+len(w):]
		}
	})
}
