package mail

import (
	"slices"
	"strings"

	"github.com/emersion/go-message"
)

// MaxReferences is how many ids of a References field are looked at: the first and the latest.
const MaxReferences = 100

// ParseIDs reads the message ids of a Message-ID, In-Reply-To or References field as raw tokens without
// angle brackets. RFC 5322 section 3.6.4 wants <local@domain>; real mail leaves out brackets, the "@", or
// puts commas between, and the ids have to match all the same.
func ParseIDs(value string) []string {
	var ids []string
	for len(value) > 0 {
		value = strings.TrimLeft(value, " \t\r\n,;\"'")
		if value == "" {
			break
		}
		var id string
		if value[0] == '<' {
			value = value[1:]
			end := strings.IndexAny(value, "<>")
			if end < 0 {
				end = len(value)
			}
			id, value = value[:end], strings.TrimPrefix(value[end:], ">")
		} else {
			end := strings.IndexAny(value, " \t\r\n,;<>\"")
			if end < 0 {
				end = len(value)
			}
			id, value = value[:end], value[end:]
			value = strings.TrimPrefix(value, ">")
			// Words of a phrase ("Your message of Monday") are not ids.
			if !strings.Contains(id, "@") {
				continue
			}
		}
		if id = tidyID(id); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) > MaxReferences {
		ids = append(ids[:1:1], ids[len(ids)-MaxReferences+1:]...)
	}
	return ids
}

// answered reads the ids in the fields of a name, as they stand there and without the encoded words (RFC 2047) that some
// programs make of long ones.
func answered(h message.Header, name string) []string {
	ids := ParseIDs(Joined(h, name))
	plain := plainIDs(h, name)
	if plain == "" || !strings.Contains(Joined(h, name), "=?") {
		return ids
	}
	for _, id := range ParseIDs(plain) {
		if !slices.Contains(ids, id) && len(ids) < MaxReferences {
			ids = append(ids, id)
		}
	}
	return ids
}

func plainIDs(h message.Header, name string) string { return DecodeWords(Joined(h, name)) }

// messageID reads a Message-ID field; where no id can be made out the whole value is the id.
func messageID(value string) string {
	if ids := ParseIDs(value); len(ids) > 0 {
		return ids[0]
	}
	return tidyID(value)
}

// tidyID drops blanks that folding left within an id, and what Postgres cannot store or index.
func tidyID(id string) string {
	id = Clean(strings.Join(strings.Fields(strings.Trim(id, "<> \t")), ""))
	if len(id) > 998 { // RFC 5322 section 2.1.1: the longest line
		return ""
	}
	return id
}

// maxAnswers bounds what is searched of one field for ids that relays have mangled, in bytes from its end.
const maxAnswers = 16 << 10

// answers joins fields without blanks, which folding may have put into an id.
func answers(fields ...string) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(strings.Join(strings.Fields(f[max(0, len(f)-maxAnswers):]), ""))
		b.WriteByte(' ')
	}
	return b.String()
}
