package slackserver

import (
	"regexp"
	"strings"
)

var (
	// entityPattern is a token a Slack client puts in when a person picks a name from the list.
	entityPattern = regexp.MustCompile(`<(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!(?:here|channel|everyone))(?:\|[^<>]*)?>`)
	// mentionPattern is what notifies somebody in a text on the wire.
	mentionPattern = regexp.MustCompile(`<(@[UW][A-Z0-9]+|!(?:here|channel|everyone)|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>`)
	// linkPattern is an address that a client turns into a link as one types.
	linkPattern = regexp.MustCompile(`https?://[^\s<>|]+[^\s<>|.,;:!?)\]'"]`)
	// atPattern is what parse=full and link_names turn into notifications.
	atPattern = regexp.MustCompile(`(^|[\s(])@(here|channel|everyone)\b`)
)

// Escape escapes the three characters that control Slack's formatting
// (https://docs.slack.dev/messaging/formatting-message-text#escaping).
func Escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// typed turns what a person types into what Slack stores: names picked from the list stay tokens,
// addresses become links, all else is escaped.
func typed(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range entityPattern.FindAllStringIndex(text, -1) {
		b.WriteString(linked(text[at:m[0]]))
		b.WriteString(text[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(linked(text[at:]))
	return b.String()
}

func linked(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range linkPattern.FindAllStringIndex(text, -1) {
		b.WriteString(Escape(text[at:m[0]]))
		b.WriteString("<" + strings.ReplaceAll(text[m[0]:m[1]], "&", "&amp;") + ">")
		at = m[1]
	}
	b.WriteString(Escape(text[at:]))
	return b.String()
}

// parseFull is what the argument parse=full or link_names=1 does to a text.
func parseFull(text string) string {
	return atPattern.ReplaceAllString(text, "$1<!$2>")
}

// mentions lists whom a text on the wire notifies.
func mentions(text string) []string {
	var out []string
	for _, m := range mentionPattern.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// blockMentions walks blocks: mrkdwn texts and rich text elements can notify, plain_text cannot.
func blockMentions(v any, add func(string)) {
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			blockMentions(e, add)
		}
	case map[string]any:
		switch str(t["type"]) {
		case "plain_text":
			return
		case "mrkdwn", "markdown":
			for _, m := range mentions(str(t["text"])) {
				add(m)
			}
			return
		case "broadcast":
			add("!" + str(t["range"]))
		case "user":
			add("@" + str(t["user_id"]))
		case "usergroup":
			add("!subteam^" + str(t["usergroup_id"]))
		}
		for _, e := range t {
			blockMentions(e, add)
		}
	}
}

// richText is the block a Slack client makes of a typed message.
func richText(text, blockID string) []any {
	var elements []any
	at := 0
	plain := func(s string) {
		if s != "" {
			elements = append(elements, Object{"type": "text", "text": unescape(s)})
		}
	}
	for _, m := range regexpTokens(text) {
		plain(text[at:m[0]])
		elements = append(elements, tokenElement(text[m[0]+1:m[1]-1]))
		at = m[1]
	}
	plain(text[at:])
	return []any{Object{"type": "rich_text", "block_id": blockID, "elements": []any{
		Object{"type": "rich_text_section", "elements": elements},
	}}}
}

func regexpTokens(text string) [][2]int {
	var out [][2]int
	for i := 0; i < len(text); i++ {
		if text[i] != '<' {
			continue
		}
		if j := strings.IndexByte(text[i:], '>'); j > 1 {
			out = append(out, [2]int{i, i + j + 1})
			i += j
		}
	}
	return out
}

func tokenElement(token string) Object {
	body, label, _ := strings.Cut(token, "|")
	switch {
	case strings.HasPrefix(body, "@"):
		return Object{"type": "user", "user_id": body[1:]}
	case strings.HasPrefix(body, "#"):
		return Object{"type": "channel", "channel_id": body[1:]}
	case strings.HasPrefix(body, "!"):
		return Object{"type": "broadcast", "range": body[1:]}
	}
	link := Object{"type": "link", "url": unescape(body)}
	if label != "" {
		link["text"] = unescape(label)
	}
	return link
}

func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}
