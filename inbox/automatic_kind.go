package inbox

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTemplate means that a template cannot be taken as it is; the text says what is wrong with it.
var ErrTemplate = errors.New("invalid template")

// TemplateKind names a kind of automatic mail.
type TemplateKind string

// The kinds. Each is about something, of which there is one mail at most.
const (
	ReceiptMail TemplateKind = "receipt" // about a ticket that came by mail
	StatusMail  TemplateKind = "status"  // about the event of a member's change
	ClosingMail TemplateKind = "closing" // about the event that closed the ticket
	// SatisfactionMail is about the event that resolved or closed the ticket.
	SatisfactionMail TemplateKind = "satisfaction"
)

// A Wording is what an automatic mail says: a subject of one line and Markdown, both with placeholders such as
// {{number}}. A paragraph with a placeholder that has nothing to say is left out.
type Wording struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// A Placeholder stands for what differs from mail to mail.
type Placeholder struct {
	Name    string `json:"name"`
	Help    string `json:"help"`
	Example string `json:"example"`

	markdown bool // its value is Markdown of ours, not somebody's words
}

// A TemplateSpec is what a kind of automatic mail comes with.
type TemplateSpec struct {
	Kind         TemplateKind
	When         string // it is sent
	Default      Wording
	Placeholders []Placeholder
}

// TemplateSpecs returns all kinds of automatic mail. Each is off until a tenant switches it on: nobody gets words that
// no one approved.
func TemplateSpecs() []TemplateSpec {
	always := []Placeholder{
		{Name: "number", Help: "the ticket's number", Example: "42"},
		{Name: "title", Help: "the ticket's title", Example: "The charger blinks red"},
		{Name: "name", Help: "whoever asked; the address where the name is not known", Example: "Ada Lovelace"},
		{Name: "organisation", Help: "your organisation's name", Example: "Acme Inc"},
	}
	with := func(more ...Placeholder) []Placeholder { return append(always[:len(always):len(always)], more...) }
	return []TemplateSpec{
		{
			Kind: ReceiptMail, When: "at once, when a mail opens a ticket",
			Default: Wording{"Re: {{title}}", "Hello {{name}},\n\nthank you for your mail. Its number is **#{{number}}**, and one of us will answer it.\n\n" +
				"Perhaps one of these articles helps in the meantime:\n\n{{articles}}\n\nTo add something, answer this mail.\n"},
			Placeholders: with(Placeholder{
				Name: "articles", Help: "up to three published public articles that fit; empty where none does, and then the paragraph before it is left out, too",
				Example: "- **Charging the battery**: A red blinking light means that the battery is too cold.", markdown: true,
			}),
		},
		{
			Kind: StatusMail, When: "when a member says that a ticket is in progress, resolved or open again, after the undo window",
			Default: Wording{"Re: {{title}}", "Hello {{name}},\n\nyour request **#{{number}}** is now {{status}}.\n\nTo add something, answer this mail.\n"},
			Placeholders: with(Placeholder{Name: "status", Help: "open, in progress or resolved", Example: "in progress"},
				Placeholder{Name: "before", Help: "what it was before", Example: "open"}),
		},
		{
			Kind: ClosingMail, When: "when a ticket is closed",
			Default: Wording{"Re: {{title}}", "Hello {{name}},\n\nyour request **#{{number}}** is closed now. If there is anything else, answer this mail: " +
				"that opens a new request, which follows on this one.\n"},
			Placeholders: always,
		},
		{
			Kind: SatisfactionMail, When: "when a ticket is resolved or closed, after the undo window; once until it is open again",
			Default: Wording{"Re: {{title}}", "Hello {{name}},\n\nhow satisfied are you with what became of your request **#{{number}}**? 1 is not at all, 5 is fully.\n\n" +
				"To say so, open one of these links:\n\n{{links}}\n\nYou may also answer this mail with nothing but a number from 1 to 5 in the first line. " +
				"What you write below it reaches us, too.\n"},
			Placeholders: with(Placeholder{
				Name: "links", Help: "a signed link for each number; empty without PUBLIC_URL, and then the paragraph before it is left out, too",
				Example: "- 5: https://help.example.com/t/5\n- 4: https://help.example.com/t/4\n- 3: https://help.example.com/t/3\n" +
					"- 2: https://help.example.com/t/2\n- 1: https://help.example.com/t/1", markdown: true,
			}),
		},
	}
}

// ParseTemplateKind finds a kind by its name; the error lists what there is.
func ParseTemplateKind(s string) (TemplateSpec, error) {
	var known []string
	for _, spec := range TemplateSpecs() {
		if string(spec.Kind) == strings.ToLower(strings.TrimSpace(s)) {
			return spec, nil
		}
		known = append(known, string(spec.Kind))
	}
	return TemplateSpec{}, fmt.Errorf("template %q: %w: there are %s", s, ErrTemplate, strings.Join(known, ", "))
}

// Examples are values for all placeholders of a kind, for a preview.
func (s TemplateSpec) Examples() map[string]string {
	m := make(map[string]string, len(s.Placeholders))
	for _, p := range s.Placeholders {
		m[p.Name] = p.Example
	}
	return m
}
