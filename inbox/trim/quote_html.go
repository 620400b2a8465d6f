package trim

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/prose"
)

// mark says what the HTML of a mail tells about a line of its text.
type mark byte

const (
	markNone        mark = iota
	markAttribution      // says who wrote what follows
	markHistory          // is quoted
	markRest             // the history begins here and goes on to the end
	markSignature        // of a signature
	markIndent           // indented by the person, and no quotation
	markCite             // quoted by a program, which need not say whom
)

func (t *trimmer) mark(i int) mark {
	if t.marks == nil || i >= len(t.marks) {
		return markNone
	}
	return t.marks[i]
}

// maxMarked is the size up to which the structure of HTML is looked at, in bytes; what is larger is trimmed
// by its text alone.
const maxMarked = 128 << 10

// structured are parts of the names that mail programs give to the elements around quotations and
// signatures; only HTML with one of them is worth a closer look.
var structured = []string{
	"quote", "Quote", "_attr", "moz-cite", "ignature", "RplyFwdMsg", "appendonsend", "OutlookMessageHeader", "stopSpelling", "OLK_SRC", "zmail_extra", "zwchr", "__QUOTED",
	"cite", "isReplyContent", "reply-intro", "origbody", "reply139content", "replySplit", "edo-original", "reference-message", "messageReplySection", "__SIG_", "__DIVIDER", "hs_reply", "airmail_", "bloop_", "40px", "border-left",
}

// ownHTML trims what a mail says in HTML by the structure that mail programs give it. It returns false where
// there is none, so that nothing is known beyond the text.
func ownHTML(source string, forwarded bool) (own, signature, all string, ok bool) {
	if len(source) > maxMarked || !prose.ContainsAny(source, structured) {
		return "", "", "", false
	}
	marked, ok := markHTML(source)
	if !ok {
		return "", "", "", false
	}
	lines, marks := markedLines(mail.HTMLText(marked))
	if len(lines) == 0 {
		return "", "", "", false
	}
	own, signature = newTrimmer(lines, marks, forwarded).trim()
	return own, signature, strings.Join(lines, "\n"), true
}

// sentinel begins the lines that markHTML puts into a text: a noncharacter, which no text has.
const sentinel = "\ufdd0"

// A region is an element whose lines get a mark.
type region struct {
	name  string
	mark  mark
	depth int // of elements of the same name in it
}

// maxRegions bounds how deep marked elements are nested.
const maxRegions = 20

// markHTML puts a line with a sentinel at the beginning and the end of each element that means something; ok
// is false where there is none. It looks only at tags, and closely only at those that name a structure.
func markHTML(source string) (marked string, ok bool) {
	source = strings.ReplaceAll(source, sentinel, "")
	var out strings.Builder
	out.Grow(len(source) + 1024)
	var open []region
	copied := 0
	for at := 0; ; {
		start, end, name, closing := nextTag(source, at)
		if end < 0 {
			out.WriteString(source[copied:])
			return out.String(), ok
		}
		at = end
		top := len(open) - 1
		same := top >= 0 && open[top].name == name
		if closing {
			if !same {
				continue
			}
			if open[top].depth--; open[top].depth > 0 {
				continue
			}
			out.WriteString(source[copied:start])
			if open[top].mark == markIndent {
				out.WriteString("</div>")
			} else {
				out.WriteString(sentinelTag(open[top].mark, false) + source[start:end])
			}
			copied, open = end, open[:top]
			continue
		}
		m := markNone
		if len(open) < maxRegions && prose.ContainsAny(source[start:end], structured) {
			m = markOf(source[start:end])
		}
		if m == markNone {
			if same {
				open[top].depth++
			}
			continue
		}
		ok = true
		if m == markIndent {
			out.WriteString(source[copied:start] + "<div>")
		} else {
			out.WriteString(source[copied:end] + sentinelTag(m, true))
		}
		copied = end
		if name != "hr" && m != markRest {
			open = append(open, region{name: name, mark: m, depth: 1})
		} else if same {
			open[top].depth++
		}
	}
}

