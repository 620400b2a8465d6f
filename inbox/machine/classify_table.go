package machine

// systemSenders are the local parts that mail systems write under.
var systemSenders = []string{
	"mailer-daemon", "mailerdaemon", "mailer_daemon", "postmaster", "post_master", "mail-daemon", "maildaemon", "mdaemon", "mailadmin", "mailsystem", "mail-system", "double-bounce", "mail.delivery.system", "mailerror", "mail-error", "bounce-notification",
	"microsoftexchange329e71ec88ae4615bbc36ab6ce41109e", "mta-daemon", "daemon",
}

// systemNames are what their display names contain, in lower case.
var systemNames = []string{
	"mailer-daemon", "mail delivery", "mail deliver system", "delivery subsystem", "mail system", "mail deliver", "postmaster", "courier mail server",
	"internet mail delivery", "mail router", "mmsc ndr", "mail subsystem", "email system", "mailer daemon", "interscan", "message delivery", "mail gateway", "mailmarshal", "antispam gateway",
}

// systemTitles are display names of theirs as a whole, in lower case: within a longer name they are somebody's job.
var systemTitles = []string{
	"system administrator", "systemadministrator", "mail administrator", "microsoft outlook", "administrateur système", "administrador del sistema", "amministratore di sistema", "administrador do sistema", "systeembeheerder", "systemadministratör", "administrator systemu", "системный администратор",
	"systemansvarlig", "järjestelmänvalvoja", "sistem yöneticisi", "správce systému", "システム管理者", "系统管理员", "系統管理員", "시스템 관리자", "mail server", "email server", "e-mail system", "exchange server",
}

// receiptTitles are the beginnings of receipts' subjects, and receiptPhrases what their first lines say, in lower case.
var (
	receiptTitles = []string{
		"read:", "read receipt", "not read:", "return receipt", "gelesen:", "lesebestätigung", "ungelesen gelöscht:", "nicht gelesen:", "lu :", "lu:", "non lu :", "accusé de lecture", "confirmation de lecture", "leído:", "leido:", "no leído:", "confirmación de lectura", "letto:", "non letto:", "conferma di lettura",
		"lida:", "lido:", "não lida:", "confirmação de leitura", "gelezen:", "niet gelezen:", "leesbevestiging", "läst:", "läskvitto", "läst ", "læst:", "kvittering for læst", "lest:", "lesebekreftelse", "luettu:", "lukukuittaus", "przeczytano:", "przeczytane:", "potwierdzenie przeczytania", "прочитано:", "прочтено:",
		"уведомление о прочтении", "přečteno:", "potvrzení o přečtení", "okundu:", "okundu bilgisi", "開封済み:", "開封済み：", "開封確認", "已读:", "已读：", "已讀:", "已讀：", "읽음:", "olvasva:", "citit:",
	}
	receiptPhrases = []string{
		"was read on", "was read at", "was displayed on", "was deleted without being read", "this is a return receipt", "this is a receipt for the", "this return receipt only", "gelesen am", "ihre nachricht\n", "ungelesen gelöscht", "ohne gelesen zu werden", "dies ist eine eingangsbestätigung", "lesebestätigung für", "wurde gelesen",
		"a été lu", "été affiché", "supprimé sans avoir été lu", "se leyó", "fue leído", "ha sido leído", "se ha leído", "è stato letto", "stato visualizzato", "foi lida", "foi lido", "gelezen op", "lästes", "har lästs", "blev læst", "er læst", "ble lest", "er lest", "luettiin", "on luettu",
		"została przeczytana", "было прочитано", "byla přečtena", "okunmuştur", "開封されました", "開封日時", "已被阅读", "已读取", "已阅读", "已於", "읽었습니다", "읽혔습니다", "elolvasva", "a fost citit",
	}
)

