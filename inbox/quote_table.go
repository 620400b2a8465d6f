package inbox

import "regexp"

// The words by which mail programs mark what they quote, in lower case.

// wroteWords end the line above a quotation ("On … Ann wrote:").
var wroteWords = []string{
	"wrote", "writes", "said", "schrieb", "a écrit", "écrit", "escribió", "escribio", "ha scritto", "escreveu", "schreef", "geschreven",
	"napisał", "napisala", "pisze", "skrev", "skrifaði", "kirjoitti", "написал", "пишет", "пише", "написав", "написано", "napsal", "napísal",
	"yazdı", "yazdi", "írta", "a scris", "έγραψε", "đã viết", "書きました", "書いた", "のメール", "写道", "寫道", "작성", "님이",
}

// openWords begin the line above a quotation, before a date.
var openWords = []string{
	"on", "am", "at", "le", "el", "il", "em", "op", "w", "dnia", "den", "på", "a", "în", "в", "dne", "in", "tarihinde", "il giorno", "no dia", "na", "de",
	"mon", "tue", "wed", "thu", "fri", "sat", "sun", "lundi", "lunes", "понедельник", "вторник", "среда", "четверг", "пятница",
}

// headerWords are the labels of a quoted header block, by what they label.
var headerWords = map[string]byte{
	"from": 'f', "von": 'f', "de": 'f', "da": 'f', "van": 'f', "od": 'f', "fra": 'f', "från": 'f', "lähettäjä": 'f', "от": 'f', "от кого": 'f',
	"від": 'f', "kimden": 'f', "gönderen": 'f', "差出人": 'f', "送信者": 'f', "发件人": 'f', "寄件者": 'f', "寄件人": 'f', "보낸 사람": 'f', "보낸사람": 'f',

	"sent": 'd', "date": 'd', "gesendet": 'd', "datum": 'd', "envoyé": 'd', "envoyé le": 'd', "enviado": 'd', "enviado el": 'd', "fecha": 'd',
	"inviato": 'd', "data": 'd', "enviada em": 'd', "enviado em": 'd', "verzonden": 'd', "wysłano": 'd', "skickat": 'd', "sendt": 'd', "dato": 'd',
	"lähetetty": 'd', "päivämäärä": 'd', "отправлено": 'd', "дата": 'd', "надіслано": 'd', "odesláno": 'd', "tarih": 'd', "gönderilme": 'd',
	"日時": 'd', "送信日時": 'd', "发送时间": 'd', "日期": 'd', "時間": 'd', "보낸 날짜": 'd', "날짜": 'd', "gesendet am": 'd', "sent at": 'd',

	"to": 't', "an": 't', "à": 't', "pour": 't', "para": 't', "a": 't', "aan": 't', "do": 't', "till": 't', "til": 't', "vastaanottaja": 't',
	"кому": 't', "komu": 't', "kime": 't', "宛先": 't', "收件人": 't', "收件者": 't', "받는 사람": 't', "받는사람": 't',

	"subject": 's', "betreff": 's', "objet": 's', "asunto": 's', "oggetto": 's', "assunto": 's', "onderwerp": 's', "temat": 's', "ämne": 's',
	"emne": 's', "aihe": 's', "тема": 's', "předmět": 's', "konu": 's', "件名": 's', "主题": 's', "主旨": 's', "제목": 's',

	"cc": 'c', "copie": 'c', "kopie": 'c', "kopia": 'c', "копия": 'c', "reply-to": 'c', "antwort an": 'c', "抄送": 'c', "副本": 'c', "참조": 'c',
	"importance": 'c', "attachments": 'c',
}

// originalWords stand between dashes above the message that is answered.
var originalWords = []string{
	"original message", "original-nachricht", "original nachricht", "ursprüngliche nachricht", "ursprungliche nachricht", "message d'origine",
	"message d’origine", "message original", "mensaje original", "messaggio originale", "mensagem original", "oorspronkelijk bericht",
	"wiadomość oryginalna", "oryginalna wiadomość", "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
	"original meddelelse", "opprinnelig melding", "alkuperäinen viesti", "исходное сообщение", "оригинальное сообщение", "původní zpráva",
	"orijinal mesaj", "özgün ileti", "元のメッセージ", "原始邮件", "原始郵件", "原邮件", "원본 메시지", "original email", "original appointment",
	"reply message", "reply above this line",
}

// forwardWords stand above a message that is passed on: it is part of what the person sends.
var forwardWords = []string{
	"forwarded message", "forwarded by", "begin forwarded message", "fwd:", "weitergeleitete nachricht", "message transféré", "message réexpédié",
	"mensaje reenviado", "messaggio inoltrato", "mensagem encaminhada", "mensagem reencaminhada", "doorgestuurd bericht", "doorgestuurde bericht",
	"wiadomość przekazana", "przekazana wiadomość", "vidarebefordrat meddelande", "videresendt", "videresendt melding", "välitetty viesti",
	"пересылаемое сообщение", "пересланное сообщение", "переслане повідомлення", "přeposlaná zpráva", "iletilen mesaj", "転送メッセージ", "转发的邮件",
	"轉寄的郵件", "전달된 메시지",
}

// A phone's or program's own line at the end of a mail. What follows "Sent from" names a device or a
// program and is short, so that "Sent from my desk, is much easier …" stays.
var deviceLine = regexp.MustCompile(`(?i)^\W{0,3}(?:(?:sent|get|download) (?:from|via|with|using|by|outlook|yahoo)\b[^,.]{0,60}|` +
	`(?:von|gesendet) (?:von|mit|meine[mr]|aus)\b.{0,60}|envoyé (?:depuis|de|à partir|avec)\b.{0,60}|enviado (?:desde|do|a partir|con)\b.{0,60}|` +
	`inviato (?:da|con)\b.{0,60}|verzonden (?:met|vanaf|vanuit)\b.{0,60}|wysłane? z\b.{0,60}|skickat från\b.{0,60}|sendt fra\b.{0,60}|` +
	`lähetetty\b.{0,60}|отправлено (?:с|из)\b.{0,60}|odesláno z\b.{0,60}|.{0,20}(?:iphone|ipad|android).{0,20}(?:gesendet|傳送|发送|送信|보냄))\W*$`)

var (
	hasTime    = regexp.MustCompile(`\b\d{1,2}\s?[:.h]\s?\d{2}\b|\b(?:19|20)\d\d\b|\d年`)
	beginsDate = regexp.MustCompile(`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b|^\d{4}年\s?\d{1,2}月`)
)
