package trim

import (
	"strings"
	"testing"
)

// headerBlocks are what programs write above what they quote without marks.
var headerBlocks = map[string]string{
	"Outlook":            "From: Ann Berg <ann@shop.example>\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo Lund <bo@x.example>\nSubject: Printer",
	"no addresses":       "From: Ann Berg\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo Lund\nCc: Cy; Di\nSubject: Printer",
	"ruled":              "________________________________\nFrom: Ann Berg <ann@shop.example>\nSent: Monday, March 2, 2026 9:05:12 AM\nTo: Bo Lund\nSubject: Printer",
	"ruled, mobile":      "_____________________________\nFrom: Ann Berg <ann@shop.example>\nSent: Monday, March 2, 2026 9:05 AM\nSubject: Printer\nTo: Bo Lund",
	"dashed rule":        " ------------------------------\n\n*From:* Ann Berg\n*Sent:* 2026-03-02\n*To:* bo@x.example\n*Subject:* Printer",
	"bold":               "*From:* Ann Berg [mailto:ann@shop.example]\n*Sent:* Monday, March 2, 2026 9:05 AM\n*To:* Bo Lund\n*Subject:* Printer",
	"bold as Markdown":   "**From:** Ann Berg <ann@shop.example>\n**Sent:** Monday, March 2, 2026 9:05 AM\n**To:** Bo Lund\n**Subject:** Printer",
	"blank lines":        "From: Ann Berg <ann@shop.example>\n\nSent: Monday, March 2, 2026 9:05 AM\n\nTo: Bo Lund\n\nSubject: Printer",
	"in one line":        "From: Ann Berg <ann@shop.example> Sent: Monday, March 2, 2026 9:05 AM To: Bo Lund Subject: Printer",
	"wrapped":            "From: Ann Berg [mailto:\nann@shop.example]\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo Lund; Cy Dale;\nEd Falk; Gil Hart\nSubject: Printer prints\nempty pages",
	"no-break":           "From:\u00a0Ann Berg <ann@shop.example>\nDate\u00a0: Monday, March 2, 2026 9:05 AM\nTo:\u00a0Bo Lund\nSubject:\u00a0Printer",
	"Mac":                "From: Ann Berg <ann@shop.example>\nDate: Monday, 2 March 2026 at 09:05\nTo: Bo Lund <bo@x.example>\nSubject: Printer",
	"GMX":                "Gesendet: Montag, 02. März 2026 um 09:05 Uhr\nVon: \"Ann Berg\" <ann@shop.example>\nAn: bo@x.example\nBetreff: Drucker",
	"German":             "Von: Ann Berg <ann@shop.example>\nGesendet: Montag, 2. März 2026 09:05\nAn: Bo Lund\nBetreff: Drucker",
	"French":             "De : Ann Berg <ann@shop.example>\nEnvoyé : lundi 2 mars 2026 09:05\nÀ : Bo Lund\nObjet : Imprimante",
	"French, Zimbra":     "De: \"Ann Berg\" <ann@shop.example>\nÀ: \"Bo Lund\" <bo@x.example>\nEnvoyé: Lundi 2 Mars 2026 09:05:12\nObjet: Imprimante",
	"Spanish":            "De: Ann Berg <ann@shop.example>\nEnviado el: lunes, 2 de marzo de 2026 9:05\nPara: Bo Lund\nAsunto: Impresora",
	"Italian":            "Da: Ann Berg <ann@shop.example>\nInviato: lunedì 2 marzo 2026 09:05\nA: Bo Lund\nOggetto: Stampante",
	"Portuguese":         "De: Ann Berg <ann@shop.example>\nEnviada em: segunda-feira, 2 de março de 2026 09:05\nPara: Bo Lund\nAssunto: Impressora",
	"Dutch":              "Van: Ann Berg <ann@shop.example>\nVerzonden: maandag 2 maart 2026 09:05\nAan: Bo Lund\nOnderwerp: Printer",
	"Polish":             "Od: Ann Berg <ann@shop.example>\nWysłano: poniedziałek, 2 marca 2026 09:05\nDo: Bo Lund\nTemat: Drukarka",
	"Swedish":            "Från: Ann Berg <ann@shop.example>\nSkickat: den 2 mars 2026 09:05\nTill: Bo Lund\nÄmne: Skrivare",
	"Danish":             "Fra: Ann Berg <ann@shop.example>\nSendt: 2. marts 2026 09:05\nTil: Bo Lund\nEmne: Printer",
	"Norwegian":          "Fra: Ann Berg <ann@shop.example>\nSendt: mandag 2. mars 2026 09:05\nTil: Bo Lund\nEmne: Skriver",
	"Finnish":            "Lähettäjä: Ann Berg <ann@shop.example>\nLähetetty: maanantai 2. maaliskuuta 2026 9.05\nVastaanottaja: Bo Lund\nAihe: Tulostin",
	"Russian":            "От: Ann Berg <ann@shop.example>\nОтправлено: 2 марта 2026 г. 9:05\nКому: Bo Lund\nТема: Принтер",
	"Ukrainian":          "Від: Ann Berg <ann@shop.example>\nНадіслано: 2 березня 2026 р. 9:05\nКому: Bo Lund\nТема: Принтер",
	"Czech":              "Od: Ann Berg <ann@shop.example>\nOdesláno: pondělí 2. března 2026 9:05\nKomu: Bo Lund\nPředmět: Tiskárna",
	"Turkish":            "Kimden: Ann Berg <ann@shop.example>\nGönderildi: 2 Mart 2026 Pazartesi 09:05\nKime: Bo Lund\nKonu: Yazıcı",
	"Japanese":           "差出人: Ann Berg <ann@shop.example>\n送信日時: 2026年3月2日 9:05\n宛先: Bo Lund\n件名: プリンター",
	"Chinese":            "发件人: Ann Berg <ann@shop.example>\n发送时间: 2026年3月2日 9:05\n收件人: Bo Lund\n主题: 打印机",
	"Chinese, wide":      "发件人： Ann Berg <ann@shop.example>\n发送时间： 2026年3月2日 9:05\n收件人： Bo Lund\n主题： 打印机",
	"Chinese, Taiwan":    "寄件者: Ann Berg <ann@shop.example>\n寄件日期: 2026年3月2日 上午 09:05\n收件者: Bo Lund\n主旨: 印表機",
	"Korean":             "보낸 사람: Ann Berg <ann@shop.example>\n보낸 날짜: 2026년 3월 2일 월요일 오전 9:05\n받는 사람: Bo Lund\n제목: 프린터",
	"Hungarian":          "Feladó: Ann Berg <ann@shop.example>\nElküldve: 2026. március 2. 9:05\nCímzett: Bo Lund\nTárgy: Nyomtató",
	"Romanian":           "De la: Ann Berg <ann@shop.example>\nTrimis: luni, 2 martie 2026 09:05\nCătre: Bo Lund\nSubiect: Imprimantă",
	"Greek":              "Από: Ann Berg <ann@shop.example>\nΣτάλθηκε: Δευτέρα, 2 Μαρτίου 2026 9:05\nΠρος: Bo Lund\nΘέμα: Εκτυπωτής",
	"Hebrew":             "מאת: Ann Berg <ann@shop.example>\nנשלח: יום שני 2 מרץ 2026 09:05\nאל: Bo Lund\nנושא: מדפסת",
	"Arabic":             "من: Ann Berg <ann@shop.example>\nتاريخ الإرسال: 2 مارس 2026 09:05\nإلى: Bo Lund\nالموضوع: طابعة",
	"Catalan":            "De: Ann Berg <ann@shop.example>\nEnviat el: dilluns, 2 de març de 2026 9:05\nPer a: Bo Lund\nAssumpte: Impressora",
	"original":           "-----Original Message-----\nFrom: Ann Berg [mailto:ann@shop.example]\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo Lund\nSubject: Printer",
	"original, Samsung":  "-------- Original message --------\nFrom: Ann Berg <ann@shop.example>\nDate: 3/2/26 9:05 AM (GMT+01:00)\nTo: Bo Lund <bo@x.example>\nSubject: Printer",
	"original, Proton":   "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, March 2, 2026 9:05 AM, Ann Berg <ann@shop.example> wrote:",
	"original, spaced":   "----- Original Message -----",
	"original, German":   "-----Ursprüngliche Nachricht-----\nVon: Ann Berg",
	"original, T-Online": "-----Original-Nachricht-----\nBetreff: Drucker\nDatum: 2026-03-02T09:05:12+0100\nVon: \"Ann Berg\" <ann@shop.example>\nAn: bo@x.example",
	"original, French":   "----- Mail original -----\nDe: \"Ann Berg\" <ann@shop.example>",
	"original, Spanish":  "-----Mensaje original-----",
	"original, Polish":   "-----Oryginalna wiadomość-----",
	"original, Czech":    "---------- Původní zpráva ----------\nOd: Ann Berg <ann@shop.example>",
	"original, Chinese":  "------------------ 原始邮件 ------------------\n发件人: \"Ann Berg\" <ann@shop.example>;\n发送时间: 2026年3月2日(星期一) 上午9:05\n收件人: \"bo\";\n主题: 打印机",
	"original, Korean":   "--------- 원본 메일 ---------\n보낸사람 : Ann Berg <ann@shop.example>",
	"original, Russian":  "-------- Исходное сообщение --------\nТема: Принтер",
	"original, bold":     "*-------- Original Message --------*",
	"helpdesk":           "## Reply above this line ##",
	"helpdesk, Zendesk":  "##- Please type your reply above this line -##",
	"helpdesk, German":   "=== Bitte antworten Sie oberhalb dieser Linie ===",
	"helpdesk, French":   "---- Répondez au-dessus de cette ligne ----",
	"GroupWise":          ">>> Ann Berg <ann@shop.example> 03/02/26 9:05 AM >>>",
	"Lotus":              "From:        Ann Berg <ann@shop.example>\nTo:        Bo Lund/Shop@SHOP\nDate:        02.03.2026 09:05\nSubject:        Printer",
	"two fields":         "From: Ann Berg <ann@shop.example>\nDate: Mon, 2 Mar 2026 09:05:12 +0100",
}

