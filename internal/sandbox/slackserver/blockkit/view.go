package blockkit

// View validates a modal or Home view (https://docs.slack.dev/reference/views); pointers start with
// /view. Nil means Slack would take it.
func (v *Validator) View(view any, want Surface) []Problem {
	c := &checker{v: v, surface: want, ids: map[string]bool{}}
	obj, ok := view.(map[string]any)
	if !ok {
		c.fail("/view", "must provide an object")
		return c.problems
	}
	kind, _ := obj["type"].(string)
	if kind != string(want) {
		c.fail("/view/type", "must be a valid enum value")
		return c.problems
	}
	fields := []field{
		req("blocks", func(c *checker, at string, v any) { c.blocks(at, v) }),
		opt("private_metadata", str(0, 3000)),
		opt("callback_id", str(0, 255)),
		opt("external_id", str(0, 255)),
	}
	if want == Modal {
		fields = append(fields,
			req("title", v.text.plain(1, 24)),
			opt("submit", v.text.plain(1, 24)),
			opt("close", v.text.plain(1, 24)),
			opt("clear_on_close", boolean),
			opt("notify_on_close", boolean),
			opt("submit_disabled", boolean),
		)
	} else {
		// slack-go's callers often fill these in for Home too; Slack ignores them there.
		for _, name := range []string{"title", "submit", "close", "clear_on_close", "notify_on_close"} {
			fields = append(fields, opt(name, anything))
		}
	}
	c.object("/view", obj, fields)
	if want == Modal && c.inputs > 0 && obj["submit"] == nil {
		c.fail("/view/submit", "a submit button is required when input blocks are used")
	}
	return c.problems
}
