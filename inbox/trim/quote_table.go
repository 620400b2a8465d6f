package trim

import (
	"regexp"
	"strings"
)

// The words by which mail programs mark what they quote, in lower case.

// wroteWords end the line above a quotation ("On … Ann wrote:"), or stand before the name there.
var wroteWords = wordSet(
	"wrote writes schrieb geschrieben schreibt écrit ecrit écrivait escribió escribio escribía scritto scrive escreveu geschreven schreef",
	"napisał napisała napisal napisala napisao napisali napisana pisze pisał skrev skreiv skrifaði kirjoitti kirjutas написал написала написали написа написав",
	"написано написао пишет пише писал писала писав напісаў napsal napsala napísal napísala píše yazdı yazdi yazmış írta scris έγραψε γράφει viết menulis",
	"rašė parašė rakstīja escrit escriure escribiu escrigué idatzi כתב כתבה כתבת كتب كتبت كتابة نوشت เขียนว่า เขียน लिखा 写道 寫道 写到 작성 씀",
	"quoting zitat citando citáció citát cytowanie cytując citerar citat citaat quotando quoth",
)

// wroteWithin are those that other words follow without a blank.
var wroteWithin = []string{"書きました", "書いた", "書き込み", "のメール", "のメッセージ", "写道", "寫道", "写到", "작성", "님이", "쓴 글", "씀", "เขียน"}

// endWords end an attribution that has no colon, or a wide one.
var endWords = []string{"wrote", "writes", "：", "写道", "寫道", "書きました", "schrieb", "a écrit", "escribió", "ha scritto", "escreveu", "geschreven", "작성", "—"}

// openWords begin the line above a quotation, before a date.
var openWords = wordSet(
	"on am at le el il em op w dnia den på a în in la v ve dne dňa dana u на в у od às no na de",
	"στις la al vào lúc pada בתאריך ב- في بتاريخ در ในวันที่ เมื่อ kuupäev quoting zitat citando missatge tarih 此 在 於 于",
	"mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday",
	"mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonntag",
	"lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche",
	"mié jue vie sáb dom lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica",
	"seg ter qua qui sex segunda terça quarta quinta sexta ma wo za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
	"pon wt śr czw pt sob niedz poniedziałek wtorek środa czwartek piątek sobota niedziela",
	"mån tis ons tors tor fre lör sön man tir lør søn måndag mandag tisdag tirsdag onsdag torsdag fredag lördag lørdag söndag søndag",
	"ke to pe la su ti maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
	"пн вт ср чт пт сб вс нд понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок середа пʼятниця субота неділя",
	"po út ut st čt št pá pi so ne pondělí úterý středa čtvrtek pátek neděle pzt sal çar per cum cmt paz luni marți miercuri joi vineri pe",
)

// thingWords are not of a name: where one of them wrote, it may be in a sentence.
var thingWords = wordSet(
	"the a an my our your his her their this that i he she we you they it who and system server log me us",
	"ich er sie wir mein meine unser unsere ihr das mir uns dem je il elle nous vous mon ma notre votre me yo él ella mi su",
	"io lui lei noi mio eu ele ela nós meu ik hij zij wij mijn onze ja jag jeg hun hon han я он она мы вы",
)

// writerWords are what people call themselves.
var writerWords = wordSet("i we ich wir je j'ai nous yo io noi eu ik wij jag vi jeg minä ja my я мы ми já ben biz én eu")

