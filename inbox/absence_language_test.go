package inbox

import (
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
)

// Absence notes as Exchange, Gmail, Zimbra, Dovecot, GroupWise and providers send them, each with the least that they are
// known by: what the program writes into the subject, or a header that says little, or the envelope's null return path.
func TestAbsenceNotesAreKnownByFewSigns(t *testing.T) {
	const null, suppress, answer = "Return-Path: <>", "X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated"
	for _, c := range []struct{ subject, text, sign string }{
		{"Automatisk svar: Ordre 4", "Takk for din e-post.", null},
		{"Automatické odpovědi: Objednávka", "Děkuji za zprávu, jsem mimo kancelář.", suppress},
		{"Automatická odpoveď: Objednávka", "Ďakujem za správu.", null},
		{"Samodejni odgovor: Naročilo", "Hvala za sporočilo.", null},
		{"Automatski odgovor: Narudžba", "Hvala na poruci, nisam u uredu.", null},
		{"Аутоматски одговор: Поруџбина", "Хвала на поруци.", null},
		{"Automatikus válasz: Rendelés", "Köszönöm levelét, szabadságon vagyok.", null},
		{"Răspuns automat: Comandă", "Vă mulțumesc, sunt în concediu.", null},
		{"Автоматичен отговор: Поръчка", "Благодаря за съобщението.", null},
		{"Αυτόματη απάντηση: Παραγγελία", "Σας ευχαριστώ.", null},
		{"Automatinis atsakymas: Užsakymas", "Ačiū už laišką.", null},
		{"Automātiskā atbilde: Pasūtījums", "Paldies par ziņu.", null},
		{"Automaatvastus: Tellimus", "Täname kirja eest.", null},
		{"Sjálfvirkt svar: Pöntun", "Takk fyrir póstinn.", null},
		{"מענה אוטומטי: הזמנה", "תודה על הודעתך.", null},
		{"رد تلقائي: الطلب", "شكرا لرسالتك.", null},
		{"ตอบกลับอัตโนมัติ: คำสั่งซื้อ", "ขอบคุณ", null},
		{"Trả lời tự động: Đơn hàng", "Cảm ơn bạn.", null},
		{"Balasan otomatis: Pesanan", "Terima kasih.", null},
		{"Resposta automàtica: Comanda", "Gràcies.", null},
		{"Erantzun automatikoa: Eskaera", "Eskerrik asko.", null},
		{"Re: Order 4", "Hello,\n\nthank you for your message. I am out of office until 4 March with no access to mail.", null},
		{"Re: Bestellung 4", "Guten Tag,\n\nich bin bis zum 4. März nicht im Büro und habe keinen Zugriff auf meine E-Mails.", null},
		{"Bestellung 4", "Guten Tag,\n\nvielen Dank für Ihre Nachricht. Ich bin derzeit im Urlaub.", null},
		{"Re: Commande 4", "Bonjour,\n\nje suis actuellement en congés jusqu'au 4 mars.", null},
		{"Re: Commande 4", "Bonjour,\n\nje suis absente du bureau jusqu'au 4 mars.", null},
		{"Re: Pedido 4", "Hola,\n\nestaré fuera de la oficina hasta el 4 de marzo.", null},
		{"Re: Ordine 4", "Buongiorno,\n\nsarò fuori ufficio fino al 4 marzo.", null},
		{"Re: Pedido 4", "Olá,\n\nestarei ausente até 4 de março.", null},
		{"Re: Bestelling 4", "Beste,\n\nik ben afwezig tot 4 maart.", null},
		{"Re: Zamówienie 4", "Dzień dobry,\n\nprzebywam na urlopie do 4 marca.", null},
		{"Re: Beställning 4", "Hej,\n\njag är på semester till den 4 mars.", null},
		{"Re: Bestilling 4", "Hej,\n\njeg holder ferie til den 4. marts.", null},
		{"Re: Tilaus 4", "Hei,\n\nolen lomalla 4.3. asti.", null},
		{"Re: Заказ 4", "Здравствуйте!\n\nЯ нахожусь в отпуске до 4 марта.", null},
		{"Re: Замовлення 4", "Вітаю!\n\nЯ у відпустці до 4 березня.", null},
		{"Re: Objednávka 4", "Dobrý den,\n\njsem na dovolené do 4. března.", null},
		{"Re: Sipariş 4", "Merhaba,\n\n4 Mart'a kadar izinli olduğum için ofiste değilim.", null},
		{"Re: 注文", "お世話になっております。\n3月4日まで休暇をいただいております。", null},
		{"Re: 注文", "ただいま夏季休業期間中です。このメールは自動送信されています。", null},
		{"回复: 订单", "您好，我正在休假中，3月4日回来。", null},
		{"自动回复：订单", "您的邮件已收到。", ""},
		{"Re: 주문", "안녕하세요. 3월 4일까지 휴가입니다.", null},
		{"Out of Office AutoReply: Order 4", "Back soon.", ""},
		{"Auto: Order 4", "I am out of the office until Monday.", suppress},
		{"Abwesenheitsnotiz", "Ich bin im Urlaub.", suppress},
		{"Away: Order 4", "I will be out of the office.", answer},
		{"Vacation reply", "I'm on vacation.", null},
	} {
		lines := []string{"In-Reply-To: <q4@acme.example>"}
		if c.sign != "" {
			lines = append(lines, c.sign)
		}
		if got := Parse(letterOf(ann, c.subject, c.text, lines...)); got.Class != machine.AutoReply {
			t.Errorf("%q, %q with %q: %s", c.subject, c.text, c.sign, got.Class)
		}
	}
}