// nextTag finds the next tag of an element from at on; end is -1 where there is none. What stands in comments
// and in text that is not shown is passed over.
func nextTag(s string, at int) (start, end int, name string, closing bool) {
	for {
		i := strings.IndexByte(s[at:], '<')
		if i < 0 {
			return 0, -1, "", false
		}
		start = at + i
		at = start + 1
		if strings.HasPrefix(s[at:], "!--") {
			i := strings.Index(s[at:], "-->")
			if i < 0 {
				return 0, -1, "", false
			}
			at += i + 3
			continue
		}
		closing = strings.HasPrefix(s[at:], "/")
		if closing {
			at++
		}
		from := at
		for at < len(s) && (s[at]|0x20 >= 'a' && s[at]|0x20 <= 'z' || isDigit(s[at])) {
			at++
		}
		if name = strings.ToLower(s[from:at]); name == "" || len(name) > 20 {
			continue
		}
		if at = tagEnd(s, at); at < 0 {
			return 0, -1, "", false
		}
		if !closing && (name == "style" || name == "script" || name == "title") {
			if i := strings.Index(s[at:], "</"); i >= 0 {
				at += i
			}
			continue
		}
		return start, at, name, closing
	}
}

// tagEnd returns where a tag ends whose attributes begin at i; -1 where it does not.
func tagEnd(s string, i int) int {
	quote := byte(0)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return -1
}

func sentinelTag(m mark, begins bool) string {
	end := "-"
	if begins {
		end = "+"
	}
	return "<div>" + sentinel + string('0'+rune(m)) + end + "</div>"
}

// markOf reads what an element is for from the names that mail programs give it in its tag.
func markOf(tag string) mark {
	z := html.NewTokenizer(strings.NewReader(tag))
	z.Next()
	name, more := z.TagName()
	isQuote := string(name) == "blockquote"
	var class, id, style, other string
	for n := 0; more && n < 40; n++ {
		var key, val []byte
		key, val, more = z.TagAttr()
		switch string(key) {
		case "class":
			class = string(val)
		case "id":
			id = strings.TrimPrefix(string(val), "x_")
		case "style":
			style = strings.ToLower(string(val))
		case "name", "data-marker", "data-smartmail", "type", "cite":
			other += " " + string(val)
		}
	}
	if isQuote {
		plain := class == "" && id == "" && other == ""
		if plain && strings.Contains(style, "border") && strings.Contains(strings.ReplaceAll(style, " ", ""), "border:none") && !strings.Contains(style, "border-left") {
			return markIndent
		}
		if strings.Contains(other, "cite") || strings.Contains(class, "quote") || strings.Contains(style, "border-left") {
			return markCite
		}
		return markNone // the text itself shows it
	}
	for _, c := range strings.Fields(class) {
		if m := namedMarks[strings.TrimPrefix(c, "x_")]; m != markNone {
			return m
		}
	}
	if m := namedMarks["#"+id]; m != markNone {
		return m
	}
	if strings.Contains(id, "yahoo_quoted") || strings.Contains(class, "yahoo_quoted") {
		return markHistory
	}
	for _, o := range strings.Fields(other) {
		if m := namedMarks["="+o]; m != markNone {
			return m
		}
	}
	return markNone
}

