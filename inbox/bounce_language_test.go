package inbox

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
)

// htmlNotice is a notice that has nothing but HTML, as Microsoft 365 and some gateways write it.
func htmlNotice(from, subject, html string, lines ...string) []byte {
	head := "From: " + from + "\nTo: support@acme.example\nSubject: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(subject)) + "?=\nMessage-ID: <h1@mx.example>\n"
	for _, l := range lines {
		head += l + "\n"
	}
	return []byte(strings.ReplaceAll(head+"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"+
		base64.StdEncoding.EncodeToString([]byte("<html><body>"+html+"</body></html>")), "\n", "\r\n"))
}

// Notices without a delivery status in the languages and forms of many mail systems. Each names kim@shop.example.
func TestBouncesAreReadInManyLanguagesAndForms(t *testing.T) {
	const outlook = "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@shop.example>"
	for name, c := range map[string]struct {
		mail []byte
		hard bool
	}{
		"Microsoft 365, HTML alone": {htmlNotice(outlook, "Undeliverable: Your lamp", `<p><b>Your message to <a href="mailto:kim@shop.example">kim@shop.example</a> couldn't be delivered.</b></p><p>kim wasn't found at shop.example.</p>
<table><tr><td>support</td><td>Office 365</td><td>kim</td></tr><tr><td>Action Required</td><td></td><td>Recipient</td></tr></table><p>Unknown To address</p>
<p>Error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup</p>`), true},
		"Microsoft 365, full": {htmlNotice(outlook, "Undeliverable: Your lamp", `<p>Your message to kim@shop.example couldn't be delivered.</p><p>kim's mailbox is full</p><p>Status code: 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException</p>`, "Return-Path: <>"), false},
		"Exchange in German": {htmlNotice("Microsoft Outlook <postmaster@shop.example>", "Unzustellbar: Ihre Lampe", `<p>Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:</p><p><a href="mailto:kim@shop.example">kim@shop.example</a><br>
Die eingegebene E-Mail-Adresse konnte nicht gefunden werden. Überprüfen Sie die E-Mail-Adresse des Empfängers.</p><p>Diagnoseinformationen für Administratoren:</p><p>Generierender Server: mx.shop.example</p><p>kim@shop.example<br>Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'</p>`), true},
		"Exchange in French":               {htmlNotice("postmaster@shop.example", "Non remis : Votre lampe", `<p>Échec de la remise aux destinataires ou groupes suivants :</p><p>kim@shop.example<br>L'adresse de courrier que vous avez entrée est introuvable.</p><p>Informations de diagnostic pour les administrateurs :</p><p>kim@shop.example<br>#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##</p>`), true},
		"Exchange in Spanish":              {htmlNotice("postmaster@shop.example", "No se puede entregar: Su lámpara", `<p>Error de entrega a estos destinatarios o grupos:</p><p>kim@shop.example<br>No se encontró la dirección de correo electrónico que especificó.</p><p>kim@shop.example<br>#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##</p>`), true},
		"Exchange in Italian":              {htmlNotice("postmaster@shop.example", "Non recapitabile: La lampada", `<p>Impossibile recapitare il messaggio ai seguenti destinatari o gruppi:</p><p>kim@shop.example<br>La cassetta postale del destinatario è piena.</p>`), false},
		"Exchange in Portuguese":           {htmlNotice("postmaster@shop.example", "Não é possível entregar: Sua lâmpada", `<p>Falha na entrega a estes destinatários ou grupos:</p><p>kim@shop.example<br>Não foi possível localizar o endereço de email digitado.</p>`), true},
		"Exchange in Dutch":                {htmlNotice("postmaster@shop.example", "Onbestelbaar: Uw lamp", `<p>De bezorging is mislukt voor de volgende geadresseerden of groepen:</p><p>kim@shop.example<br>Het ingevoerde e-mailadres kan niet worden gevonden.</p>`), true},
		"Exchange in Polish":               {htmlNotice("postmaster@shop.example", "Niedostarczalna wiadomość: Lampa", `<p>Dostarczenie do następujących adresatów lub grup nie powiodło się:</p><p>kim@shop.example<br>Nie można odnaleźć wprowadzonego adresu e-mail.</p>`), true},
		"Exchange in Swedish":              {htmlNotice("postmaster@shop.example", "Kan inte levereras: Din lampa", `<p>Leveransen till följande mottagare eller grupper misslyckades:</p><p>kim@shop.example<br>Det gick inte att hitta e-postadressen du angav.</p>`), true},
		"Exchange in Danish":               {htmlNotice("postmaster@shop.example", "Kan ikke leveres: Din lampe", `<p>Levering til disse modtagere eller grupper mislykkedes:</p><p>kim@shop.example<br>Modtagerens postkasse er fuld.</p>`), false},
		"Exchange in Russian":              {htmlNotice("postmaster@shop.example", "Не удается доставить: Ваша лампа", `<p>Сбой при доставке следующим получателям или группам:</p><p>kim@shop.example<br>Не удалось найти введенный адрес электронной почты.</p>`), true},
		"Exchange in Czech":                {htmlNotice("postmaster@shop.example", "Nedoručitelné: Lampa", `<p>Doručení následujícím příjemcům nebo skupinám se nezdařilo:</p><p>kim@shop.example<br>Zadanou e-mailovou adresu nelze najít.</p>`), true},
		"Exchange in Turkish":              {htmlNotice("postmaster@shop.example", "Teslim Edilemedi: Lambanız", `<p>Aşağıdaki alıcı veya gruplara teslim edilemedi:</p><p>kim@shop.example<br>Girdiğiniz e-posta adresi bulunamadı.</p>`), true},
		"Exchange in Japanese":             {htmlNotice("postmaster@shop.example", "配信不能: ランプ", `<p>次の受信者またはグループへの配信に失敗しました:</p><p>kim@shop.example<br>入力した電子メール アドレスが見つかりませんでした。</p>`), true},
		"Exchange in Chinese":              {htmlNotice("postmaster@shop.example", "未传递: 您的灯", `<p>无法将邮件传递给以下收件人或通讯组:</p><p>kim@shop.example<br>找不到您输入的电子邮件地址。</p>`), true},
		"Exchange in Chinese, traditional": {htmlNotice("postmaster@shop.example", "無法傳遞: 您的燈", `<p>無法傳遞至下列收件者或群組:</p><p>kim@shop.example<br>收件者的信箱已滿，無法接收郵件。</p>`), false},
		"Exchange in Korean":               {htmlNotice("postmaster@shop.example", "배달되지 않음: 램프", `<p>다음 받는 사람 또는 그룹에 배달하지 못했습니다.</p><p>kim@shop.example<br>입력한 전자 메일 주소를 찾을 수 없습니다.</p>`), true},
		"a Chinese provider":               {htmlNotice("PostMaster <Postmaster@big.example>", "系统退信", `<p>抱歉，您的邮件被退回来了……</p><p>收件人 kim@shop.example</p><p>退信原因：收件人邮件地址（kim@shop.example）不存在，邮件无法送达。</p><p>550 User not found: kim@shop.example</p>`), true},
		"a Chinese provider, full":         {htmlNotice("Postmaster@big.example", "来自big.example的退信", `<p>很抱歉您发送的邮件被退回，以下是该邮件的相关信息：</p><p>收件人：kim@shop.example</p><p>收件人邮箱已满</p>`), false},
		"a Japanese provider":              {daemonMail("Returned mail: see transcript for details", "以下の宛先へのメールは配信できませんでした。\n\n<kim@shop.example>\n\n理由: 宛先のメールアドレスが存在しません。\n"), true},
		"a Japanese phone company":         {letterOf("Mail System <MAILER-DAEMON@carrier.example>", "Mail System Error - Returned Mail", "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n送信先メールアドレスが見つかりません。\n\n<kim@shop.example>: 550 Unknown user kim@shop.example\n"), true},
		"Gmail in German":                  {daemonMail("Delivery Status Notification (Failure)", "** Adresse nicht gefunden **\n\nIhre Nachricht wurde nicht an kim@shop.example zugestellt, da die Adresse nicht gefunden wurde oder keine E-Mails empfangen kann.\n\nAntwort:\n\nThe email account that you tried to reach does not exist.\n"), true},
		"Gmail in French":                  {daemonMail("Delivery Status Notification (Failure)", "** Adresse introuvable **\n\nVotre message n'est pas parvenu à kim@shop.example, car l'adresse est introuvable ou ne peut pas recevoir de messages.\n"), true},
		"Gmail in Spanish":                 {daemonMail("Delivery Status Notification (Failure)", "** No se ha encontrado la dirección **\n\nTu mensaje no se ha entregado a kim@shop.example porque no se ha encontrado la dirección o esta no puede recibir correo.\n"), true},
		"Gmail in Japanese":                {daemonMail("Delivery Status Notification (Failure)", "** アドレス不明 **\n\nkim@shop.example さんのメールアドレスが見つからないため、メールは配信されませんでした。\n"), true},
		"Gmail, full":                      {daemonMail("Delivery Status Notification (Failure)", "** Recipient inbox full **\n\nYour message couldn't be delivered to kim@shop.example. Their inbox is full, or it's getting too much mail right now.\n\nThe response was:\n\nThe email account that you tried to reach is over quota.\n"), false},
		"Yahoo":                            {daemonMail("Failure Notice", "Sorry, we were unable to deliver your message to the following address.\n\n<kim@shop.example>:\n554: delivery error: dd This user doesn't have a shop.example account (kim@shop.example) [-9] - mta1.mail.example\n\n--- Below this line is a copy of the message.\n\n"+returnedMail), true},
		"IMail":                            {letterOf("Postmaster <postmaster@mx.example>", "Undeliverable Mail", "User mailbox exceeds allowed size: kim@shop.example\n\n\nOriginal message follows.\n\n"+returnedMail), false},
		"MDaemon": {letterOf("MDaemon <MDaemon@mx.example>", "Permanent Delivery Failure", "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has been removed from the mail queue on this server.\n\nYOUR MESSAGE WAS NOT DELIVERED TO ONE OR MORE RECIPIENTS!\n\n"+
			"--------------------------------------------------------------\nFailed address: kim@shop.example\n\n--- Session Transcript ---\n --> RCPT To:<kim@shop.example>\n <-- 550 Recipient unknown\n"), true},
		"Mimecast":                 {letterOf("postmaster@gate.example", "[Postmaster] Email Delivery Failure", "This is a delivery failure notification message indicating that\nan email you addressed to email address :\n-- kim@shop.example\n\ncould not be delivered. The problem appears to be :\n-- Recipient email server rejected the message\n\nAdditional information follows :\n-- Invalid Recipient\n"), true},
		"Domino in German":         {letterOf("Postmaster <postmaster@shop.example>", "ZUSTELLUNGSFEHLER: Benutzer kim (kim@shop.example) nicht im Domino-Verzeichnis aufgelistet", "Ihre Nachricht\n\n  Betreff: Ihre Lampe\n\nkonnte nicht zugestellt werden an:\n\n  kim@shop.example\n\nda:\n\n  Benutzer kim (kim@shop.example) nicht im Domino-Verzeichnis aufgelistet\n"), true},
		"sendmail, full disk":      {daemonMail("Returned mail: see transcript for details", "The original message was received at Mon, 2 Mar 2026 09:00:00 GMT\nfrom mail.acme.example [192.0.2.9]\n\n   ----- The following addresses had permanent fatal errors -----\n<kim@shop.example>\n    (reason: 552 5.2.2 <kim@shop.example>... Quota exceeded)\n\n   ----- Transcript of session follows -----\n... while talking to mx.shop.example.:\n>>> DATA\n<<< 552 5.2.2 <kim@shop.example>... Quota exceeded\n"), false},
		"Exim, domain":             {daemonMail("Mail delivery failed: returning message to sender", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  kim@shop.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n"+returnedMail), true},
		"a German provider":        {daemonMail("Mail delivery failed: returning message to sender", "Diese Nachricht wurde automatisch von der Mail-Software erstellt.\n\nIhre Nachricht konnte an einen oder mehrere Empfänger nicht zugestellt werden:\n\nkim@shop.example:\nPostfach existiert nicht\n"), true},
		"a Russian provider":       {daemonMail("Недоставленное сообщение", "Это письмо создано автоматически сервером.\n\nК сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может быть отправлено одному или нескольким адресатам.\n\n<kim@shop.example>: 550 5.1.1 Нет такого пользователя\n"), true},
		"a Russian provider, full": {daemonMail("Mail failure.", "Ваше сообщение не было доставлено следующим получателям:\n\nkim@shop.example\nПочтовый ящик получателя переполнен\n"), false},
		"a French provider":        {daemonMail("Echec de distribution", "Votre message n'a pu être distribué au destinataire suivant :\n\n<kim@shop.example>\nBoîte aux lettres pleine\n"), false},
		"an Italian provider":      {daemonMail("AVVISO DI MANCATA CONSEGNA", "Il messaggio non è stato consegnato al destinatario:\n\nkim@shop.example\nindirizzo inesistente\n"), true},
	} {
		m := Parse(c.mail)
		if m.Class != machine.Bounce || len(m.Failures) != 1 || m.Failures[0].Recipient != "kim@shop.example" || m.Failures[0].Hard != c.hard || m.Failures[0].Action != machine.Failed {
			t.Errorf("%s: %s, want hard %v: %+v", name, m.Class, c.hard, m.Failures)
		}
	}
}
