package trim

import "regexp"

// The words of what stands below a mail, in lower case.

// closings begin the last words of a letter.
var closings = []string{
	"best", "regards", "kind regards", "best regards", "warm regards", "many thanks", "thanks", "thank you", "thx", "cheers", "sincerely", "yours", "respectfully", "with best", "with kind", "greetings", "br", "rgds", "all the best", "take care",
	"mit freundlichen", "mit besten", "mit freundlichem", "freundliche grüße", "viele grüße", "beste grüße", "liebe grüße", "schöne grüße", "herzliche grüße", "gruß", "grüße", "mfg", "vg", "lg", "danke", "vielen dank", "besten dank", "mit lieben",
	"cordialement", "bien cordialement", "bien à vous", "salutations", "sincères salutations", "merci", "meilleures salutations", "cdlt", "bonne journée", "saludos", "un saludo", "atentamente", "gracias", "cordiales saludos", "un cordial saludo",
	"cordiali saluti", "distinti saluti", "saluti", "un saluto", "grazie", "atenciosamente", "cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "abraço", "abraços", "obrigado", "obrigada", "att,",
	"met vriendelijke", "vriendelijke groet", "groeten", "groet", "bedankt", "mvg", "pozdrawiam", "z poważaniem", "dziękuję", "med vänlig", "vänliga hälsningar", "mvh", "hälsningar", "tack", "med venlig", "venlig hilsen", "hilsen", "mange tak", "med vennlig", "vennlig hilsen", "takk",
	"ystävällisin terveisin", "terveisin", "kiitos", "с уважением", "спасибо", "з повагою", "дякую", "s pozdravem", "děkuji", "s pozdravom", "saygılarımla", "iyi çalışmalar", "teşekkürler", "üdvözlettel", "köszönöm", "cu stimă", "mulțumesc",
	"με εκτίμηση", "ευχαριστώ", "φιλικά", "בברכה", "תודה", "בכבוד רב", "مع التحية", "مع خالص", "تحياتي", "مع تحياتي", "شكرا", "s přátelským", "s úctou", "tisztelettel", "cu respect", "с уважение", "lep pozdrav",
	"よろしくお願い", "宜しくお願い", "以上", "敬具", "谢谢", "謝謝", "此致", "祝好", "顺祝", "敬上", "감사합니다", "고맙습니다", "수고하세요",
}

// contactLine is evidence of a block with a name, a company and how to reach them.
var contactLine = regexp.MustCompile(`(?i)\b(?:tel|telefon|téléphone|teléfono|telefono|phone|mobile|mobil|mob|cell|fax|direct|office|ph|gsm|móvil|handy|puh|tlf|тел|моб|電話|电话|전화)\b\.?\s*(?:no|nr)?\.?\s*[:.+(\d]|` +
	`^[TMFPE]\s?[:.|]?\s?\+?\(?\d|\+\d[\d ()./–-]{6,}\d|\(\d{2,5}\)\s?[\d -]{5,}|` +
	`^(?:e-?mail|mail|web|website|www|internet|skype|linkedin|twitter)\b\s*[:.]|^<?(?:https?://|www\.)\S+>?$|^<?[\w.+-]+@[\w-]+\.[\w.-]+>?$|` +
	`\b(?:GmbH|AG|KG|e\.V\.|Inc|Ltd|LLC|PLC|Corp|S\.?A\.?S|S\.?à\.?r\.?l|SARL|S\.r\.l|S\.p\.A|B\.V|N\.V|Oy|ApS|A/S|Sp\. z o\.o|s\.r\.o|Ltda|K\.K|Pty)\b\.?|\bHRB\s?\d|\b(?:USt|VAT|TVA)\b`)