// headerWords are the labels of a quoted block of header fields: f, d, t and s for sender, date, recipient
// and subject, c for others.
var headerWords = headerLabels(map[byte][]string{
	'f': {"from", "von", "de", "da", "van", "od", "fra", "från", "lähettäjä", "от", "от кого", "від", "від кого", "kimden", "gönderen", "差出人", "送信者", "发件人", "发信人", "寄件者", "寄件人", "發件人",
		"보낸 사람", "보낸사람", "보낸이", "expéditeur", "mittente", "remitente", "remetente", "afzender", "absender", "nadawca", "avsändare", "afsender", "avsender", "feladó", "de la", "expeditor", "从",
		"από", "מאת", "من", "odosielateľ", "odesílatel", "pošiljatelj", "šalje", "nuo", "no", "saatja", "từ", "dari", "จาก", "del", "from address", "message de", "daripada", "frá", "frå", "از", "nork"},
	'd': {"sent", "date", "sent at", "sent on", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "date d'envoi", "message du", "enviado", "enviado el", "fecha", "inviato", "inviato il", "data", "enviada em", "enviado em",
		"enviada", "verzonden", "verstuurd", "wysłano", "wysłane", "skickat", "skickad", "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "отправлено", "дата", "отправлено в", "надіслано", "відправлено", "odesláno", "odoslané", "dátum", "tarih", "gönderilme",
		"gönderildi", "gönderim tarihi", "gönderme tarihi", "日時", "送信日時", "日付", "发送时间", "发送日期", "发件时间", "日期", "時間", "时间", "寄件日期", "寄送日期", "傳送時間", "보낸 날짜", "보낸날짜", "날짜", "일시", "보낸 시간",
		"elküldve", "küldve", "trimis", "trimis la", "data trimiterii", "ημερομηνία", "στάλθηκε", "εστάλη", "נשלח", "תאריך", "تاريخ الإرسال", "التاريخ", "تم الإرسال", "تاريخ", "enviat", "enviat el", "poslano", "poslato", "изпратено",
		"išsiųsta", "nosūtīts", "saadetud", "kuupäev", "ngày", "đã gửi", "tanggal", "dikirim", "วันที่", "ส่ง", "received", "empfangen", "date and time", "dihantar", "noiz", "보냄", "ارسال شده", "päivä"},
	't': {"to", "an", "à", "pour", "destinataire", "para", "a", "al", "aan", "naar", "do", "till", "til", "vastaanottaja", "кому", "до", "komu", "kime", "alıcı", "宛先", "收件人", "收件者", "받는 사람", "받는사람", "받는이",
		"címzett", "către", "catre", "la", "προς", "אל", "إلى", "الى", "prima", "za", "kam", "kellele", "saaja", "đến", "tới", "kepada", "ถึง", "empfänger", "destinatario", "destinatari", "destinatário", "per", "per a", "recipient", "recipients", "ke", "adressaat", "kenelle", "به", "nori"},
	's': {"subject", "betreff", "thema", "objet", "sujet", "asunto", "oggetto", "assunto", "onderwerp", "temat", "ämne", "emne", "aihe", "тема", "předmět", "predmet", "konu", "件名", "主题", "主題", "主旨", "标题", "제목",
		"tárgy", "subiect", "θέμα", "נושא", "الموضوع", "موضوع", "assumpte", "относно", "tema", "temats", "teema", "chủ đề", "tiêu đề", "subjek", "perihal", "เรื่อง", "ชื่อเรื่อง", "naslov", "zadeva", "efni", "gaia"},
	'c': {"cc", "bcc", "copie", "copie à", "copia", "c/c", "kopie", "kopia", "kopi", "kópia", "копия", "копія", "másolatot kap", "kopio", "bilgi", "reply-to", "reply to", "antwort an", "antworten an", "répondre à", "risposta", "rispondi a", "responder a",
		"抄送", "副本", "참조", "숨은참조", "답장", "返信先", "cci", "importance", "priority", "wichtigkeit", "priorität", "attachments", "anlagen", "anhänge", "pièces jointes", "archivos adjuntos", "datos adjuntos", "allegati", "anexos", "bijlagen", "załączniki",
		"sent by", "gesendet von", "envoyé par", "inviato da", "organization", "x-mailer", "reply", "resent-from", "please respond to", "עותק", "نسخة", "κοιν", "κοινοποίηση", "dw", "udw", "vs"},
})

// wordSet makes a set of words that blanks part.
func wordSet(lines ...string) map[string]bool {
	set := map[string]bool{}
	for _, line := range lines {
		for _, w := range strings.Fields(line) {
			set[w] = true
		}
	}
	return set
}

