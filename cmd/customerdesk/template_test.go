package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReceiptGoesOutOnceATenantSwitchesItOn(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	if all := read[[]object](s.shell, "template", "list"); len(all) < 3 || all[0]["kind"] != "receipt" || all[0]["enabled"] != false || all[0]["custom"] != false {
		t.Fatalf("templates: %v", all)
	}
	file := filepath.Join(t.TempDir(), "receipt.txt")
	s.ok(os.WriteFile(file, []byte(strings.Replace(s.do("template", "show", "receipt"), "thank you for your mail", "we have your mail, {{nome}}", 1)), 0o600))
	s.failsWith(exitFailed, []string{"{{nome}}", "there are {{number}}"}, "template", "set", "receipt", "--file", file)
	s.failsWith(exitUsage, []string{"receipt, status, closing"}, "template", "on", "thanks")
	s.failsWith(exitUsage, []string{"--file"}, "template", "set", "receipt")
	s.ok(os.WriteFile(file, []byte("Subject: We have it: {{title}}\n\nDear {{name}}, your number is {{number}}.\n\nThis may help:\n\n{{articles}}\n"), 0o600))
	if said := s.do("template", "set", "receipt", "--file", file); !strings.Contains(said, "template on receipt") {
		t.Errorf("nobody is told that it is off: %s", said)
	}
	s.do("template", "on", "receipt")
	if now := read[object](s.shell, "template", "show", "receipt"); now["enabled"] != true || now["custom"] != true || now["subject"] != "We have it: {{title}}" {
		t.Errorf("the template: %v", now)
	}

	v := s.serve()
	id := s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: "Charger blinks red", text: "The light of my battery charger blinks red. What does the red blinking light mean?"})
	card := s.card("Charger blinks red")
	s.mailHas("the receipt", func() bool { return len(s.mail.Submitted()) == 1 })
	raw := string(s.mail.Submitted()[0].Raw)
	for _, want := range []string{"We have it: Charger blinks red [#1]", "Dear Ada Lovelace, your number is 1.", "Charging the battery", "In-Reply-To: <" + id + ">", "Auto-Submitted: auto-replied"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
	s.reply(card, "CustomerDesk", "automatically", "your number is 1")
	ticket := s.show(1)
	comments := ticket["comments"].([]any)
	receipt := comments[len(comments)-1].(map[string]any)
	if ticket["status"] != "open" || len(comments) != 2 || receipt["author"].(map[string]any)["kind"] != "system" || receipt["kind"] != "public" {
		t.Errorf("ticket %v", ticket)
	}
	s.suggestion(card) // for a receipt answers nothing

	preview := read[object](s.shell, "template", "preview", "receipt", "--ticket", "1")
	if preview["subject"] != "We have it: Charger blinks red [#1]" || !strings.Contains(preview["text"].(string), "Charging the battery") || !strings.Contains(preview["html"].(string), "<strong>") {
		t.Errorf("preview: %v", preview)
	}
	if said := s.do("template", "preview", "status"); !strings.Contains(said, "in progress") {
		t.Errorf("preview: %s", said)
	}
	// What members and commands open is no news to anybody.
	s.do("ticket", "new", "--from", ada, "--title", "By phone", "--text", "She called.")
	s.do("template", "off", "receipt")
	s.do("template", "on", "status")
	s.stored(s.deliver(letter{from: ada, subject: "Something else", text: "How do I open the lid?"}))
	s.do("ticket", "set", "3", "status=resolved", "--as", "jonas@northwind.example")
	s.mailHas("the new status", func() bool { return len(s.mail.Submitted()) == 2 })
	if raw := string(s.mail.Submitted()[1].Raw); !strings.Contains(raw, "is now resolved") {
		t.Errorf("the mail: %s", raw)
	}
	if now := read[object](s.shell, "template", "reset", "receipt"); now["custom"] != false || now["enabled"] != false {
		t.Errorf("after reset: %v", now)
	}
	v.stop()
}