// bounceSubjects are what a mail system's subject contains, in lower case.
var bounceSubjects = []string{
	"undelivered mail", "undeliverable", "undeliver", "delivery status notification", "delivery failure", "delivery failed", "delivery fail", "mail delivery", "returned mail", "failure notice", "not delivered", "could not be delivered", "delivery notification",
	"mail system error", "delivery has failed", "delivery error", "warning: message", "warning: could not send", "nondeliverable", "non-deliverable", "rejected mail", "user unknown", "message delayed", "delivery delayed", "bounce notification", "returned to sender",
	"message status", "non delivery", "non-delivery", "delivery report", "errors from", "mail could not", "delivery problem", "unable to deliver", "unzustellbar", "zustellung fehlgeschlagen", "zustellungsfehler", "nachricht konnte nicht", "zustellfehler", "nicht zugestellt",
	"non remis", "échec de la remise", "echec de la remise", "échec de remise", "non distribué", "no se puede entregar", "no se ha podido entregar", "correo devuelto", "error de entrega", "recapito fallito", "mancato recapito", "non recapitabile", "messaggio non recapitato",
	"não entregue", "falha na entrega", "não foi possível entregar", "onbestelbaar", "niet bezorgd", "aflevering mislukt", "niedostarczona", "nie dostarczono", "niedostarczalna", "olevererbart", "kan inte levereras", "ikke leveret", "kunne ikke leveres", "kan ikke leveres",
	"ei voitu toimittaa", "toimitus epäonnistui", "недоставлен", "не доставлено", "не удалось доставить", "недоставка", "не доставлен", "nedoručiteln", "nelze doručit", "teslim edilemedi", "iletilemedi", "配信不能", "配信エラー", "配信できません", "メールエラー", "未配信", "送信エラー",
	"error sending your mail", "problem delivering", "message could not", "message undelivered", "mail failure", "failed delivery", "failed mail", "not deliverable", "退信", "投递失败", "无法投递", "退件", "배달 실패", "전송 실패", "반송", "loop alert",
	"não é possível entregar", "mensagem devolvida", "не удается доставить", "не удаётся доставить", "недоставленное", "не може да бъде доставен", "не вдалося доставити", "未传递", "无法传递", "未送达", "無法傳遞", "無法投遞", "未傳遞", "배달되지 않음", "배달할 수 없",
	"mancata consegna", "mancato recapito", "messaggio respinto", "échec de distribution", "echec de distribution", "échec d'envoi", "message non distribué", "kézbesíthetetlen", "nedoručiteľné", "nedostavljivo", "nemoguće isporučiti", "nelivrabil", "imposibil de livrat", "αδύνατη η παράδοση", "não entregável",
	"zustellung nicht möglich", "zustellung gescheitert", "rückläufer", "bestelling mislukt", "bezorging mislukt", "leveransfel", "leveringsfejl", "leveringsfeil", "teslimat başarısız", "gönderilemedi", "送信不可", "不達", "宛先不明",
	"niedostarczaln", "kunde inte leverera", "går inte att leverera", "gick inte att leverera", "uleverbar", "ikke leverbar", "ei toimitettavissa", "toimittaminen ei onnistu", "teslim edilemey", "δεν είναι δυνατή η παράδοση", "неможливо доставити", "לא ניתן למסירה", "לא נמסר", "غير قابل للتسليم", "تعذر تسليم", "فشل تسليم", "ไม่สามารถส่ง", "không thể gửi", "tidak terkirim", "tidak dapat dikirim",
	"nepristatyta", "nepiegādā", "ei saa kohale toimetada", "neisporuč", "неиспоруч", "no s'ha pogut lliurar", "gagal dihantar", "ekki hægt að afhenda", "blocked by our", "mail delivery status", "delivery incomplete", "address not found", "message not delivered", "message blocked",
}

