package blockkit

import (
	"reflect"
	"strconv"
)

// Composition objects: https://docs.slack.dev/reference/block-kit/composition-objects

// texts makes the rules for text objects.
type texts struct{}

// plain is a plain_text object only.
func (t texts) plain(min, max int) rule { return t.of(min, max, "plain_text") }

// any is a plain_text or mrkdwn object.
func (t texts) any(min, max int) rule { return t.of(min, max, "plain_text", "mrkdwn") }

func (texts) of(min, max int, kinds ...string) rule {
	return func(c *checker, at string, v any) {
		obj, ok := v.(map[string]any)
		if !ok {
			c.fail(at, "must provide an object")
			return
		}
		kind, ok := obj["type"].(string)
		if !ok {
			c.fail(at, "missing required field: type")
			return
		}
		before := len(c.problems)
		enum(kinds...)(c, at+"/type", kind)
		fields := []field{req("text", str(min, max))}
		if kind == "plain_text" {
			fields = append(fields, opt("emoji", boolean))
		} else {
			fields = append(fields, opt("verbatim", boolean))
		}
		c.object(at, obj, fields)
		if len(c.problems) > before && len(kinds) > 1 {
			// Slack reports the union first and the reason after it.
			c.problems = append(c.problems[:before:before], append(
				[]Problem{{Pointer: at, Text: "failed to match all allowed schemas"}}, c.problems[before:]...)...)
		}
	}
}

// confirm is the confirmation dialog.
func (v *Validator) confirm() rule {
	return objectOf(
		req("title", v.text.plain(1, 100)),
		req("text", v.text.any(1, 300)),
		req("confirm", v.text.plain(1, 30)),
		req("deny", v.text.plain(1, 30)),
		opt("style", enum("primary", "danger")),
	)
}

// option is one choice; text says which text objects its place takes, link whether it may have a url.
func (v *Validator) option(text rule, link bool) rule {
	fields := []field{
		req("text", text),
		req("value", str(1, 150)),
		opt("description", v.text.any(1, 75)),
	}
	if link {
		fields = append(fields, opt("url", webURL(3000, "http", "https", "mailto")))
	}
	return objectOf(fields...)
}

// optionGroup is a titled group of options of a menu.
func (v *Validator) optionGroup() rule {
	return objectOf(
		req("label", v.text.plain(1, 75)),
		req("options", array(1, 100, v.option(v.text.plain(1, 75), false))),
	)
}

// choices checks what spans options, option_groups and the initial choice: exactly one source, and an
// initial choice that equals one of the options in every part.
func choices(c *checker, at string, obj map[string]any) {
	options, hasOptions := obj["options"].([]any)
	groups, hasGroups := obj["option_groups"].([]any)
	if hasOptions == hasGroups {
		c.fail(at, "must provide exactly one of options or option_groups")
		return
	}
	for _, g := range groups {
		if group, ok := g.(map[string]any); ok {
			inner, _ := group["options"].([]any)
			options = append(options[:len(options):len(options)], inner...)
		}
	}
	values := map[any]bool{}
	for i, o := range options {
		option, _ := o.(map[string]any)
		if v, ok := option["value"].(string); ok {
			if values[v] {
				c.fail(at+"/options/"+strconv.Itoa(i), "value `%s` is not unique", v)
			}
			values[v] = true
		}
	}
	initialIn(c, at, obj, options)
}

func initialIn(c *checker, at string, obj map[string]any, options []any) {
	has := func(v any) bool {
		for _, o := range options {
			if reflect.DeepEqual(plainForm(o), plainForm(v)) {
				return true
			}
		}
		return false
	}
	if v, ok := obj["initial_option"]; ok && v != nil && !has(v) {
		c.fail(at+"/initial_option", "must be one of the provided options")
	}
	list, _ := obj["initial_options"].([]any)
	for i, v := range list {
		if !has(v) {
			c.fail(at+"/initial_options/"+strconv.Itoa(i), "must be one of the provided options")
		}
	}
}

// plainForm is an option without the flags that Slack fills in by itself.
func plainForm(v any) any {
	obj, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := make(map[string]any, len(obj))
	for k, e := range obj {
		if k != "emoji" && k != "verbatim" {
			out[k] = plainForm(e)
		}
	}
	return out
}