func TestTrimKnowsHeaderBlocks(t *testing.T) {
	for name, block := range headerBlocks {
		for shape, mail := range map[string]string{
			"plain":        answer + "\n\n" + block + "\n\nIs it well again?\n\nAnn",
			"right below":  answer + "\n" + block + "\nIs it well again?",
			"far below":    answer + "\n\n\n\n" + block + "\n\n\nIs it well again?\n\n-- \nAnn\n",
			"quoted below": answer + "\n\n" + block + "\n\n> Is it well again?\n",
			"with phone":   answer + "\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n" + block + "\n\nIs it well again?",
		} {
			if name == "GroupWise" && shape == "quoted below" {
				continue // GroupWise does not mark
			}
			if got := Text(mail); got != answer {
				t.Errorf("%s, %s:\ngot  %q\nfrom %q", name, shape, got, mail)
			}
		}
		if name == "helpdesk" || strings.HasPrefix(name, "helpdesk") || name == "GroupWise" || name == "original, Proton" || strings.HasPrefix(name, "original") {
			continue
		}
		if mail := strings.TrimSpace(block) + "\n\nIs it well again?"; Text(mail) != mail {
			t.Errorf("%s: passed on without a word, cut to %q", name, Text(mail))
		}
	}
}

func TestEveryLineAboveWhichToAnswerIsLookedFor(t *testing.T) {
	for _, words := range aboveWords {
		if line := "## " + words + " ##"; !replyAbove(line) {
			t.Errorf("%q is not found", line)
		}
	}
}