// bouncePhrases are what the first lines of a bounce say, in lower case.
var bouncePhrases = []string{
	"could not be delivered", "couldn't be delivered", "cannot be delivered", "was not delivered", "wasn't able to deliver", "unable to deliver", "not be delivered", "failed permanently", "delivery to the following", "did not reach", "undeliverable", "delivery failed", "delivery failure",
	"delivery has failed", "had permanent fatal errors", "permanent error", "permanent failure", "following address", "following recipient", "returned to you", "message was rejected", "was rejected by", "has been rejected", "rejected for the following", "recipients of your message",
	"transcript of session", "this is the mail system at", "mail delivery", "error message below", "mail system error", "automatically generated delivery", "created automatically by mail delivery", "has not been delivered", "not yet been delivered", "delivery attempts", "returned mail",
	"unknown user", "user unknown", "no such user", "delivery errors", "undelivered", "will be retried", "message delivery", "delivery status", "this user doesn't have", "recipient rejected", "you sent was rejected", "mail server permanently", "delivered to mobile",
	"konnte nicht zugestellt", "nicht zugestellt werden", "unzustellbar", "n'a pas pu être", "n'a pas été remis", "impossible de remettre", "no se pudo entregar", "no se ha podido entregar", "no pudo ser entregado", "non è stato recapitato", "non è stato possibile recapitare", "impossibile recapitare",
	"não pôde ser entregue", "não foi entregue", "kon niet worden bezorgd", "kunde inte levereras", "kunne ikke leveres", "nie została dostarczona", "nie mogła zostać dostarczona", "не удалось доставить", "не может быть доставлено", "не было доставлено", "nebylo možné doručit", "teslim edilemedi",
	"送信できません", "配信できません", "配送できません", "お届けできません", "送信に失敗", "配信に失敗", "无法送达", "无法投递", "投递失败", "无法发送", "전달되지 못", "전송되지 않", "보내지 못", "duplicated message-id", "had trouble delivering", "could not be sent", "failed to deliver", "rejected recipient", "failed to send", "delivery problems", "an error has occurred while attempting to deliver", "an error occurred while trying to deliver", "rcpt to:", "not listed in public name", "group you tried to contact",
	"fehler bei der nachrichtenzustellung", "wurde nicht an", "echec de la remise", "échec de la remise", "n'est pas parvenu", "n'a pu être", "error de entrega a", "no se ha entregado", "no se entregó", "non è stato consegnato", "non è stato inviato", "falha na entrega", "não foi possível entregar", "de bezorging is mislukt", "niet bezorgd",
	"dostarczenie do następujących", "nie powiodło się", "leveransen till följande", "levering til disse", "levering til følgende", "toimitus seuraaville", "сбой при доставке", "не может быть отправлено", "не удается доставить", "не удаётся доставить", "не доставлено", "doručení následujícím", "teslim edilmedi", "への配信に失敗",
	"配信されませんでした", "送信できませんでした", "届きませんでした", "无法将邮件传递", "被退回", "未能送达", "無法傳遞", "無法送達", "無法投遞", "배달하지 못", "배달되지 않", "전송하지 못",
	"gick inte att leverera", "det går inte att leverera", "ei voitu toimittaa", "ei onnistunut", "a kézbesítés sikertelen", "nem kézbesíthető", "nem sikerült kézbesíteni", "livrarea a eșuat", "nu a putut fi livrat", "η παράδοση", "δεν παραδόθηκε", "збій доставки", "не вдалося доставити", "неможливо доставити", "המסירה", "לא ניתן היה למסור", "فشل تسليم", "تعذر تسليم",
	"ไม่สามารถส่ง", "không thể gửi", "không gửi được", "tidak dapat dikirim", "tidak terkirim", "nepavyko pristatyti", "neizdevās piegādāt", "ei saanud kohale", "isporuka nije uspjela", "nije isporučena", "није испоручена", "doručenie", "nebolo možné doručiť", "dostava ni uspela", "no s'ha pogut lliurar", "не може да бъде доставен", "has not been delivered", "has not been sent", "doručit", "was blocked by", "mesajınız teslim", "teslim edilemeyen",
}

// replyTitles are the beginnings of subjects that only machines write, in lower case.
var replyTitles = []string{
	"automatic reply:", "automatic reply :", "autoreply:", "auto-reply:", "auto reply:", "autoresponse:", "auto response:", "auto-response:", "automatic response:", "autoresponder:", "out of office autoreply:", "out of office auto-reply:", "out of office auto reply:", "out of office reply:",
	"automated reply:", "[auto-reply]", "[autoreply]", "automatische antwort:", "automatische antwort auf", "autom. antwort:", "automatische rückantwort", "automatische abwesenheitsnotiz", "abwesenheitsnotiz:", "abwesenheitsnachricht:", "abwesenheitsmeldung:", "automatische e-mail-antwort", "out-of-office-nachricht",
	"réponse automatique:", "réponse automatique :", "reponse automatique:", "reponse automatique :", "réponse d'absence", "message d'absence :", "message d'absence:", "notification d'absence", "respuesta automática:", "respuesta automatica:", "contestación automática:", "autorespuesta:", "fuera de la oficina:",
	"risposta automatica:", "risposta automatica :", "fuori sede:", "fuori ufficio:", "resposta automática:", "resposta automatica:", "fora do escritório:", "automatisch antwoord:", "automatische reactie:", "afwezigheidsbericht:", "afwezigheidsassistent", "automatyczna odpowiedź:", "automatyczna odpowiedz:", "odpowiedź automatyczna:",
	"autosvar:", "auto-svar:", "automatiskt svar:", "automatisk svar:", "automatisk svar ", "frånvaromeddelande:", "fraværsbesked:", "fraværsmelding:", "automaattinen vastaus:", "poissaoloviesti:", "poissaoloilmoitus:", "автоответ:", "автоматический ответ:", "автоматична відповідь:", "автовідповідь:", "автовідповідач:",
	"automatická odpověď:", "automaticka odpoved:", "otomatik yanıt:", "otomatik yanit:", "自動応答:", "自動応答：", "自動返信:", "自動返信：", "自动答复:", "自动答复：", "自动回复:", "自动回复：", "自動回覆:", "自動回覆：", "자동 회신:", "자동회신:", "자동 응답:", "automatikus válasz:", "răspuns automat:", "αυτόματη απάντηση:", "resposta automàtica:",
	"automatická odpoveď:", "automatické odpovědi:", "samodejni odgovor:", "automatski odgovor:", "аутоматски одговор:", "автоматичен отговор:", "автоматски одговор:", "automatinis atsakymas:", "automātiskā atbilde:", "automaatvastus:", "sjálfvirkt svar:", "erantzun automatikoa:", "resposta automática:", "freagra uathoibríoch:",
	"מענה אוטומטי:", "תשובה אוטומטית:", "رد تلقائي:", "الرد التلقائي:", "پاسخ خودکار:", "स्वचालित उत्तर:", "ตอบกลับอัตโนมัติ:", "การตอบกลับอัตโนมัติ:", "trả lời tự động:", "balasan otomatis:", "balas otomatis:", "jawapan automatik:", "balasan automatik:",
}