func headerLabels(kinds map[byte][]string) map[string]byte {
	labels := map[string]byte{}
	for kind, words := range kinds {
		for _, w := range words {
			if labels[w] == 0 || kind != 'c' {
				labels[w] = kind
			}
		}
	}
	return labels
}

// rawFields stand in the header of a mail, and in no block that a mail program quotes.
var rawFields = map[string]bool{
	"received": true, "return-path": true, "message-id": true, "mime-version": true, "dkim-signature": true, "content-type": true,
	"content-transfer-encoding": true, "delivered-to": true, "authentication-results": true, "received-spf": true, "user-agent": true,
	"arc-seal": true, "in-reply-to": true, "references": true, "list-id": true, "list-unsubscribe": true, "thread-index": true, "thread-topic": true,
}

// originalWords stand between strokes above the message that is answered.
var originalWords = []string{
	"original message", "original-nachricht", "original nachricht", "originalnachricht", "ursprüngliche nachricht", "ursprungliche nachricht", "ursprüngliche mail", "ursprüngliche e-mail",
	"message d'origine", "message d’origine", "message original", "mail original", "message initial", "courriel original", "mensaje original", "correo original", "messaggio originale", "messaggio original", "mail originale",
	"mensagem original", "email original", "e-mail original", "oorspronkelijk bericht", "oorspronkelijke bericht", "origineel bericht", "oorspronkelijke e-mail", "wiadomość oryginalna", "oryginalna wiadomość", "wiadomość pierwotna", "wiadomosc oryginalna",
	"ursprungligt meddelande", "originalmeddelande", "original meddelande", "oprindelig meddelelse", "original meddelelse", "original besked", "originalmeddelelse", "opprinnelig melding", "opprinnelig e-post",
	"alkuperäinen viesti", "исходное сообщение", "оригинальное сообщение", "первоначальное сообщение", "исходное письмо", "оригінальне повідомлення", "вихідне повідомлення", "початкове повідомлення",
	"původní zpráva", "puvodni zprava", "původní e-mail", "pôvodná správa", "orijinal mesaj", "özgün ileti", "orijinal ileti", "asıl ileti", "eredeti üzenet", "mesaj original", "mesajul original", "αρχικό μήνυμα",
	"הודעה מקורית", "ההודעה המקורית", "الرسالة الأصلية", "رسالة أصلية", "missatge original", "izvorna poruka", "originalna poruka", "izvirno sporočilo", "оригинално съобщение", "оригинална порука", "pradinis laiškas", "algne teade", "thư gốc", "pesan asli",
	"元のメッセージ", "元のメール", "original メッセージ", "原始邮件", "原始郵件", "原邮件", "邮件原件", "原始信件", "原始訊息", "회신된 메시지", "원본 메시지", "원본 메일", "원래 메시지", "original email", "original e-mail", "original mail", "original appointment",
	"reply message", "replied message", "quoted message", "previous message", "antwort-nachricht",
}

// aboveWords are of the line above which helpdesks ask people to write.
var aboveWords = []string{
	"reply above this line", "type your reply above", "type your response above", "write above this line", "respond above this line", "enter your reply above", "reply above the line", "reply above this text", "please reply above", "add your reply above",
	"oberhalb dieser linie", "oberhalb dieser zeile", "über dieser linie", "über dieser zeile", "au-dessus de cette ligne", "au dessus de cette ligne", "encima de esta línea", "arriba de esta línea", "por encima de esta linea", "sopra questa riga", "sopra questa linea",
	"acima desta linha", "boven deze lijn", "boven deze regel", "powyżej tej linii", "ovanför denna rad", "ovanför den här raden", "over denne linje", "over denne linjen", "tämän rivin yläpuolelle", "выше этой строки", "выше этой линии", "вище цього рядка", "nad tento řádek", "nad tímto řádkem",
	"bu satırın üstüne", "bu çizginin üzerine", "この行より上", "この線より上", "请在此行上方", "请在这一行上方", "請在此行上方", "이 줄 위에", "이 선 위에",
}

// aboveMarks are in those of aboveWords that are ASCII: most lines are, and have none of these.
var aboveMarks = []string{"above", "oberhalb", "dessus", "encima", "sopra", "acima", "boven", "over denne"}