// deviceBegin begin the line that a phone or a program adds.
var deviceBegin = []string{
	"sent from", "sent via", "sent with", "sent using", "sent by", "sent on", "sent wirelessly", "sent securely", "from my", "someone from", "written on", "typed on", "composed on", "get outlook", "get yahoo", "get bluemail", "download outlook", "get the outlook",
	"gesendet von", "gesendet mit", "gesendet aus", "gesendet über", "versendet mit", "verschickt mit", "von meinem", "von meiner", "diese nachricht wurde", "diese e-mail wurde von meinem", "holen sie sich outlook", "hol dir outlook", "outlook für", "von outlook für", "von mail für", "mit outlook", "mit freundlichen grüßen von meinem", "mail gesendet",
	"envoyé de", "envoyé depuis", "envoyé à partir", "envoyé avec", "envoyé par", "envoyé sans fil", "envoyé via", "envoye de", "télécharger outlook", "télécharger yahoo", "obtenez outlook", "obtenir outlook", "provenance : courrier", "provenance: courrier",
	"enviado desde", "enviado de", "enviado con", "enviado do", "enviado a partir", "enviado pelo", "enviado via", "enviado por", "enviado através", "enviado com", "obtener outlook", "obtén outlook", "obtenga outlook", "obter o outlook", "obter outlook", "baixar o outlook", "baixe o outlook", "descargar outlook",
	"inviato da", "inviato dal", "inviato con", "inviato tramite", "scarica outlook", "ottieni outlook", "scaricare outlook", "verzonden vanaf", "verzonden met", "verzonden via", "verzonden vanuit", "verzonden door", "verstuurd vanaf", "verstuurd met", "verstuurd via", "outlook voor", "download outlook voor",
	"wysłane z", "wysłano z", "wysłane za", "wysłano za", "wyslane z", "pobierz outlook", "pobierz aplikację outlook", "uzyskaj outlook", "uzyskaj aplikację outlook", "skickat från", "skickat via", "skickat med", "skickad från", "skickades från", "skaffa outlook", "hämta outlook", "sendt fra", "sendt via", "sendt med", "hent outlook", "få outlook", "skaff deg outlook", "last ned outlook", "skaff outlook",
	"lähetetty", "hanki outlook", "hae outlook", "отправлено с", "отправлено из", "отправлено через", "отправлено от", "скачать outlook", "получить outlook", "надіслано з", "надіслано із", "відправлено з", "відправлено із", "отримати outlook", "odesláno z", "odesláno s", "odesláno pomocí", "získat outlook", "stáhnout outlook", "odoslané z",
	"küldve", "elküldve", "trimis de pe", "trimis din", "trimis cu", "obțineți outlook", "στάλθηκε από", "εστάλη από", "נשלח מ", "נשלח באמצעות", "أرسلت من", "أُرسلت من", "تم الإرسال من", "مرسل من", "enviat des", "được gửi từ", "đã gửi từ", "gửi từ", "dikirim dari", "ส่งจาก", "poslano s", "poslano iz", "poslato sa", "изпратено от", "išsiųsta iš", "nosūtīts no", "saadetud",
	"发自我的", "发自", "從我的", "从我的", "來自", "来自", "寄自", "获取 outlook", "获取outlook", "取得 outlook", "나의 ", "내 iphone", "outlook for ios", "outlook for android", "ios 版 outlook", "android 版 outlook",
	"téléchargez outlook", "téléchargez yahoo", "pobierz program outlook", "az outlook", "získať outlook", "získajte outlook", "získejte outlook", "λήψη του outlook", "αποκτήστε το outlook", "الحصول على outlook", "קבל את outlook", "קבלת outlook", "נשלח מה", "从我的", "ottieni outlook", "dihantar dari", "發自", "发送自", "傳送自",
}

// deviceEnd end such a line in languages that put the verb last.
var deviceEnd = []string{
	"gesendet", "versendet", "verschickt", "geschickt", "gönderildi", "送信", "傳送", "传送", "发送", "送出", "보냄", "전송", "보냈습니다", "küldve", "से भेजा गया", "edinin", "入手", "downloaden", "herunterladen", "beziehen", "다운로드", "받기",
}

// deviceWords name what such a line speaks of, deviceOwn whose it is.
var deviceWords = []string{
	"iphon", "ipad", "ipod", "ios", "android", "samsung", "galaxy", "huawei", "xiaomi", "redmi", "oneplus", "pixel", "nokia", "htc", "motorola", "moto ", "xperia", "sony", "blackberry", "windows", "outlook", "mail", "newton", "spark", "proton", "tutanota", "tuta", "phone", "mobil", "mobiel", "cell", "smartphone",
	"tablet", "handy", "device", "thunderbird", "k-9", "aquamail", "nine", "acompli", "superhuman", "polymail", "edison", "fastmail", "zoho", "wireless", "handheld", "macbook", "mac ", "laptop", "gerät", "gsm", "telefon", "teléfono", "téléphone", "telefoon", "celular", "móvil", "cellulare", "telemóvel", "portable", "dispositivo", "puhelime", "телефон", "смартфон", "айфон", "treo", "palm", "kindle", "gmx", "web.de", "courrier", "correo", "posta", "poczt", "почт", "手机", "手機", "电话", "スマートフォン", "携帯", "휴대폰", "hey.com", "yahoo", "shortwave", "mailspring", "airmail", "em client", "bluemail", "missive", "mimestream", "typeapp", "spike", "canary", "xfinity", "boxer", "surface", "邮件应用", "的郵件", "telus", "verizon", "at&t", "t-mobile",
}

