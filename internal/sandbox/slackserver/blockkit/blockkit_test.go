package blockkit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

func parse(t testing.TB, raw string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

func x(n int) string { return strings.Repeat("x", n) }

func plain(s string) string  { return `{"type":"plain_text","text":"` + s + `"}` }
func mrkdwn(s string) string { return `{"type":"mrkdwn","text":"` + s + `"}` }
func repeat(n int, s string) string {
	return strings.TrimSuffix(strings.Repeat(s+",", n), ",")
}

func options(n, value int) string {
	var all []string
	for i := range n {
		v := fmt.Sprint(i)
		all = append(all, `{"text":`+plain("o"+v)+`,"value":"`+v+x(value-len(v))+`"}`)
	}
	return strings.Join(all, ",")
}

func section(text string) string { return `{"type":"section","text":` + text + `}` }
func actions(el ...string) string {
	return `{"type":"actions","elements":[` + strings.Join(el, ",") + `]}`
}
func accessory(el string) string {
	return `{"type":"section","text":` + plain("a") + `,"accessory":` + el + `}`
}
func button(id, more string) string {
	return `{"type":"button","action_id":"` + id + `","text":` + plain("Go") + more + `}`
}
func input(el string) string {
	return `{"type":"input","label":` + plain("L") + `,"element":` + el + `}`
}
func menu(more string) string { return `{"type":"static_select","action_id":"m",` + more + `}` }

// blockRules are the documented limits, each at the limit and one beyond. An empty want passes.
func blockRules() []struct{ name, blocks, want string } {
	confirm := func(title, text, ok string) string {
		return `,"confirm":{"title":` + plain(title) + `,"text":` + mrkdwn(text) + `,"confirm":` + plain(ok) + `,"deny":` + plain("No") + `}`
	}
	return []struct{ name, blocks, want string }{
		{"section 3000", section(mrkdwn(x(3000))), ""},
		{"section 3001", section(mrkdwn(x(3001))), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"characters, not bytes", section(mrkdwn(strings.Repeat("é", 3000))), ""},
		{"empty text", section(plain("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"section of nothing", `{"type":"section"}`, "missing required field: text [json-pointer:/blocks/0]"},
		{"10 fields", `{"type":"section","fields":[` + repeat(10, mrkdwn(x(2000))) + `]}`, ""},
		{"11 fields", `{"type":"section","fields":[` + repeat(11, plain("a")) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		{"field 2001", `{"type":"section","fields":[` + mrkdwn(x(2001)) + `]}`, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
		{"header 150", `{"type":"header","text":` + plain(x(150)) + `}`, ""},
		{"header 151", `{"type":"header","text":` + plain(x(151)) + `}`, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"header in mrkdwn", `{"type":"header","text":` + mrkdwn("a") + `}`, "must be a valid enum value [json-pointer:/blocks/0/text/type]"},
		{"context 10", `{"type":"context","elements":[` + repeat(10, mrkdwn("a")) + `]}`, ""},
		{"context 11", `{"type":"context","elements":[` + repeat(11, mrkdwn("a")) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		{"context empty", `{"type":"context","elements":[]}`, "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"},
		{"button in context", `{"type":"context","elements":[` + button("a", "") + `]}`, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"},
		{"button text 76", actions(`{"type":"button","action_id":"a","text":` + plain(x(76)) + `}`), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
		{"button value 2000", actions(button("a", `,"value":"`+x(2000)+`"`)), ""},
		{"button value 2001", actions(button("a", `,"value":"`+x(2001)+`"`)), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
		{"button style", actions(button("a", `,"style":"danger"`)), ""},
		{"button wrong style", actions(button("a", `,"style":"warning"`)), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
		{"button url", actions(button("a", `,"url":"https://a.example/x"`)), ""},
		{"button script url", actions(button("a", `,"url":"javascript:alert(1)"`)), "must be a valid URL [json-pointer:/blocks/0/elements/0/url]"},
		{"action_id 256", actions(button(x(256), "")), "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"},
		{"same action_id", actions(button("a", ""), button("a", "")), "`action_id` already exists : `a` [json-pointer:/blocks/0/elements/1/action_id]"},
		{"same action_id in two blocks", actions(button("a", "")) + "," + actions(button("a", "")), ""},
		{"same block_id", `{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}`, "`block_id` already exists : `b` [json-pointer:/blocks/1/block_id]"},
		{"block_id 256", `{"type":"divider","block_id":"` + x(256) + `"}`, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
		{"confirm", actions(button("a", confirm(x(100), x(300), x(30)))), ""},
		{"confirm title", actions(button("a", confirm(x(101), "a", "b"))), "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]"},
		{"confirm text", actions(button("a", confirm("a", x(301), "b"))), "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]"},
		{"confirm button", actions(button("a", confirm("a", "b", x(31)))), "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]"},
		{"menu 100", actions(menu(`"options":[` + options(100, 150) + `]`)), ""},
		{"menu 101", actions(menu(`"options":[` + options(101, 10) + `]`)), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"menu empty", actions(menu(`"options":[]`)), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"menu without options", actions(`{"type":"static_select","action_id":"m"}`), "must provide exactly one of options or option_groups [json-pointer:/blocks/0/elements/0]"},
		{"option value 151", actions(menu(`"options":[` + options(1, 151) + `]`)), "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]"},
		{"option text 76", actions(menu(`"options":[{"text":` + plain(x(76)) + `,"value":"v"}]`)), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"},
		{"initial option", actions(menu(`"options":[` + options(2, 1) + `],"initial_option":{"text":` + plain("o1") + `,"value":"1"}`)), ""},
		{"initial option of another text", actions(menu(`"options":[` + options(2, 1) + `],"initial_option":{"text":` + plain("O1") + `,"value":"1"}`)), "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]"},
		{"same option value", actions(menu(`"options":[` + options(1, 1) + `,` + options(1, 1) + `]`)), "value `0` is not unique [json-pointer:/blocks/0/elements/0/options/1]"},
		{"placeholder 151", actions(menu(`"placeholder":` + plain(x(151)) + `,"options":[` + options(1, 1) + `]`)), "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]"},
		{"overflow 5", accessory(`{"type":"overflow","action_id":"o","options":[` + options(5, 1) + `]}`), ""},
		{"overflow 6", accessory(`{"type":"overflow","action_id":"o","options":[` + options(6, 1) + `]}`), "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]"},
		{"radio 11", accessory(`{"type":"radio_buttons","action_id":"o","options":[` + options(11, 2) + `]}`), "no more than 10 items allowed [json-pointer:/blocks/0/accessory/options]"},
		{"checkboxes 10", accessory(`{"type":"checkboxes","action_id":"o","options":[` + options(10, 1) + `]}`), ""},
		{"datepicker", accessory(`{"type":"datepicker","action_id":"o","initial_date":"2026-02-28"}`), ""},
		{"wrong date", accessory(`{"type":"datepicker","action_id":"o","initial_date":"30.2.2026"}`), "must be a valid date [json-pointer:/blocks/0/accessory/initial_date]"},
		{"image", `{"type":"image","image_url":"https://a.example/a.png","alt_text":"a"}`, ""},
		{"image without alt_text", `{"type":"image","image_url":"https://a.example/a.png"}`, "missing required field: alt_text [json-pointer:/blocks/0]"},
		{"25 elements", actions(buttons(25)...), ""},
		{"26 elements", actions(buttons(26)...), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
		{"50 blocks", repeat(50, `{"type":"divider"}`), ""},
		{"51 blocks", repeat(51, `{"type":"divider"}`), "no more than 50 items allowed [json-pointer:/blocks]"},
		{"unknown block", `{"type":"card"}`, "unsupported type: card [json-pointer:/blocks/0/type]"},
		{"unknown property", `{"type":"divider","color":"red"}`, "invalid additional property: color [json-pointer:/blocks/0]"},
		{"text input outside an input", actions(`{"type":"plain_text_input","action_id":"i"}`), "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"},
		{"button in an input", input(button("a", "")), "unsupported type: button [json-pointer:/blocks/0/element/type]"},
		{"label 2001", `{"type":"input","label":` + plain(x(2001)) + `,"element":{"type":"plain_text_input"}}`, "must be less than 2001 characters [json-pointer:/blocks/0/label/text]"},
		{"max_length 3001", input(`{"type":"plain_text_input","max_length":3001}`), "must be less than 3001 [json-pointer:/blocks/0/element/max_length]"},
		{"min above max", input(`{"type":"plain_text_input","min_length":5,"max_length":4}`), "min_length must be less than or equal to max_length [json-pointer:/blocks/0/element]"},
		{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"},{"type":"user","user_id":"U1"}]}]}`, ""},
		{"rich text of unknown parts", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"blink"}]}]}`, "unsupported type: blink [json-pointer:/blocks/0/elements/0/elements/0/type]"},
	}
}

func buttons(n int) []string {
	var all []string
	for i := range n {
		all = append(all, button(fmt.Sprint("b", i), ""))
	}
	return all
}

func TestMessageBlocksAreHeldToSlacksLimits(t *testing.T) {
	v := blockkit.New()
	for _, tt := range blockRules() {
		t.Run(tt.name, func(t *testing.T) {
			got := v.MessageBlocks(parse(t, "["+tt.blocks+"]"), "/blocks")
			if tt.want == "" {
				if len(got) > 0 {
					t.Errorf("refused: %v", got)
				}
				return
			}
			if !slices.ContainsFunc(got, func(p blockkit.Problem) bool { return p.String() == tt.want }) {
				t.Errorf("problems = %v\nwant %s", got, tt.want)
			}
		})
	}
}

func TestViewsAreHeldToSlacksLimits(t *testing.T) {
	view := func(more string) string { return `{"type":"modal","title":` + plain("T") + more + `}` }
	none := `,"blocks":[]`
	tests := []struct{ name, view, want string }{
		{"title 24", `{"type":"modal","title":` + plain(x(24)) + none + `}`, ""},
		{"title 25", `{"type":"modal","title":` + plain(x(25)) + none + `}`, "must be less than 25 characters [json-pointer:/view/title/text]"},
		{"no title", `{"type":"modal"` + none + `}`, "missing required field: title [json-pointer:/view]"},
		{"submit 25", view(`,"submit":` + plain(x(25)) + none), "must be less than 25 characters [json-pointer:/view/submit/text]"},
		{"close 25", view(`,"close":` + plain(x(25)) + none), "must be less than 25 characters [json-pointer:/view/close/text]"},
		{"private_metadata 3000", view(`,"private_metadata":"` + x(3000) + `"` + none), ""},
		{"private_metadata 3001", view(`,"private_metadata":"` + x(3001) + `"` + none), "must be less than 3001 characters [json-pointer:/view/private_metadata]"},
		{"callback_id 256", view(`,"callback_id":"` + x(256) + `"` + none), "must be less than 256 characters [json-pointer:/view/callback_id]"},
		{"100 blocks", view(`,"blocks":[` + repeat(100, `{"type":"divider"}`) + `]`), ""},
		{"101 blocks", view(`,"blocks":[` + repeat(101, `{"type":"divider"}`) + `]`), "no more than 100 items allowed [json-pointer:/view/blocks]"},
		{"input without submit", view(`,"blocks":[` + input(`{"type":"plain_text_input"}`) + `]`), "a submit button is required when input blocks are used [json-pointer:/view/submit]"},
		{"input with submit", view(`,"submit":` + plain("Go") + `,"blocks":[` + input(`{"type":"plain_text_input"}`) + `]`), ""},
		{"markdown block", view(`,"blocks":[{"type":"markdown","text":"a"}]`), "unsupported type: markdown [json-pointer:/view/blocks/0/type]"},
		{"two with focus", view(`,"submit":` + plain("Go") + `,"blocks":[` + repeat(2, input(`{"type":"plain_text_input","focus_on_load":true}`)) + `]`),
			"only one element can have focus_on_load set to true [json-pointer:/view/blocks/1/element/focus_on_load]"},
		{"home", `{"type":"home","blocks":[]}`, "must be a valid enum value [json-pointer:/view/type]"},
	}
	v := blockkit.New()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := v.View(parse(t, tt.view), blockkit.Modal)
			if tt.want == "" && len(got) > 0 {
				t.Errorf("refused: %v", got)
			}
			if tt.want != "" && !slices.ContainsFunc(got, func(p blockkit.Problem) bool { return p.String() == tt.want }) {
				t.Errorf("problems = %v\nwant %s", got, tt.want)
			}
		})
	}
}

func TestCompleteGivesEveryElementAnID(t *testing.T) {
	blocks := parse(t, `[{"type":"divider"},`+actions(`{"type":"button","text":`+plain("a")+`}`)+`]`).([]any)
	n := 0
	blockkit.Complete(blocks, func() string { n++; return fmt.Sprint("id", n) })
	el := blockkit.Elements(blocks[1].(map[string]any))
	if n != 3 || len(el) != 1 || el[0]["action_id"] != "id3" {
		t.Errorf("%d ids, elements %v", n, el)
	}
}

func FuzzBlocks(f *testing.F) {
	for _, tt := range blockRules() {
		f.Add("[" + tt.blocks + "]")
	}
	f.Add(`[{"type":"actions","elements":{"type":1}}]`)
	f.Add(`{"type":"modal","title":null,"blocks":[[]]}`)
	v := blockkit.New()
	f.Fuzz(func(t *testing.T, raw string) {
		d := json.NewDecoder(strings.NewReader(raw))
		d.UseNumber()
		var doc any
		if d.Decode(&doc) != nil {
			return
		}
		problems := v.MessageBlocks(doc, "/blocks")
		v.View(doc, blockkit.Modal)
		v.View(doc, blockkit.Home)
		blocks, ok := doc.([]any)
		if !ok && len(problems) == 0 {
			t.Fatal("something that is no array passed")
		}
		// What passes still passes once Slack has filled in the ids.
		if len(problems) == 0 {
			n := 0
			blockkit.Complete(blocks, func() string { n++; return fmt.Sprintf("fuzz-%d-%d", n, len(raw)) })
			if again := v.MessageBlocks(blocks, "/blocks"); len(again) > 0 {
				t.Fatalf("completed blocks are refused: %v", again)
			}
		}
	})
}
