package trim

import (
	"strings"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// saysWhere says whether the person tells, before line end, that their answers stand within the history ("My answers are in red
// below"): nothing else shows them there, so that all of it stays. Unmarked is whether the history that was left out has no marks
// of quotation, quotes whether the mail has quoted lines at all. Where answers already stand between quoted lines, these are they.
func (t *trimmer) saysWhere(end int, unmarked, quotes bool) bool {
	if !unmarked && !quotes {
		return false
	}
	sure, behind := false, 0
	for i := end - 1; i >= max(0, end-maxSaid); i-- {
		line := t.plain[i]
		if t.quoted(i) && !unmarked {
			return false
		}
		if line == "" || t.quoted(i) || t.code[i] {
			continue
		}
		switch where := answersIn(line); {
		case where == surely:
			sure = true
		case where == perhaps && unmarked && behind <= 1:
			return true
		}
		if !isClosing(line) && !isName(line) {
			behind++
		}
	}
	return sure
}

// maxSaid is how many last lines are looked at for where answers stand, and maxWhere how long such a line is, in bytes.
const (
	maxSaid  = 30
	maxWhere = 250
)

// answersIn says whether a line tells that answers stand within the history: surely if by how they look there, perhaps if only
// below, where what was answered may be meant, or what follows at once.
func answersIn(line string) sureness {
	if len(line) > maxWhere {
		return no
	}
	lower := strings.ToLower(line)
	if !prose.ContainsAny(lower, answerWords) {
		if len(line) < 60 && prose.ContainsAny(lower, belowWords) && prose.ContainsAny(lower, withinWords) {
			return surely
		}
		return no
	}
	switch {
	case prose.ContainsAny(lower, withinWords):
		return surely
	case prose.ContainsAny(lower, belowWords) && !prose.ContainsAny(" "+lower, yourWords) && !strings.HasSuffix(line, "?"):
		return perhaps
	}
	return no
}

// answerWords name answers, withinWords how they stand out in the text that they answer, belowWords where that stands; yourWords
// are said of the answers of others. All are in lower case.
var (
	answerWords = []string{
		"answer", "reply", "replie", "response", "responded", "comments", "commented", "my comment", "remarks", "my notes", "antwort", "kommentar", "anmerkung", "réponse", "répond", "commentaire", "respuesta", "respond", "comentario", "rispost", "miei commenti",
		"resposta", "comentário", "antwoord", "opmerking", "reactie", "odpowied", "komentarz", " svar", "vastau", "kommentti", "ответ", "коммент", "відповід", "комент", "odpověd", "odpoved",
		"komentář", "cevap", "yanıt", "válasz", "răspuns", "απαντήσ", "回答", "答复", "回复", "批注", "ご返答", "コメント", "답변",
	}
	withinWords = []string{
		"inline", "in-line", "replies in line", "comments in line", "answers in line", "responses in line", "replied in line", "answered in line", "in red", "in blue", "in green", "in purple", "in orange", "in bold", "in colour", "in color", "in capitals", "in caps", "in italics", "interspersed", "between the lines",
		"in rot", "in blau", "in grün", "in fett", "rot markiert", "blau markiert", "direkt im text", "zwischen den zeilen", "en rouge", "en bleu", "en vert", "en gras", "dans le texte", "en rojo", "en azul", "en verde", "en negrita", "entre líneas",
		"in rosso", "in blu", "in verde", "in grassetto", "nel testo", "a vermelho", "em vermelho", "a azul", "em azul", "em negrito", "in het rood", "in rood", "in het blauw", "in blauw", "in het groen", "tussen de regels",
		"na czerwono", "na niebiesko", "w tekście", "i rött", "i rødt", "med rött", "med rødt", "i blått", "med blått", "i texten", "i teksten", "punaisella", "sinisellä", "красным", "синим", "в тексте", "червоним", "červeně", "modře", "kırmızı", "pirossal", "cu roșu", "με κόκκινο",
		"赤字", "赤色", "青字", "红色", "紅色", "红字", "蓝色", "빨간", "파란",
	}
	belowWords = []string{
		"below", "underneath", "unten", "unterhalb", "ci-dessous", "plus bas", "abajo", " sotto", "di seguito", "abaixo", "hieronder", "poniżej", "nedan", "nedenfor", "alempana", "ниже", "нижче", "níže", "nižšie",
		"aşağıda", "alább", "mai jos", "παρακάτω", "以下", "下記", "下面", "아래",
	}
	yourWords = []string{
		" your", " his ", " her ", " their", " ihre", " deine", " eure", " votre", " vos ", " ton ", " tes ", " su ", " sus ", " tu ", " vostr", " tuo", " tua ", " sua ", " seu", " uw ", " jouw", " twoj", " państwa", " din ", " ditt ", " dine ", " deres ", " ваш", " твой", " váš", " vaš", "ご回答", "您的",
	}
)