// namedMarks are classes, ids (#) and other attributes (=) of elements in the HTML of mail programs.
var namedMarks = map[string]mark{
	"gmail_attr": markAttribution, "moz-cite-prefix": markAttribution, "airmail_on": markAttribution, "airmail_ext_on": markAttribution, "#reply-intro": markAttribution,

	"gmail_quote": markHistory, "gmail_quote_container": markHistory, "zmail_extra": markHistory, "protonmail_quote": markHistory, "tutanota_quote": markHistory,
	"nylas-quote": markHistory, "front-blockquote": markHistory, "sh-quoted-content": markHistory, "freshdesk_quote": markHistory, "missive_quote": markHistory, "hs_reply": markHistory, "moz-email-quote": markHistory,
	"#isReplyContent": markHistory, "#replySplit": markHistory, "#OLK_SRC_BODY_SECTION": markHistory, "#edo-original": markHistory, "#mail-editor-reference-message-container": markHistory,
	"#oriMsgHtmlSeperator": markHistory, "#origbody": markHistory, "#reply139content": markHistory, "skiff_quote": markHistory, "=quote": markHistory, "=messageReplySection": markHistory, "=__QUOTED_TEXT__": markHistory,

	"OutlookMessageHeader": markRest, "#divRplyFwdMsg": markRest, "#appendonsend": markRest, "#stopSpelling": markRest, "#zwchr": markRest, "=__DIVIDER__": markRest,

	"gmail_signature": markSignature, "gmail_signature_prefix": markSignature, "moz-signature": markSignature, "ms-outlook-mobile-signature": markSignature, "protonmail_signature_block": markSignature,
	"front-signature": markSignature, "hs_signature": markSignature, "bloop_sign": markSignature, "#Signature": markSignature, "#signature": markSignature, "#ms-outlook-mobile-signature": markSignature,
	"#ymail_android_signature": markSignature, "#ymail_ios_signature": markSignature, "#Zm-_Id_-Sgn": markSignature, "=gmail_signature": markSignature, "=messageSignatureSection": markSignature,
	"=__SIG_PRE__": markSignature, "=__SIG_POST__": markSignature,
}

// markedLines takes the sentinels out of a text and gives its lines the marks between them.
func markedLines(text string) (lines []string, marks []mark) {
	type begun struct {
		mark mark
		line int
	}
	var open []begun
	rest := -1
	for line := range strings.SplitSeq(text, "\n") {
		inner := strings.TrimLeft(line, "> ")
		if !strings.HasPrefix(inner, sentinel) || len(inner) != len(sentinel)+2 {
			lines, marks = append(lines, line), append(marks, markNone)
			continue
		}
		switch m := mark(inner[len(sentinel)] - '0'); {
		case inner[len(inner)-1] == '+' && m == markRest:
			if rest < 0 {
				rest = len(lines)
			}
		case inner[len(inner)-1] == '+':
			open = append(open, begun{m, len(lines)})
		case len(open) > 0:
			last := open[len(open)-1]
			open = open[:len(open)-1]
			setMarks(lines, marks, last.mark, last.line)
		}
	}
	for i := len(open) - 1; i >= 0; i-- {
		setMarks(lines, marks, open[i].mark, open[i].line)
	}
	for rest >= 0 && rest < len(lines)-1 && strings.TrimSpace(lines[rest]) == "" {
		rest++
	}
	if rest >= 0 && rest < len(lines) {
		marks[rest] = markRest
	}
	return lines, marks
}

// setMarks marks the lines from i on. Where a part of what a program put around its quotation is quoted for
// itself, the lines above say who wrote it, and those between and below are answers. What is passed on is
// no history.
func setMarks(lines []string, marks []mark, m mark, i int) {
	switch m {
	case markCite:
		m = markHistory
	case markHistory:
		t := trimmer{lines: lines, plain: lines}
		above := 0
		for j := i; j < len(lines); j++ {
			if strings.HasPrefix(lines[j], ">") {
				if above <= attributionLines {
					fill(lines[:j], marks, markAttribution, i)
				}
				return
			}
			if above < 3 && t.forwardMark(j) {
				return
			}
			if strings.TrimSpace(lines[j]) != "" {
				above++
			}
		}
	}
	fill(lines, marks, m, i)
}

// fill marks the lines from i on that have no mark yet.
func fill(lines []string, marks []mark, m mark, i int) {
	for ; i < len(lines); i++ {
		if marks[i] == markNone && strings.TrimSpace(lines[i]) != "" {
			marks[i] = m
		}
	}
}
