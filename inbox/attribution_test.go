package inbox

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestTheLineAboveAQuotationIsReadAsSuchInEveryLanguage(t *testing.T) {
	berlin, kolkata := tenant.Zone("Europe/Berlin"), tenant.Zone("America/Sao_Paulo")
	for language := range attributions {
		for _, name := range []string{"Ann Berg", "ann@customer.example", "王小明", "Zoë van der Größe-Öz", "O'Neil, Ann"} {
			for _, zone := range []*time.Location{nil, berlin, kolkata} {
				q := &Quoted{Name: name, At: time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC), Text: "42", Language: language, Zone: zone}
				line := q.attribution()
				for how, below := range map[string]string{"quoted": "> 42\n", "quoted after a blank line": "\n> 42\n", "bare": "42\n"} {
					m := Parse([]byte(strings.ReplaceAll(plainMail("ann@customer.example", "Re: x", "a@b", "Thank you.\n\n"+line+"\n"+below,
						"MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"), "\n", "\r\n")))
					if m.Text != "Thank you." && (how != "bare" || m.Text != "Thank you.\n\n"+line+"\n42") {
						t.Errorf("%s, %s: %q", language, how, m.Text)
					}
				}
			}
		}
	}
}

func TestTheLineAboveAQuotationIsInTheCustomersLanguageAndTheOrganisationsTime(t *testing.T) {
	h := newHouse(t)
	h.set("timezone=Europe/Berlin")
	h.set("language=fr")
	for id, c := range map[string]struct{ text, want string }{
		"de": {"Hallo, mein Drucker brennt. Was soll ich tun?", "Am 02.03.2026 um 10:00 CET schrieb Ann Berg:"},
		"ja": {"プリンターが燃えています。どうすればいいですか。", "2026年3月2日 10:00 CET、Ann Bergさんは書きました:"},
		"":   {"42", "Le 02/03/2026 à 10:00 CET, Ann Berg a écrit :"},
	} {
		h.accept(h.raw(plainMail("Ann Berg <ann@customer.example>", "Printer "+id, "a"+id+"@customer.example", c.text+"\n",
			"MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8")))
		h.send(h.answer(h.tickets()[0].ID, "Use water."))
		sent := h.wire.all()
		data := sent[len(sent)-1].Data
		m := Parse(data)
		if !strings.Contains(m.FullText, "\n"+c.want+"\n> ") || !strings.Contains(m.HTML, c.want) {
			t.Errorf("want %q in\n%s", c.want, m.FullText)
		}
		if bytes.Contains(data, []byte(" UTC")) {
			t.Errorf("another zone is named in\n%s", m.FullText)
		}
	}
}

func TestOnlyZonesAndLanguagesThatThereAreCanBeSet(t *testing.T) {
	h := newHouse(t)
	for _, pair := range []string{"timezone=Local", "timezone=Mars/Base", "timezone=../../etc/passwd", "language=german", "language=d1"} {
		if err := tenant.In(t.Context(), h.pool, h.tenant, func(tx tenant.Tx) error { _, err := tenant.Set(t.Context(), tx, []string{pair}); return err }); err == nil {
			t.Errorf("%s is taken", pair)
		}
	}
	h.set("timezone=")
	h.set("language=")
}
