package trim

import (
	"slices"
	"strings"
	"testing"
)

// What follows the person's words below is told apart, and not lost.
func TestTrimTellsSignaturesApart(t *testing.T) {
	for name, tail := range map[string]string{
		"delimiter":           "-- \nAnn Berg\nHead of Printing",
		"delimiter, bare":     "--\nAnn Berg\nHead of Printing\n+49 30 1234567",
		"underscores":         "________________________\nAnn Berg\nann@shop.example",
		"rule and name":       "---\nAnn",
		"dashed name":         "-Ann Berg",
		"double-dashed name":  "--Ann",
		"iPhone":              "Sent from my iPhone",
		"iPhone, typos":       "Sent from my iPhone, please excuse any typos",
		"iPhone, two lines":   "Sent from my iPhone\nPlease excuse brevity.",
		"Android":             "Sent from my Android phone using Mail. Please excuse my brevity.",
		"Samsung":             "Sent from my Samsung Galaxy smartphone.",
		"provider and phone":  "Sent from my Verizon, Samsung Galaxy smartphone",
		"BlackBerry":          "Sent wirelessly from my BlackBerry device on the Bell network.",
		"Outlook":             "Get Outlook for iOS<https://aka.ms/o0ukef>",
		"legal, Greek":        "Το μήνυμα αυτό είναι εμπιστευτικό. Αν το λάβατε κατά λάθος, ενημερώστε τον αποστολέα και διαγράψτε το.",
		"legal, Hebrew":       "הודעה זו סודית ומיועדת לנמען בלבד. אם קיבלת אותה בטעות, אנא הודע לשולח ומחק אותה.",
		"iPhone, Hindi":       "मेरे iPhone से भेजा गया",
		"QQ":                  "用QQ邮箱发送",
		"Outlook, Hebrew":     "קבל את Outlook עבור iOS",
		"Outlook, Arabic":     "الحصول على Outlook for iOS<https://aka.ms/o0ukef>",
		"Outlook, Hungarian":  "Az Outlook iOS letöltése",
		"Huawei":              "发自我的华为手机",
		"Outlook, linked":     "Get [Outlook for Android](https://aka.ms/ghei36)",
		"Windows":             "Sent from [Mail](https://go.microsoft.com/fwlink/?LinkId=550986) for Windows 10",
		"Yahoo":               "Sent from Yahoo Mail on Android",
		"Proton":              "Sent with Proton Mail secure email.",
		"Proton, linked":      "Sent with [ProtonMail](https://protonmail.com) Secure Email.",
		"German":              "Von meinem iPhone gesendet",
		"German, K-9":         "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
		"German, Samsung":     "Von meinem Samsung Galaxy Smartphone gesendet.",
		"German, Outlook":     "Holen Sie sich Outlook für iOS<https://aka.ms/o0ukef>",
		"German, GMX":         "Gesendet mit der GMX Mail App",
		"French":              "Envoyé de mon iPhone",
		"French, Orange":      "Envoyé depuis mon téléphone",
		"French, Outlook":     "Télécharger Outlook pour iOS",
		"Spanish":             "Enviado desde mi iPhone",
		"Italian":             "Inviato da iPhone",
		"Portuguese":          "Enviado do meu iPhone",
		"Dutch":               "Verstuurd vanaf mijn iPhone",
		"Polish":              "Wysłane z iPhone'a",
		"Swedish":             "Skickat från min iPhone",
		"Danish":              "Sendt fra min iPhone",
		"Finnish":             "Lähetetty iPhonesta",
		"Russian":             "Отправлено с iPhone",
		"Ukrainian":           "Надіслано з iPhone",
		"Czech":               "Odesláno z iPhonu",
		"Turkish":             "iPhone'umdan gönderildi",
		"Japanese":            "iPhoneから送信",
		"Chinese":             "发自我的iPhone",
		"Chinese, Taiwan":     "從我的 iPhone 傳送",
		"Korean":              "나의 iPhone에서 보냄",
		"Hungarian":           "Elküldve az iPhone-omról",
		"Hebrew":              "נשלח מה-iPhone שלי",
		"Arabic":              "أُرسلت من الـ iPhone",
		"legal":               "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it.",
		"legal, announced":    "CONFIDENTIALITY NOTICE: This message is for the intended recipient only.",
		"legal, German":       "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie bitte sofort den Absender und vernichten Sie diese E-Mail.",
		"legal, French":       "Ce message et toutes les pièces jointes sont confidentiels et établis à l'attention exclusive de leurs destinataires. Toute utilisation non autorisée est interdite.",
		"legal, Spanish":      "Este mensaje y los archivos adjuntos son confidenciales y se dirigen exclusivamente a su destinatario. Si lo ha recibido por error, notifíquelo al remitente.",
		"legal, wrapped":      "This communication is confidential and may be privileged. It is intended\nonly for the use of the individual or entity named above. If you are not\nthe intended recipient, any disclosure or copying is strictly prohibited.",
		"trees":               "Please consider the environment before printing this e-mail.",
		"scanner":             "This email has been checked for viruses by Avast antivirus software.\nhttps://www.avast.com/antivirus",
		"scanner, link":       "Virus-free. www.avast.com",
		"scanner, German":     "Diese E-Mail wurde von Avast auf Viren geprüft.\nhttps://www.avast.com/antivirus",
		"Mailman":             "_______________________________________________\nprinters mailing list\nprinters@lists.example\nhttps://lists.example/mailman/listinfo/printers",
		"Google Groups":       "-- \nYou received this message because you are subscribed to the Google Groups \"printers\" group.\nTo unsubscribe from this group, send an email to printers+unsubscribe@groups.example.",
		"provider":            "__________________________________________________\nDo You Yahoo!?\nTired of spam? Yahoo! Mail has the best spam protection around",
		"signature and phone": "-- \nAnn Berg\n\nSent from my iPhone",
		"signature and legal": "-- \nAnn Berg\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender.",
		"phone and scanner":   "Sent from my Samsung Galaxy\n\nVirus-free. www.avg.com",
		"tracker":             "ᐧ\n-- \nAnn Berg",
	} {
		t.Run(name, func(t *testing.T) {
			own, signature := trim(answer+"\n\n"+tail, false)
			if own != answer {
				t.Errorf("own words %q", own)
			}
			if got, want := strings.Fields(signature), strings.Fields(tail); !slices.Equal(got, want) {
				t.Errorf("signature %q, want %q", got, want)
			}
			if got := Text(tail); got == "" {
				t.Error("nothing left of a mail that is all signature")
			}
		})
	}
	own, signature := trim(answer+"\n\nBest regards,\nAnn Berg\nHead of Printing\nShop GmbH\nTel. +49 30 1234567\nwww.shop.example", false)
	if own != answer+"\n\nBest regards,\nAnn Berg" || signature != "Head of Printing\nShop GmbH\nTel. +49 30 1234567\nwww.shop.example" {
		t.Errorf("contact block: %q, %q", own, signature)
	}
	own, signature = trim("CAUTION: This email originated from outside of the organization. Do not click links.\n\n"+answer, false)
	if own != answer || !strings.HasPrefix(signature, "CAUTION") {
		t.Errorf("banner: %q, %q", own, signature)
	}
}

func TestWhatDividesATextIsNoSignature(t *testing.T) {
	for _, text := range []string{
		"Please note\n--\nthis is a divider, the number is 4711\n--\nand more",
		"My form\n________________________________\nName: Ann Berg\nSerial: 99 A3",
		"My order\n----------\nLamp: two\nCable: one",
	} {
		if own := Text(text); own != text {
			t.Errorf("%q becomes %q", text, own)
		}
	}
}