// replySubjects are how absence notes begin that people may write by hand as well, in lower case.
var replySubjects = []string{
	"out of office", "out of the office", "out-of-office", "ooo:", "ooo ", "i am out of", "i'm out of", "on vacation", "on holiday", "away from", "i am away", "i'm away", "on leave", "automatic reply", "automatic response", "auto reply", "auto-reply", "autoreply", "auto response",
	"autoresponse", "automated response", "automated reply", "thank you for your email", "abwesenheit", "abwesend", "ich bin nicht im büro", "nicht im büro", "im urlaub", "automatische antwort", "außer haus", "ausser haus", "réponse automatique", "reponse automatique", "absent", "en congé", "en vacances", "hors du bureau",
	"respuesta automática", "respuesta automatica", "fuera de la oficina", "ausente", "de vacaciones", "risposta automatica", "fuori sede", "fuori ufficio", "assente", "in ferie", "resposta automática", "resposta automatica", "fora do escritório", "fora do escritorio", "de férias", "automatisch antwoord", "afwezig", "niet aanwezig",
	"buiten kantoor", "op vakantie", "automatyczna odpowiedź", "automatyczna odpowiedz", "nieobecno", "poza biurem", "na urlopie", "autosvar", "automatiskt svar", "frånvar", "på semester", "automatisk svar", "fravær", "ikke på kontoret", "ikke til stede", "på ferie", "automaattinen vastaus", "poissa", "lomalla", "автоответ", "автоматический ответ", "отсутств",
	"в отпуске", "нет на месте", "автоматична відповідь", "автовідпов", "відсутн", "у відпустці", "automatická odpověď", "mimo kancelář", "nepřítomn", "otomatik yanıt", "otomatik cevap", "ofis dışında", "ofis dışı", "izinde", "自動応答", "自動返信", "不在", "自动回复", "自动答复", "自動回覆", "休假", "不在办公室", "자동 회신", "자동회신", "자동 응답", "부재",
	"mimo kancelárie", "neprítomn", "házon kívül", "irodán kívül", "szabadságon", "în concediu", "absent de la birou", "plecat din birou", "εκτός γραφείου", "מחוץ למשרד", "היעדרות", "خارج المكتب", "خارج از دفتر", "izvan ureda", "odsutan", "odsutna", "извън офиса", "отсъств", "ван канцеларије", "одсутан", "одсутна", "nesu biure", "atostogauju", "prombūtn", "neesmu birojā",
	"vắng mặt", "ไม่อยู่", "ลาพักร้อน", "di luar kantor", "di luar pejabat", "sedang cuti", "odsoten", "odsotna", "odsotnost", "kontorist väljas", "puhkusel", "fora de l'oficina", "fjarverandi", "utanför kontoret", "ude af kontoret", "ute av kontoret", "işyerinde değilim", "कार्यालय से बाहर",
}

// absenceTopics are the beginnings of both absence notes and what people and shops write about, in lower case.
var absenceTopics = []string{
	"vacation", "maternity leave", "annual leave", "urlaub", "absence", "ausencia", "assenza", "ausência", "semester", "ferie", "dovolen", "休暇", "外出", "휴가",
}