// forwardWords stand between strokes above a message that is passed on: it is part of what the person sends.
var forwardWords = []string{
	"forwarded message", "forwarded by", "begin forwarded message", "end forwarded message", "forwarded mail", "forwarded email", "fwd:", "weitergeleitete nachricht", "weitergeleitet von", "weitergeleitete mail", "message transféré", "message réexpédié", "message transfere", "courriel transféré", "mail transféré",
	"mensaje reenviado", "correo reenviado", "messaggio inoltrato", "mail inoltrata", "mensagem encaminhada", "mensagem reencaminhada", "doorgestuurd bericht", "doorgestuurde bericht", "doorgestuurde mail", "wiadomość przekazana", "przekazana wiadomość", "treść przekazanej wiadomości", "wiadomość przesłana dalej",
	"vidarebefordrat meddelande", "vidarebefordrat mail", "videresendt", "videresendt melding", "videresendt meddelelse", "välitetty viesti", "edelleenlähetetty viesti", "edelleen lähetetty viesti", "пересылаемое сообщение", "пересланное сообщение", "пересылаемое письмо", "пересланное письмо", "переслане повідомлення", "перенаправлене повідомлення",
	"přeposlaná zpráva", "předaná zpráva", "preposlaná správa", "iletilen mesaj", "yönlendirilmiş ileti", "yönlendirilen ileti", "továbbított üzenet", "továbbított levél", "mesaj redirecționat", "mesaj redirectionat", "προωθημένο μήνυμα", "הודעה שהועברה", "רسالة محوّلة", "رسالة معاد توجيهها", "missatge reenviat", "proslijeđena poruka", "prosleđena poruka", "препратено съобщение",
	"転送メッセージ", "転送されたメッセージ", "転送メール", "转发的邮件", "转发邮件", "转发信息", "轉寄的郵件", "轉寄郵件", "전달된 메시지", "전달된 메일",
}

// beginForward begin the line that Apple's programs write above a message that is passed on.
var beginForward = []string{
	"begin forwarded message", "anfang der weitergeleiteten", "début du message réexpédié", "début du message transféré", "inizio messaggio inoltrato", "inizio del messaggio inoltrato", "inicio del mensaje reenviado", "comienzo del mensaje reenviado",
	"início da mensagem reencaminhada", "início da mensagem encaminhada", "begin doorgestuurd bericht", "begin van doorgestuurd bericht", "początek przekazywanej wiadomości", "początek przekazanej wiadomości", "vidarebefordrat brev", "börja vidarebefordrat", "videresendt meddelelse", "start på videresendt", "begynnelse på videresendt",
	"välitetty viesti alkaa", "alkaa välitetty viesti", "начало переадресованного", "начало пересылаемого", "початок переспрямованого", "začátek přeposílané", "začátek přeposlané", "iletilen mesajın başlangıcı", "iletilmiş mesajın başı", "転送されたメッセージ", "以下是转发的邮件", "下面是被转发的邮件", "開始轉寄郵件", "以下是轉寄的郵件", "전달된 메시지 시작", "전달된 메시지",
}

// forwardSubjects begin the subject of a mail that passes another one on.
var forwardSubjects = []string{
	"fwd:", "fw:", "fwd：", "fw：", "wg:", "tr:", "rv:", "i:", "enc:", "doorst:", "vb:", "vl:", "pd:", "ilt:", "i̇lt:", "yml:", "továbbítás:", "转发:", "转发：", "轉寄:", "轉寄：", "転送:", "전달:", "пересл:", "přep:", "προώθ:", "הועבר:",
}

var (
	beginsDate = regexp.MustCompile(`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b|^\d{4}年\s?\d{1,2}月`)
	zoneDate   = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d{1,2}:\d\d gmt[+-]\d\d:\d\d(?: [^\s.,;:!?]+){1,6}:?$`)
	inLine     = regexp.MustCompile(`[\s.!?)-](?:On|At|Am|Le|El|Il|Op|Em|Den|Dnia|W dniu) (?:\p{L}+[,.]? )?(?:\p{L}+\.? )?\d`)
)
