package inbox

import (
	"cmp"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// An attribution says who wrote when what is quoted, in the words that mail programs have for it, which others know it by:
// {at} is written in the layout, {name} is whoever wrote.
type attribution struct {
	words  string
	layout string // of package time
}

// attributions are those of the languages that prose.LanguageOf tells.
var attributions = map[string]attribution{
	"en": {"On {at}, {name} wrote:", "2 Jan 2006, 15:04 MST"},
	"de": {"Am {at} schrieb {name}:", "02.01.2006 um 15:04 MST"},
	"fr": {"Le {at}, {name} a écrit :", "02/01/2006 à 15:04 MST"},
	"es": {"El {at}, {name} escribió:", "02/01/2006 a las 15:04 MST"},
	"it": {"Il {at}, {name} ha scritto:", "02/01/2006 alle 15:04 MST"},
	"pt": {"Em {at}, {name} escreveu:", "02/01/2006 às 15:04 MST"},
	"nl": {"Op {at} schreef {name}:", "02-01-2006 om 15:04 MST"},
	"pl": {"W dniu {at} {name} napisał(a):", "02.01.2006 o 15:04 MST"},
	"sv": {"Den {at} skrev {name}:", "2006-01-02 kl. 15:04 MST"},
	"da": {"Den {at} skrev {name}:", "02.01.2006 kl. 15.04 MST"},
	"no": {"Den {at} skrev {name}:", "02.01.2006 kl. 15:04 MST"},
	"fi": {"{at}, {name} kirjoitti:", "2.1.2006 klo 15.04 MST"},
	"cs": {"Dne {at} napsal(a) {name}:", "2. 1. 2006 v 15:04 MST"},
	"tr": {"{at} tarihinde {name} şunu yazdı:", "02.01.2006 15:04 MST"},
	"ru": {"{at}, {name} пишет:", "02.01.2006 15:04 MST"},
	"uk": {"{at}, {name} пише:", "02.01.2006 15:04 MST"},
	"ja": {"{at}、{name}さんは書きました:", "2006年1月2日 15:04 MST"},
	"zh": {"{name} 于 {at} 写道：", "2006年1月2日 15:04 MST"},
	"ko": {"{at}, {name}님이 작성:", "2006년 1월 2일 15:04 MST"},
}

// attribution is the line above the quotation: in the language of the mail, else in the organisation's, else in English.
func (q *Quoted) attribution() string {
	a, ok := attributions[cmp.Or(prose.LanguageOf(q.Text), q.Language)]
	if !ok {
		a = attributions["en"]
	}
	zone := cmp.Or(q.Zone, time.UTC)
	return strings.NewReplacer("{at}", q.At.In(zone).Format(a.layout), "{name}", headerText(q.Name, maxShown)).Replace(a.words)
}