// awayPhrases stand in the first lines of absence notes, in lower case.
var awayPhrases = []string{
	"out of the office", "out of office", "on vacation", "on annual leave", "on holiday until", "on leave", "limited access to", "this is an automat", "automatic reply", "automated response", "automated reply", "auto-reply", "i am currently away", "away from my desk", "will be away", "back in the office", "away until", "when i return", "upon my return",
	"nicht im büro", "nicht im hause", "nicht im haus", "im urlaub", "außer haus", "bin abwesend", "abwesend", "automatisch generiert", "automatische antwort", "wieder im büro", "absent du bureau", "suis absent", "serai absent", "en congé", "absente jusqu", "absent jusqu", "réponse automatique", "de retour le", "fuera de la oficina", "estaré ausente",
	"estoy de vacaciones", "respuesta automática", "mensaje automático", "fuori sede", "fuori ufficio", "sono assente", "sarò assente", "in ferie", "risposta automatica", "messaggio automatico", "fora do escritório", "estou ausente", "estarei ausente", "de férias", "resposta automática", "mensagem automática", "niet op kantoor", "afwezig", "niet aanwezig", "met vakantie",
	"op vakantie", "automatisch bericht", "poza biurem", "nieobecn", "na urlopie", "wiadomość automatyczna", "automatyczna odpowiedź", "inte på kontoret", "på semester", "automatiskt svar", "åter på kontoret", "ikke på kontoret", "på ferie", "automatisk svar", "ikke til stede", "poissa toimistolta", "lomalla", "automaattinen", "отсутств", "в отпуске", "вне офиса",
	"автоматический ответ", "автоматическое сообщение", "відсутн", "у відпустці", "автоматичн", "mimo kancelář", "nepřítom", "na dovolené", "automatická odpověď", "ofis dışında", "ofiste olmayacağım", "izindeyim", "yıllık izin", "otomatik", "不在にして", "不在です", "休暇をいただ", "休暇中", "自動送信", "自動返信", "自動応答", "外出", "休假", "不在办公室", "自动回复", "自動回覆",
	"부재중", "휴가 중", "휴가중", "자동으로", "자동 응답",
	"holder ferie", "har ferie", "ofiste değilim", "izinli", "휴가입니다", "휴가로 인해", "szabadságon", "nem vagyok az irodában", "în concediu", "nu sunt la birou", "nisam u uredu", "godišnjem odmoru", "mimo kancelárie", "na dovolenke", "извън офиса", "в отпуск", "ван канцеларије", "годишњем одмору", "εκτός γραφείου", "σε άδεια",
	"ne biure", "atostogau", "atostogose", "neesmu birojā", "atvaļinājum", "ei ole kontoris", "puhkusel", "í fríi", "ekki við", "מחוץ למשרד", "בחופשה", "خارج المكتب", "في إجازة", "ไม่อยู่ที่สำนักงาน", "ลาพักร้อน", "ลาพักผ่อน", "nghỉ phép", "vắng mặt", "sedang cuti", "di luar kantor", "fora de l'oficina", "na dopustu", "夏季休業", "冬季休業", "出張中", "出差", "正在度假",
	"en congés", "de congés", "mes congés", "momentan nicht erreichbar", "derzeit nicht erreichbar", "nicht am arbeitsplatz", "parental leave", "maternity leave", "paternity leave", "in elternzeit", "im mutterschutz", "auf dienstreise", "travelling with limited", "traveling with limited", "not in the office",
}

// formSenders are the local parts that web forms and desks write under, without dots, dashes and digits.
var formSenders = []string{
	"info", "contact", "contactus", "kontakt", "contacto", "contato", "contatti", "contatto", "kontakty", "yhteys", "iletisim", "office", "mail", "email", "hello", "hallo",
	"web", "www", "wwwdata", "website", "site", "webseite", "homepage", "webmaster", "nobody", "apache", "nginx", "php", "phpmailer", "mailer", "sendmail",
	"anfrage", "anfragen", "request", "requests", "inquiry", "enquiry", "enquiries", "inquiries", "feedback", "formular", "formulaire", "formulario", "modulo", "formulier",
	"notification", "notifications", "notify", "system", "server", "admin", "administrator", "shop", "store", "portal", "leads", "lead",
}

// formParts begin or end such local parts.
var formParts = []string{"form", "forms", "formular", "formulaire", "wordpress", "joomla", "drupal", "typo3", "notification", "notifications"}