// People who write about absences, bounces and deliveries in their languages, and by mail programs and gateways that add
// what machines add too.
func TestPeopleWhoWriteOfAbsencesAndDeliveriesStayPeople(t *testing.T) {
	for _, c := range []struct{ subject, text, sign string }{
		{"Re: Order 4", "I was out of the office last week, sorry. Please send it again.", ""},
		{"Urlaub", "Ich bin ab Montag im Urlaub, bitte liefern Sie vorher.", ""},
		{"Nicht zugestellt: Paket 4", "Mein Paket konnte nicht zugestellt werden, warum?", ""},
		{"Livraison", "Mon colis n'a pas pu être livré. Je suis absent jusqu'à lundi.", ""},
		{"Pedido no entregado", "No se pudo entregar mi paquete. Estaré ausente mañana.", ""},
		{"Заказ не доставлен", "Мой заказ не доставлен, я в отпуске до понедельника.", ""},
		{"配送エラー", "荷物が配送できませんでした。来週は不在です。", ""},
		{"快递退件", "我的快递无法投递，下周我外出。", ""},
		{"Undeliverable address on my order", "The courier says that my address is undeliverable.", ""},
		{"Automatic reply stopped working", "Since the update automatic replies are not sent any more.", ""},
		{"Order 4", "My order is late.", "X-Auto-Response-Suppress: DR, OOF, AutoReply"},
		{"Order 4", "The delivery failed yesterday, user unknown says the driver.", "Precedence: bulk"},
		{"Autosvar virker ikke", "Mit autosvar bliver ikke sendt.", ""},
		{"Absence de réponse", "Toujours pas de réponse à mon message.", ""},
		{"Semesterbeitrag", "Bitte schicken Sie mir die Rechnung.", "X-Auto-Response-Suppress: All"},
		{"Ausencia de factura", "No he recibido la factura.", "X-Auto-Response-Suppress: All"},
		{"Feriehus", "Kan vi komme lørdag?", "Precedence: bulk"},
		{"Vacation rental 12", "Is it free in May?", "Precedence: bulk"},
		{"Absence of documentation", "I cannot find any.", "X-Auto-Response-Suppress: All"},
	} {
		var lines []string
		if c.sign != "" {
			lines = append(lines, c.sign)
		}
		if got := Parse(letterOf(ann, c.subject, c.text, lines...)); got.Class != machine.Person {
			t.Errorf("%q, %q with %q: %s", c.subject, c.text, c.sign, got.Class)
		}
	}
}