var deviceOwn = []string{" my ", " a ", " mein", " mon ", " ma ", " mi ", " mio ", " mia ", " il mio ", " meu ", " minha ", " mijn ", " mojego ", " min ", " mitt ", " моего ", " мого ", " mého ", " iphone", "我的", "나의"}

// excuseWords excuse how a mail was typed.
var excuseWords = []string{"excuse", "typo", "brevity", "pardon", "forgive", "sorry for", "entschuldig", "tippfehler", "kürze", "excusez", "fautes de frappe", "disculp", "brevedad", "scus", "brevità", "desculp", "brevidade", "typefout"}

// legalBegin begin most of the paragraphs that companies put below every mail.
var legalBegin = []string{
	"this email", "this e-mail", "this message", "this communication", "this transmission", "the information", "the content", "the contents", "disclaimer", "important", "notice", "confidential", "privileged", "if you are not", "if you have received", "any views", "unless",
	"diese e-mail", "diese mail", "diese nachricht", "der inhalt", "die information", "hinweis", "vertraulich", "wichtig", "sollten sie nicht", "ce message", "ce courriel", "cet e-mail", "ce mail", "les informations", "l'information", "este mensaje", "este correo", "este e-mail", "esta mensagem", "este email", "a informação", "as informações", "la información", "la presente", "questo messaggio", "le informazioni", "questa e-mail", "avviso",
	"dit bericht", "deze e-mail", "de informatie", "ta wiadomość", "niniejsza wiadomość", "treść tej", "informacje zawarte", "detta meddelande", "detta e-post", "denne e-mail", "denne e-post", "denne meddelelse", "tämä viesti", "tämä sähköposti", "данное сообщение", "это сообщение", "данное письмо", "це повідомлення", "tato zpráva", "tento e-mail", "bu e-posta", "bu mesaj", "ez az üzenet", "ez az e-mail", "acest mesaj", "acest e-mail", "το μήνυμα αυτό", "αυτό το μήνυμα", "το παρόν μήνυμα", "הודעה זו", "המידע", "هذه الرسالة", "هذا البريد", "это письмо", "táto správa", "この", "本", "此", "이 ", "본 ",
}

// legalStrong and legalWords are of the paragraphs that companies put below every mail: three of them, of which
// one is strong, make one.
var legalStrong = []string{
	"confidential", "intended recipient", "intended only for", "intended solely", "solely for the use", "for the use of the individual", "in error, please", "legally privileged", "may be privileged", "privileged information", "unauthorized", "unauthorised", "strictly prohibited", "legally binding", "accepts no liability", "accept no liability", "no responsibility for",
	"vertraulich", "rechtlich geschützt", "nicht der richtige adressat", "nicht der beabsichtigte", "unbefugte", "irrtümlich erhalten", "confidentiel", "à l'attention exclusive", "toute utilisation", "destinataire", "confidencial", "confidenciales", "ley orgánica", "sigilos", "riservat", "d.lgs", "vertrouwelijk", "geadresseerde", "uitsluitend bestemd", "poufn", "konfidentiel", "fortrolig", "luottamuksel",
	"конфиденциальн", "конфіденційн", "důvěrn", "dôvern", "gizlilik", "gizlidir", "bizalmas", "confidențial", "εμπιστευτικ", "סודי", "חסוי", "سرية", "سري ", "機密情報", "保密", "机密", "기밀",
}

var legalWords = []string{
	"recipient", "received this", "received it", "in error", "privileged", "this email and any", "this e-mail and any", "this message and any", "this communication", "the information contained", "the contents of this", "disclos", "virus", "delete", "notify", "addressee", "liab", "registered", "prohibited", "copying", "attachments", "individual or entity", "views expressed", "opinions", "transmission", "distribution",
	"irrtümlich", "adressat", "diese e-mail", "diese mail", "diese nachricht", "weitergabe", "vernichten", "informieren sie", "nicht gestattet", "anhänge", "empfänger", "löschen", "absender", "ce message", "pièces jointes", "par erreur", "cet e-mail", "ce courriel", "diffusion", "strictement", "détruire", "expéditeur", "interdit", "autorisé",
	"destinatari", "este mensaje", "este correo", "por error", "prohibid", "adjunt", "protección de datos", "notifi", "este e-mail", "esta mensagem", "destinatário", "por engano", "proibid", "anexos", "eliminar", "questo messaggio", "per errore", "vietat", "allegati", "mittente", "cancell", "dit bericht", "deze e-mail", "abusievelijk", "openbaarmaking", "afzender", "verwijder", "bijlage",
	"adresat", "wiadomość", "załącznik", "zabronion", "nadawc", "usuni", "detta meddelande", "mottagare", "avsändare", "radera", "modtager", "denne e-mail", "denne e-post", "mottaker", "avsender", "afsender", "slet", "vastaanottaja", "viesti", "lähettäjä", "сообщение", "адресат", "если вы получили", "по ошибке", "отправител", "удалит", "повідомлення", "помилк", "zpráv", "příjemc", "omylem", "odesílatel", "e-posta", "alıcı", "yanlışlıkla", "gönderen", "silin", "címzett", "tévedés", "feladót", "törölje", "din greșeal", "expeditor", "ștergeți", "παραλήπτη", "κατά λάθος", "αποστολέα", "διαγράψτε", "נמען", "בטעות", "לשולח", "השולח", "מחק", "المرسل إليه", "عن طريق الخطأ", "بالخطأ", "المرسل", "حذف", "príjemc", "odosielateľ",
	"誤って", "本メール", "受信", "削除", "本邮件", "本電子郵件", "收件人", "发件人", "删除", "본 메일", "수신인", "삭제", "발신",
}

