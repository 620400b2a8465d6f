package ai

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/prose"
	"github.com/customerdesk/customerdesk/kb"
)

const (
	// thinEvidence is the confidence in the best article below which a draft claims nothing.
	thinEvidence = 0.3
	// secondEvidence is the confidence from which on a further article is quoted too.
	secondEvidence = 0.45
	maxQuoted      = 3 // articles
)

// A draft is a text with the passages it rests on.
type draft struct {
	text       string
	cited      []kb.Hit // in the order of their markers, which count from 1
	confidence float64  // 0 to 1, that the text answers the question
}

// builtinReply answers with the best passages of articles, each followed by the number of its article; where the
// evidence is thin it only says that the message came.
func builtinReply(customer, title string, hits []kb.Hit) draft {
	hits = worthQuoting(hits)
	greet := "Hello,"
	if n := firstName(customer); n != "" {
		greet = "Hello " + n + ","
	}
	if len(hits) == 0 {
		about := "."
		if t := shorten(strings.Join(strings.Fields(visible(title)), " "), 80); t != "" {
			about = fmt.Sprintf(" about “%s”.", t)
		}
		return draft{text: greet + "\n\nthank you for your message" + about +
			" We have received it and will answer you as soon as we have looked into it.\n\nIf there is anything to add, just reply to this mail."}
	}
	var b strings.Builder
	b.WriteString(greet + "\n\nthank you for your message. Our help articles say about this:\n\n")
	b.WriteString(quoteAll(hits))
	b.WriteString("\n\n" + sources(hits))
	b.WriteString("\nIf this does not answer your question, just reply to this mail.")
	return draft{text: b.String(), cited: hits, confidence: hits[0].Confidence}
}

// builtinAnswer is builtinReply without the letter around it.
func builtinAnswer(hits []kb.Hit) draft {
	hits = worthQuoting(hits)
	if len(hits) == 0 {
		return draft{}
	}
	return draft{text: quoteAll(hits), cited: hits, confidence: hits[0].Confidence}
}

func worthQuoting(hits []kb.Hit) []kb.Hit {
	var out []kb.Hit
	for i, h := range hits {
		if quote(quotable(h, i), 1) == "" || i == 0 && h.Confidence < thinEvidence {
			break
		}
		if i == 0 || h.Confidence >= secondEvidence {
			out = append(out, h)
		}
		if len(out) == maxQuoted {
			break
		}
	}
	return out
}

func quoteAll(hits []kb.Hit) string {
	parts := make([]string, len(hits))
	for i, h := range hits {
		parts[i] = quote(quotable(h, i), i+1)
	}
	return strings.Join(parts, "\n\n")
}

// quotable is what is quoted of the hit at rank i: of the best one all that stands under the heading.
func quotable(h kb.Hit, i int) string {
	if i == 0 {
		return h.Text
	}
	return h.Passage
}

// quote writes out a passage with the marker [n] at its end; list items keep their lines. Questions, which
// articles ask on behalf of the reader, answer nothing and are left out.
func quote(text string, n int) string {
	var b strings.Builder
	for part := range strings.SplitSeq(text, "\n") {
		lead := "\n"
		if strings.HasPrefix(part, "- ") {
			lead = "\n- "
		}
		for _, s := range prose.Sentences(part) {
			if strings.HasSuffix(s, "?") {
				continue
			}
			b.WriteString(lead + s)
			lead = " "
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("%s [%d]", strings.TrimPrefix(b.String(), "\n"), n)
}

// sources lists articles by title under their markers.
func sources(hits []kb.Hit) string {
	var b strings.Builder
	b.WriteString("Articles:\n")
	for i, h := range hits {
		fmt.Fprintf(&b, "[%d] %s\n", i+1, h.Title)
	}
	return b.String()
}

// firstName returns what to call somebody by a name from a mail's header; empty where it does not look like a
// person's name. Whatever else it may hold, a greeting is no place for it.
func firstName(name string) string {
	if last, first, ok := strings.Cut(name, ","); ok && strings.TrimSpace(last) != "" {
		name = first
	}
	for _, w := range strings.Fields(name) {
		switch strings.ToLower(strings.TrimSuffix(w, ".")) {
		case "dr", "prof", "mr", "mrs", "ms", "herr", "frau", "the":
			continue
		}
		if n := utf8.RuneCountInString(w); n < 2 || n > 24 || strings.IndexFunc(w, notInName) >= 0 {
			return ""
		}
		switch strings.ToLower(w) {
		case "support", "info", "admin", "sales", "office", "team", "noreply", "no-reply", "service", "mail", "contact":
			return ""
		}
		return w
	}
	return ""
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '-' && r != '\'' && r != '’'
}
