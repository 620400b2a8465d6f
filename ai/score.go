package ai

import (
	"strings"
)

// contentF1 tells how much of the references' content a text carries: F1 over the multiset of stems of content words,
// mean over the references. Fixed phrases that fit every text earn nothing.
func contentF1(candidate string, references []string) float64 {
	a, na := contentWords(candidate)
	var total float64
	for _, r := range references {
		b, nb := contentWords(r)
		var both int
		for w, n := range a {
			both += min(n, b[w])
		}
		if both > 0 {
			total += 2 * float64(both) / float64(na+nb)
		}
	}
	return total / float64(max(1, len(references)))
}

func contentWords(text string) (counts map[string]int, n int) {
	counts = make(map[string]int)
	text = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(text))
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if len(w) > 1 && !emptyWord(w) {
			counts[lightStem(w)]++
			n++
		}
	}
	return counts, n
}

// lightStem takes off the commonest English endings, and no more, so that figures compare with those of others.
func lightStem(w string) string {
	if len(w) > 4 {
		for _, e := range [...]struct{ suffix, put string }{{"ies", "y"}, {"sses", "ss"}, {"ing", ""}, {"ed", ""}, {"es", "e"}, {"s", ""}} {
			if strings.HasSuffix(w, e.suffix) && (e.suffix != "s" || !strings.HasSuffix(w, "ss")) && len(w)-len(e.suffix)+len(e.put) >= 3 {
				w = w[:len(w)-len(e.suffix)] + e.put
				break
			}
		}
	}
	if len(w) > 4 {
		w = strings.TrimSuffix(w, "e")
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("lsz", rune(w[n-1])) {
		w = w[:n-1]
	}
	return w
}

// emptyWord tells whether a word carries no content: the function words of English, and what every summary of a
// support ticket says.
func emptyWord(w string) bool {
	const (
		function = " a an and are as at be been but by can could do does did for from had has have he her his how i if in into is it its me my of on or our she so that the their them then there these they this to was we were what when where which who why will with would you your not no am just also than any some about "
		report   = " customer customers agent agents complain complains complaining complained complaint ask asks asking asked enquire enquires enquiring enquired inquire inquiring say says saying said inform informs informed informing reply replies replied replying update updates updated updating state states stated stating request requests requested requesting suggest suggests suggested suggesting want wants wanted explain explains explained issue issues problem problems help please thank thanks dm link team look looking regarding know let further assistance assist tell told need needs get sorry hi hello "
	)
	return strings.Contains(function, " "+w+" ") || strings.Contains(report, " "+w+" ")
}