// footerWords are of the lines that programs, providers, scanners and lists add; one is enough.
var footerWords = []string{
	"confidentiality notice:", "confidentiality note:", "legal disclaimer:", "e-mail disclaimer:", "email disclaimer:", "vertraulichkeitshinweis:", "avis de confidentialité", "aviso de confidencialidad", "aviso de confidencialidade", "avviso di riservatezza", "klauzula poufności",
	"consider the environment before printing", "think before you print", "think of the environment before printing", "denken sie an die umwelt, bevor", "an die umwelt, bevor sie diese", "pensez à l'environnement avant", "pensez à l’environnement avant", "antes de imprimir este", "prima di stampare questa", "denk aan het milieu voordat",
	"virus-free. www", "virus-free.www", "virenfrei. www", "sans virus. www", "libre de virus. www", "livre de vírus. www", "privo di virus. www", "virusvrij. www", "wolny od wirusów. www", "без вирусов. www", "checked for viruses by", "scanned for viruses by", "scanned by mailscanner", "scanned for viruses and dangerous", "von avast auf viren", "auf viren geprüft", "auf viren überprüft", "l'absence de virus dans ce courrier", "comprobado en busca de virus", "analizado en busca de virus", "foi escaneado pelo avast", "foi verificado em termos de vírus", "controllata per individuare virus", "gecontroleerd op virussen", "sprawdzone pod kątem wirusów", "проверено на вирусы", "avast.com/sig-email", "avg.com/email-signature", "antivirus software. https://www.avast", "e' stato analizzato con", "believed to be clean", "message has been scanned for", "no virus found in this",
	"yahoo mail: search, organize, conquer", "yahoo mail - stay connected", "get the new aol app", "sent with tutanota", "secured with tuta", "用qq邮箱发送",
	"do you yahoo!?", "get your free email", "get your own free email", "free email account at", "sign up for your free", "try yahoo! mail", "windows live™", "windows live hotmail", "join the world's largest e-mail", "chat with friends online, try msn", "gmx freemail", "网易邮箱大师", "jetzt kostenlos testen", "jetzt kostenlos anmelden", "mail gesendet mit", "gratis bei web.de", "créez votre adresse électronique", "découvrez le nouveau yahoo", "découvrez une nouvelle façon d'obtenir",
	"you received this message because you are subscribed", "you are receiving this because", "you're receiving this because", "you are subscribed to the google groups", "to unsubscribe from this group", "to unsubscribe from this list", "to unsubscribe send", "to unsubscribe, send", "to unsubscribe, e-mail", "to unsubscribe, visit", "to unsubscribe e-mail", "for more options, visit", "to post to this group", "to view this discussion on", "mailman/listinfo", "lists.sourceforge.net", "reply to this email directly or", "view it on github", "to respond, reply to this email", "unsubscribe here:", "manage your subscription:",
}

// bannerWords are of the warning that a company's server puts above mail from outside.
var bannerWords = []string{
	"originated from outside", "originates from outside", "from outside of", "from outside the", "from outside your", "external sender", "external email", "externer absender", "externe e-mail", "von außerhalb", "expéditeur externe", "provient de l'extérieur", "provient d'un expéditeur", "remitente externo", "correo externo", "mittente esterno", "remetente externo", "externe afzender", "you don't often get email from", "sie erhalten nicht häufig e-mails von", "vous n'obtenez pas souvent", "vous ne recevez pas souvent", "no suele recibir correo", "non si ricevono spesso", "some people who received this message",
}
