package inbox

// senderLabel reports whether mail programs write word, in lower case, before the sender in the header of a
// forwarded mail.
func senderLabel(word string) bool {
	switch word {
	case "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "від", "gönderen", "kimden", "feladó", "de la", "expéditeur",
		"remitente", "mittente", "remetente", "afzender", "nadawca", "avsändare", "afsender", "avsender", "отправитель", "відправник", "odesílatel",
		"odosielateľ", "από", "差出人", "送信者", "发件人", "寄件者", "寄件人", "보낸 사람", "보낸사람", "מאת", "من", "จาก", "từ", "dari", "saatja", "no", "nuo",
		"otpravitel'", "šalje", "pošiljatelj", "från:", "absender":
		return true
	}
	return false
}

// otherLabel likewise, before date, recipients and subject.
func otherLabel(word string) bool {
	switch word {
	case "date", "sent", "to", "cc", "subject", "reply-to", "importance", "attachments",
		"datum", "gesendet", "an", "betreff", "kopie", "antwort an", "wichtigkeit",
		"envoyé", "à", "objet", "copie à", "répondre à", "date d'envoi",
		"fecha", "enviado", "enviado el", "para", "asunto", "cco",
		"data", "inviato", "a", "oggetto", "per conto di",
		"enviada em", "enviado em", "assunto",
		"verzonden", "aan", "onderwerp", "antwoord-naar",
		"wysłano", "do", "temat", "dw", "wysłane",
		"datum odeslání", "odesláno", "komu", "předmět", "kopie komu", "predmet", "odoslané", "dátum",
		"skickat", "till", "ämne", "kopia", "sendt", "til", "emne", "dato", "kopi", "lähetetty", "vastaanottaja", "aihe", "päivämäärä", "kopio",
		"дата", "отправлено", "кому", "тема", "копия", "надіслано", "копія",
		"tarih", "gönderildi", "gönderilme", "kime", "kime:", "konu", "bilgi", "küldve", "címzett", "tárgy", "dátum:", "trimis", "către", "subiect",
		"στάλθηκε", "προς", "θέμα", "ημερομηνία",
		"日付", "日時", "送信日時", "宛先", "件名", "发送时间", "日期", "收件人", "主题", "抄送", "寄件日期", "收件者", "主旨", "副本",
		"날짜", "보낸 날짜", "받는 사람", "받는사람", "제목", "참조",
		"נשלח", "אל", "נושא", "תאריך", "تاريخ", "إلى", "الموضوع", "วันที่", "ถึง", "เรื่อง", "ngày", "tới", "đến", "chủ đề", "tanggal", "kepada":
		return true
	}
	return false
}

// subjectLabel likewise, before the subject.
func subjectLabel(word string) bool {
	switch word {
	case "subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "temat", "předmět", "predmet", "ämne", "emne", "aihe", "тема",
		"konu", "tárgy", "subiect", "θέμα", "件名", "主题", "主旨", "제목", "נושא", "الموضوع", "เรื่อง", "chủ đề":
		return true
	}
	return false
}
