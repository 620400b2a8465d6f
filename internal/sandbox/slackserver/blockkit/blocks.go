package blockkit

import (
	"strconv"
	"unicode/utf8"
)

// Blocks: https://docs.slack.dev/reference/block-kit/blocks

type blockSpec struct {
	surfaces map[Surface]bool
	fields   []field
	check    func(c *checker, at string, obj map[string]any)
}

// maxMarkdown is the cumulative length of all markdown blocks of a message.
const maxMarkdown = 12000

func (v *Validator) blockSpecs() map[string]blockSpec {
	all := map[Surface]bool{Message: true, Modal: true, Home: true}
	messages := map[Surface]bool{Message: true}
	id := opt("block_id", str(1, 255))
	return map[string]blockSpec{
		"divider": {surfaces: all, fields: []field{id}},
		"header":  {surfaces: all, fields: []field{id, req("text", v.text.plain(1, 150)), opt("level", integer(1, 4))}},
		"section": {surfaces: all, fields: []field{
			id, opt("text", v.text.any(1, 3000)), opt("fields", array(1, 10, v.text.any(1, 2000))),
			opt("accessory", element(inSection)), opt("expand", boolean),
		}, check: sectionBody},
		"context": {surfaces: all, fields: []field{id, req("elements", array(1, 10, element(inContext)))}},
		"actions": {surfaces: all, fields: []field{id, req("elements", array(1, 25, element(inActions)))}, check: uniqueActions},
		"image": {surfaces: all, fields: []field{
			id, opt("image_url", webURL(3000)), req("alt_text", str(1, 2000)), opt("title", v.text.plain(1, 2000)),
			opt("slack_file", anything),
		}, check: imageSource},
		"input": {surfaces: all, fields: []field{
			id, req("label", v.text.plain(1, 2000)), req("element", element(inInput)), opt("hint", v.text.plain(1, 2000)),
			opt("optional", boolean), opt("dispatch_action", boolean),
		}, check: func(c *checker, _ string, _ map[string]any) { c.inputs++ }},
		"rich_text": {surfaces: all, fields: []field{id, req("elements", array(1, 0, richText))}},
		"markdown":  {surfaces: messages, fields: []field{id, req("text", str(1, maxMarkdown))}},
		"video": {surfaces: all, fields: []field{
			id, req("alt_text", str(1, 2000)), req("title", v.text.plain(1, 199)), req("thumbnail_url", webURL(3000)),
			req("video_url", webURL(3000, "https")), opt("author_name", str(1, 49)), opt("description", v.text.plain(1, 200)),
			opt("provider_icon_url", webURL(3000)), opt("provider_name", str(1, 100)), opt("title_url", webURL(3000, "https")),
		}},
		"table": {surfaces: messages, fields: []field{
			id, req("rows", array(1, 100, array(1, 20, anything))), opt("column_settings", array(0, 20, anything)),
		}},
	}
}

func sectionBody(c *checker, at string, obj map[string]any) {
	if obj["text"] == nil && obj["fields"] == nil {
		c.fail(at, "missing required field: text")
	}
}

func uniqueActions(c *checker, at string, obj map[string]any) {
	seen := map[string]bool{}
	list, _ := obj["elements"].([]any)
	for i, e := range list {
		el, _ := e.(map[string]any)
		id, _ := el["action_id"].(string)
		if id == "" {
			continue
		}
		if seen[id] {
			c.fail(at+"/elements/"+strconv.Itoa(i)+"/action_id", "`action_id` already exists : `%s`", id)
		}
		seen[id] = true
	}
}

// richText takes the four containers of a rich_text block and looks only at their shape.
func richText(c *checker, at string, v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	kind, _ := obj["type"].(string)
	switch kind {
	case "rich_text_section", "rich_text_preformatted", "rich_text_quote":
		array(0, 0, richTextLeaf)(c, at+"/elements", obj["elements"])
	case "rich_text_list":
		enum("bullet", "ordered")(c, at+"/style", obj["style"])
		array(1, 0, richText)(c, at+"/elements", obj["elements"])
	default:
		c.fail(at+"/type", "unsupported type: %s", kind)
	}
}

func richTextLeaf(c *checker, at string, v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	kind, _ := obj["type"].(string)
	need := map[string]string{"text": "text", "link": "url", "user": "user_id", "channel": "channel_id", "emoji": "name",
		"broadcast": "range", "usergroup": "usergroup_id", "team": "team_id", "date": "timestamp", "color": "value"}
	name, ok := need[kind]
	if !ok {
		c.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	if obj[name] == nil {
		c.fail(at, "missing required field: %s", name)
	}
}

// TextLength is the number of characters that count against the limit of a whole message: every "text"
// string in the tree, once.
func TextLength(v any) int {
	n := 0
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			n += TextLength(e)
		}
	case map[string]any:
		for k, e := range t {
			if s, ok := e.(string); ok && k == "text" {
				n += utf8.RuneCountInString(s)
			} else {
				n += TextLength(e)
			}
		}
	}
	return n
}
