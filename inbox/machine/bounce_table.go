package machine

import (
	"regexp"
	"strings"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// A Reason says in a word why a mail did not reach a recipient; Words has it for people.
type Reason string

// The reasons. The first four are faults of the address, which no other mail to it will escape.
const (
	NoSuchAddress Reason = "no-such-address"
	NoSuchDomain  Reason = "no-such-domain"
	Moved         Reason = "moved"
	NoMail        Reason = "accepts-no-mail" // the domain or host takes no mail (RFC 7504, RFC 7505)

	MailboxFull Reason = "mailbox-full"
	Disabled    Reason = "mailbox-disabled" // suspended or inactive, which can be undone
	TooLarge    Reason = "too-large"
	Rejected    Reason = "rejected" // by policy, reputation or authentication
	Spam        Reason = "taken-for-spam"
	Content     Reason = "content" // a virus, a forbidden attachment, a broken form
	RateLimited Reason = "rate-limited"
	Expired     Reason = "gave-up" // the server could not be reached in time
	Network     Reason = "network"
	MailLoop    Reason = "mail-loop"
	SystemFault Reason = "server-error"
	Complaint   Reason = "complaint" // the recipient's, who got the mail
	// Unsubscribed is no fault: the recipient asked for no automatic mail.
	Unsubscribed Reason = "unsubscribed"
	Unknown      Reason = "unknown"
)

// hard says whether the address itself is no good.
func (r Reason) hard() bool {
	switch r {
	case NoSuchAddress, NoSuchDomain, Moved, NoMail:
		return true
	}
	return false
}

// Words says it to a person.
func (r Reason) Words() string {
	if w, ok := map[Reason]string{
		NoSuchAddress: "no such address", NoSuchDomain: "no such domain", Moved: "the address has moved", NoMail: "the domain accepts no mail",
		MailboxFull: "mailbox full", Disabled: "mailbox disabled", TooLarge: "the mail is too large", Rejected: "rejected by the receiving server's policy",
		Spam: "taken for spam", Content: "rejected for its content", RateLimited: "too many mails in a short time",
		Expired: "the receiving server could not be reached in time", Network: "the receiving server cannot be reached", MailLoop: "the mail went in a circle",
		SystemFault: "a fault of the receiving server", Complaint: "the recipient called our mail spam", Unsubscribed: "the recipient asked for no automatic mail",
	}[r]; ok {
		return w
	}
	return "no reason given"
}

// reasonPhrases are what mail systems write, in lower case with single blanks. The first that fits decides, so
// what is certain stands before what is vague: a full mailbox may be called "unavailable", and a sender that is
// refused for its reputation may be told that the mailbox "does not exist".
var reasonPhrases = []struct {
	reason  Reason
	phrases []string
}{
	{Rejected, []string{
		"sender address rejected", "sender rejected", "sender domain", "sender address does not exist", "domain of sender", "sender's domain", "unauthenticated email from",
		"sender is unauthenticated", "verify sender", "sender verify", "could not verify sender", "envelope sender", "sender email address", "sending domain", "mail from: ", "mail from command",
		"only members can post", "groups.google.com/support", "not authorized to post", "not permitted to send to", "do not have permission to post", "group you tried to contact",
		"550 relaying", "relaying denied", "relay access denied", "unable to relay", "not permitted to relay", "relay not permitted", "relaying not allowed",
		"we do not relay", "open relay", "my name was rejected", "does not have authentication", "relay denied", "relaying is not allowed", "relaying prohibited",
	}},
	{MailboxFull, []string{
		"mailbox full", "mailbox is full", "mailbox has exceeded", "inbox is full", "full mailbox", "mailfolder is full", "mail box full", "mailbox size limit", "mailbox exceeds",
		"over quota", "overquota", "over the quota", "quota exceeded", "exceeded quota", "exceeds quota", "exceeded his/her quota", "quota exceed", "user over disk quota",
		"exceeded its quota", "quota violation", "would exceed quota", "would be over", "over their quota", "out of storage", "out of quota", "storage quota", "exceeded storage", "exceeded the storage",
		"storage allocation", "disk quota", "not enough disk space", "no space left in mailbox", "insufficient mailbox", "mailbox storage", "maximum mailbox size", "allocated disk",
		"exceeded the space limit", "too many messages in", "mailbox disk", "mailbox space", "message count quota", "number of messages in recipient's mailbox exceeded", "mailbox exceeded the local limit", "exceeded the local limit", "not enough space", "not enough storage space", "recipient's mailbox is full",
		"postfach ist voll", "postfach voll", "boîte aux lettres pleine", "boite pleine", "buzón lleno", "casella piena", "caixa cheia", "メールボックスが一杯", "容量を超", "容量オーバー", "mailbox_full", "quotaexceeded",
		"postfach des empfängers ist voll", "postfach überfüllt", "speicherplatz", "boîte aux lettres est pleine", "boîte de réception est pleine", "boîte aux lettres du destinataire est pleine", "boîte pleine", "buzón de correo lleno", "buzón del destinatario está lleno", "buzón está lleno", "bandeja de entrada está llena", "casella postale del destinatario è piena", "casella è piena",
		"casella di posta piena", "caixa de correio cheia", "caixa de correio do destinatário está cheia", "caixa de entrada está cheia", "postvak is vol", "postvak van de geadresseerde is vol", "skrzynka pełna", "skrzynka odbiorcy jest pełna", "skrzynka jest pełna", "brevlåda är full", "postlåda är full", "postkasse er fuld", "postboks er full", "innboks er full", "postilaatikko on täynnä", "ящик получателя переполнен",
		"ящик переполнен", "ящик заполнен", "скринька переповнена", "schránka je plná", "schránka příjemce je plná", "postafiók megtelt", "posta kutusu dolu", "gelen kutusu dolu", "いっぱい", "一杯のため", "容量超過", "邮箱已满", "邮箱满", "信箱已滿", "信箱空間不足", "邮箱空间不足", "容量不足", "超出配额", "사서함이 가득", "메일함이 가득", "편지함이 가득", "용량을 초과", "용량 초과",
	}},
	{Disabled, []string{
		"account disabled", "account is disabled", "account has been disabled", "disabled or discontinued", "mailbox disabled", "mailbox is disabled", "user disabled", "disabled account",
		"account suspended", "is suspended", "has been suspended", "account inactive", "inactive account", "is inactive", "not active", "account is not active", "has been deactivated", "account that you tried to reach is disabled",
		"deactivated", "temporarily disabled", "currently suspended", "account expired", "account has expired", "mailbox is frozen", "mailbox is locked", "account is locked", "user suspended",
		"mailbox currently suspended", "invalid/inactive", "account is currently", "domain is suspended", "unavailable due to inactivity", "recipient suspend", "email account that you tried to reach is over",
	}},
	{NoMail, []string{
		"null mx", "nullmx", "does not accept mail", "doesn't accept mail", "does not accept email", "accepts no mail", "no smtp service here", "host does not receive mail", "couldn't find a mail exchanger or ip address",
		"mail receiving disabled", "smtp protocol returned a permanent error", "does not receive mail", "no mail accepted", "we don't accept mail",
		"couldn't find any host by that name or mail", "no longer accepts mail", "system not accepting", "not accepting network messages", "not accept any email", "no mx or a records", "all relevant mx records point to non-existent",
	}},
	{NoSuchAddress, []string{
		"user unknown", "unknown user", "no such user", "user doesn't exist", "user does not exist", "unknown recipient", "recipient unknown", "no such recipient", "no such mailbox", "unknown mailbox",
		"no such account", "user not found", "mailbox not found", "mailbox does not exist", "mailbox doesn't exist", "recipient not found", "invalid mailbox", "invalid user", "no mailbox here", "no mailbox by that name",
		"not a valid mailbox", "not a valid recipient", "not a valid user", "account does not exist", "that you tried to reach does not exist", "recipient does not exist", "address does not exist", "email address does not exist",
		"account not found", "no such address", "not listed in", "not our customer", "user doesn't have a", "user does not have a", "wasn't found", "was not found at", "couldn't be found", "recipient is not exist", "user is unknown",
		"adresse inconnue", "utilisateur inconnu", "destinataire inconnu", "benutzer unbekannt", "unbekannter empfänger", "empfänger unbekannt", "adresse existiert nicht", "usuario desconocido", "destinatario sconosciuto",
		"utente sconosciuto", "usuário desconhecido", "onbekende gebruiker", "invalid address", "unknown address", "undeliverable address", "addressee unknown", "recipient name is not recognized",
		"no valid recipient", "all recipients failed", "not known at this site", "there is no one at this address", "no account by that name", "recipientnotfound", "recipnotfound", "resolver.adr", "user unkown", "unknown or illegal",
		"unknown or invalid", "unknown local", "no user here", "such user here", "is not a known user", "recipient is invalid", "invalid recipient", "invalid local", "there is no such", "no longer available", "no longer works here",
		"has left the company", "no such person", "user missing", "this address no longer", "address no longer", "no longer valid", "no longer on server", "not a registered", "nosuchuser", "nonexistent", "non-existent user", "宛先不明", "존재하지 않", "用户不存在",
		"not exist in", "account is unavailable", "mailbox unavailable or not local", "user no longer", "unrouteable address", "badrcpttos", "recipient address rejected: undeliverable", "who is not on", "user_unknown", "invalid recipients", "no such local", "can't be found", "cannot be found", "isn't a valid", "not a user", "recipient unrecognized", "unrecognized recipient", "could not be found in",
		"konnte nicht gefunden werden", "wurde nicht gefunden", "adresse nicht gefunden", "existiert nicht", "nicht im domino-verzeichnis", "nicht vorhanden", "unbekannte adresse", "unbekannter benutzer", "empfänger nicht gefunden", "est introuvable", "adresse introuvable", "n'existe pas", "destinataire introuvable", "boîte aux lettres inconnue", "inexistante", "no se encontró la dirección", "no se ha encontrado la dirección", "no existe",
		"dirección desconocida", "destinatario desconocido", "indirizzo inesistente", "indirizzo non trovato", "non è stato trovato", "impossibile trovare l'indirizzo", "non esiste", "não foi possível localizar", "não existe", "endereço não encontrado", "não foi encontrado", "destinatário desconhecido", "kan niet worden gevonden", "bestaat niet", "adres niet gevonden", "onbekende geadresseerde", "nie można odnaleźć", "nie istnieje", "nie znaleziono",
		"nieznany odbiorca", "nieznany użytkownik", "gick inte att hitta", "finns inte", "hittades inte", "kunne ikke findes", "findes ikke", "blev ikke fundet", "kunne ikke finne", "finnes ikke", "ble ikke funnet", "ei löydy", "ei löytynyt", "ei ole olemassa", "tuntematon vastaanottaja", "не удалось найти", "не найден", "не существует", "нет такого", "неизвестный пользователь", "пользователь неизвестен", "неизвестный получатель", "не знайдено",
		"не існує", "nelze najít", "neexistuje", "nebyla nalezena", "nem található", "nem létezik", "nu există", "nu a fost găsit", "bulunamadı", "mevcut değil", "δεν βρέθηκε", "δεν υπάρχει", "見つかりません", "見つからない", "存在しません", "存在しない", "アドレス不明", "ユーザーが不明", "あて先不明", "找不到", "不存在", "无此用户", "无效的收件人", "地址错误", "查無此", "無此使用者", "無效的收件者", "찾을 수 없", "없는 사용자", "없는 계정", "수신자를 알 수",
	}},
	{NoSuchDomain, []string{
		"host unknown", "unknown host", "host not found", "name service error for name=", "host or domain name not found", "domain not found", "domain name not found", "nxdomain", "no such domain", "domain does not exist", "domain doesn't exist",
		"couldn't find any host named", "unrouteable mail domain", "unrouteable domain", "unknown domain", "invalid domain", "bad destination host", "no route to domain", "name or service not known",
		"no such host", "non-existent domain", "illegal host/domain name", "host name lookup", "hostname lookup", "could not find domain", "dns domain does not", "isn't in my control/locals", "unable to resolve",
		"no matches to nameserver query", "address family not supported", "cannot find your domain", "unresolvable domain", "the domain is unknown", "the account or domain may not exist", "domain must be resolvable",
		"domain existiert nicht", "domäne existiert nicht", "domaine n'existe pas", "domaine introuvable", "dominio no existe", "dominio non esiste", "domínio não existe", "домен не существует", "домен не найден", "域名不存在", "ドメインが存在しません", "ドメインが見つかりません",
	}},
	{Moved, []string{"has moved to", "user has moved", "recipient has moved", "mailbox has moved", "address has changed", "changed address", "new address is", "please update your", "user not local; please try", "moved permanently"}},
	{Spam, []string{"spam", "junk mail", "unsolicited", "unwanted mail", "bulk mail is", "looks like phish", "message content rejected due to suspect"}},
	{Content, []string{
		"virus", "malware", "infected", "attachment type", "banned attachment", "executable", "message content rejected", "content rejected", "rejected by content", "not rfc compliant", "not compliant with rfc", "rfc 5322",
		"rfc5322", "rfc2822", "malformed", "bare lf", "bare newline", "improper use of 8-bit", "header syntax", "illegal attachment", "prohibited by admin", "8bit mime",
	}},
	{TooLarge, []string{
		"message too large", "message is too large", "too big", "message size exceeds", "exceeds maximum message size", "size limit", "maximum message size", "message length exceeds", "exceeds size", "message too long",
		"exceeds the maximum", "message file too big", "larger than the",
	}},
	{RateLimited, []string{
		"too many connections", "rate limit", "too many messages", "ratelimit", "throttl", "too many concurrent", "too many recipients", "sending limit", "receiving mail at a rate", "too fast", "too much mail", "greylist", "graylist",
		"too many mails", "connection limit", "relayed limit", "exceeded the maximum number", "try again later, closing connection",
	}},
	{Rejected, []string{
		"spf", "dkim", "dmarc", "domainkeys", "blacklist", "blocklist", "block list", "black list", "blocked", "banned", "spamhaus", "spamcop", "dnsbl", "rbl", "reputation", "not allowed", "access denied", "policy", "refused", "reverse dns",
		"ptr record", "ptr ", "rdns", "not accepted", "authentication", "starttls", "tls ", "encryption", "unauthorized", "not authorized", "permission", "security", "denied", "prohibit", "administratively", "transaction failed",
		"cannot find your hostname", "cannot find your reverse", "helo", "does not meet", "rejected",
	}},
	{MailLoop, []string{"too many hops", "mail loop", "loops back to", "mail forwarding loop", "routing loop", "hop count exceeded", "loop detected", "loop alert"}},
	{Expired, []string{
		"retry timeout exceeded", "retry time not reached", "message expired", "delivery time expired", "delivery expired", "has been in the queue too long", "not been delivered for", "too long in queue", "been on the queue too long", "giving up",
		"delivery timed out", "timed out", "timeout", "could not be delivered for", "unable to deliver it after", "retries exceeded", "max retry", "expired", "no longer be retried", "for the last", "message is still",
	}},
	{Network, []string{
		"connection refused", "no route to host", "network is unreachable", "connection reset", "could not connect", "unable to connect", "cannot connect", "couldn't establish", "lost connection", "connection timed out", "host unreachable",
		"temporary failure in name", "host is down", "connect to ", "conversation with", "unable to contact", "dns failure", "name server timeout", "could not contact", "unable to reach", "try again",
	}},
	{SystemFault, []string{
		"system error", "system storage", "internal error", "local configuration error", "local error", "service unavailable", "service not available", "i/o error", "command died", "unable to run", "configuration error", "cannot open", "cannot create",
		"out of memory", "server error", "unexpected failure", "mail system full", "insufficient system", "pipe to", "child process",
	}},
	{NoSuchAddress, []string{
		"mailbox unavailable", "recipient rejected", "does not exist", "doesn't exist", "not exist", "mailbox not available", "address unknown", "user cannot be", "bad address", "unknown", "no mailbox", "not found",
	}},
}

// refusedRecipient are the ways in which a recipient is refused that only together with the status mean that
// there is no such address.
var refusedRecipient = []string{"recipient address rejected", "address rejected", "recipient rejected", "rejected recipient", "access denied", "mailbox unavailable"}

// reasonOf reads the reason from what a server said and from the status code (RFC 3463 section 3).
func reasonOf(said, status string) Reason {
	said = strings.ToLower(strings.Join(strings.Fields(said[:min(len(said), 8<<10)]), " "))
	class, detail := "", ""
	if status != "" {
		class, detail = status[:1], status[2:]
	}
	if class == "5" && (detail == "1.0" || detail == "1.1" || detail == "4.1" || detail == "1.10") && prose.ContainsAny(said, refusedRecipient) {
		return NoSuchAddress
	}
	for _, r := range reasonPhrases {
		if prose.ContainsAny(said, r.phrases) {
			return r.reason
		}
	}
	if class == "2" {
		return Unknown
	}
	if r, ok := statusReasons[detail]; ok {
		return r
	}
	switch subject, _, _ := strings.Cut(detail, "."); subject {
	case "3":
		return SystemFault
	case "4":
		return Network
	case "6":
		return Content
	case "7":
		return Rejected
	}
	return Unknown
}

// statusReasons are subject and detail of RFC 3463 and its registry (RFC 5248).
var statusReasons = map[string]Reason{
	"1.0": NoSuchAddress, "1.1": NoSuchAddress, "1.2": NoSuchDomain, "1.3": NoSuchAddress, "1.6": Moved, "1.7": Rejected, "1.8": Rejected, "1.9": SystemFault, "1.10": NoMail,
	"2.0": Rejected, "2.1": Disabled, "2.2": MailboxFull, "2.3": TooLarge, "3.1": SystemFault, "3.2": NoMail, "3.4": TooLarge, "4.1": Expired, "4.4": NoSuchDomain, "4.6": MailLoop, "4.7": Expired,
	"7.13": Disabled,
}

// afterData tells from a notice that the server had taken the recipient and refused the mail: "user unknown" is
// then a filter's word.
var afterData = regexp.MustCompile(`(?im)^(>+ *)?DATA\r?$|end of data|after data`)

// recipientWords stand before the address that could not be reached, in lower case.
var recipientWords = []string{
	"rcpt to:", "recipient", "addressed to:", "delivered to", "deliver to", "deliver message to", "delivery to", "deliver mail to", "deliver the message to", "message to", "unknown user", "user unknown", "no such user", "unknown address", "failed address", "address(es)",
	"following address", "mail to", "e-mail to", "to:", "user ", "mailbox ", "account ", "addresses", "target mail address", "address:", "reach", "undeliverable", "unzustellbar", "empfänger", "destinataire", "destinatario", "generated by",
	"宛先", "送信先", "受信者", "email address", "invalid address", "could not be delivered", "not be delivered", "final-recipient", "original-recipient",
	"収件人", "收件人", "收件者", "受取人", "あて先", "받는 사람", "수신자", "получател", "адресат", "одержувач", "odbiorc", "příjemc", "mottagare", "modtager", "mottaker", "vastaanottaja", "ontvanger", "geadresseerde", "destinatário", "alıcı", "címzett", "παραλήπτη",
}

// afterRecipientWords stand behind it.
var afterRecipientWords = []string{
	"user unknown", "unknown user", "no such user", "does not exist", "doesn't exist", "not found", "mailbox full", "over quota", "could not be delivered", "cannot be delivered", "was not delivered", "unrouteable", "is not a valid",
	"doesn't have", "rejected", "on mon,", "on tue,", "on wed,", "on thu,", "on fri,", "on sat,", "on sun,",
}

// notRecipientWords stand before addresses that are somebody else's.
var notRecipientWords = []string{
	"from:", "from <", "from=", "mail from", "sender", "message-id", "contact", "reporting-mta", "return-path", "postmaster", "help", "abuse", "please forward", "send mail to ", "please send", "e-mail us", "email us", "in-reply-to", "references:",
	"http:", "https:", "by ", "reply-to", "administrator",
}

// askWords stand before the address of somebody who helps.
var askWords = []string{"contact", "assistance", "help", "please send", "write to", "administrator"}

// returnedMarks begin the line that announces the returned mail; rules around it are cut off before.
var returnedMarks = []string{
	"this is a copy of the message", "this is a copy of your message", "original message", "your original message", "original e-mail", "original email", "original mail", "unsent message follows", "message follows", "returned message", "undelivered message",
	"below this line is a copy", "the original message follows", "the original message is", "message header follows", "message headers follow", "header of the original message", "headers of the original message", "message text follows", "bounced e-mail", "bounced message", "the returned message", "returned mail follows",
	"copy of the original message", "original mail as follows", "this is the original message", "the headers of", "included is a copy of the", "start of returned message", "the following is a copy of", "content of the original message", "message details", "your message reads", "a copy of your message",
	"unsent message", "text of the original message", "the text of your message", "beginning of original message", "body of message generated", "forwarded message", "following is the original message", "here is your mail", "original headers", "message contents follow", "begin message", "the message that caused", "included is a copy", "message header", "original message headers", "returned message", "non-delivered information", "unsent message below", "----- original",
	"ursprüngliche nachricht", "originalnachricht", "message d'origine", "message original", "mensaje original", "messaggio originale", "メール本文", "元のメール", "returned message follows", "the body of your message", "原始邮件", "以下是您的邮件", "diagnostic information for administrators and original",
}

// firstFields are what a returned mail's header begins with.
var firstFields = []string{"received:", "return-path:", "delivered-to:", "dkim-signature:", "message-id:", "mime-version:", "x-originating-ip:", "arc-seal:", "authentication-results:", "x-received:", "from - "}

// finalPhrases say that a system has given up; they outweigh the words of a delay.
var finalPhrases = []string{
	"permanent error", "permanent failure", "permanent fatal", "failed permanently", "no further delivery", "giving up", "given up", "will not be retried", "not be tried again", "could not be delivered to one or more recipients. it's attached", "has been returned",
	"returned to sender", "returning to sender", "delivery has failed", "undelivered mail",
}

var delaySubjects = []string{
	"delayed", "(delay)", "delay)", "warning: could not send", "warning: message", "transient failure", "still being", "not yet delivered", "verzögert", "zustellung verzögert", "retardé", "retrasad", "in ritardo", "delivery delay", "message delayed",
}

var delayPhrases = []string{
	"you do not need to resend", "do not need to resend", "will continue to be", "will keep trying", "will be retried", "delivery attempts will continue", "still trying", "has not yet been delivered", "has been delayed", "is delayed", "this is a warning message only",
	"no action is required on your part", "temporarily deferred", "continue trying", "will try again", "sie müssen die nachricht nicht", "will continue trying", "continue to attempt",
}

var successSubjects = []string{"successful mail delivery", "delivered: ", "relayed: ", "delivery status notification (success)", "delivery status notification (relay)", "(successful)"}

var successPhrases = []string{"was successfully delivered", "has been successfully delivered", "your message has been delivered to the following", "successfully relayed", "delivery to these recipients or groups is complete"}
