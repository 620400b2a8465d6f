package prose

import (
	"strings"
	"testing"
)

func TestTheLanguageOfAMailIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"Hello, my printer is on fire. What should I do?":                        "en",
		"Hallo, mein Drucker brennt. Was soll ich tun?":                          "de",
		"Bonjour, mon imprimante est en feu. Que dois-je faire ?":                "fr",
		"Hola, mi impresora está en llamas. ¿Qué hago?":                          "es",
		"Buongiorno, la mia stampante non funziona. Che cosa posso fare?":        "it",
		"Olá, a minha impressora não funciona. O que posso fazer?":               "pt",
		"Hallo, mijn printer staat in brand. Wat moet ik doen met het apparaat?": "nl",
		"Dzień dobry, moja drukarka się pali. Co mam zrobić?":                    "pl",
		"Hej, min skrivare brinner. Vad ska jag göra?":                           "sv",
		"Hej, min printer brænder. Hvad skal jeg gøre ved det?":                  "da",
		"Hei, skriveren min brenner. Hva skal jeg gjøre med den?":                "no",
		"Hei, tulostimeni on tulessa. Mitä minun pitäisi tehdä?":                 "fi",
		"Dobrý den, moje tiskárna hoří. Co mám dělat?":                           "cs",
		"Merhaba, benim yazıcım yanıyor. Ne yapmam gerek, lütfen?":               "tr",
		"Здравствуйте, у меня горит принтер. Что мне делать?":                    "ru",
		"Добрий день, у мене горить принтер. Що я маю робити?":                   "uk",
		"こんにちは。プリンターが燃えています。どうすればいいですか。":                                         "ja",
		"您好，我的打印机着火了。我该怎么办？":                                                     "zh",
		"안녕하세요, 프린터에 불이 났습니다. 어떻게 해야 하나요?":                                       "ko",
		"注文番号 12345 の返品について":                                                     "ja",
		"It burns.": "", "": "", "12345": "", "OK": "", "東京": "zh", strings.Repeat("x", 100_000): "", "The order of 東京 is late and we wait for it.": "en",
	} {
		if got := LanguageOf(text); got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}

func FuzzLanguageOf(f *testing.F) {
	f.Add("der die das")
	f.Add("\xff\xfe東")
	f.Fuzz(func(t *testing.T, text string) {
		if got := LanguageOf(text); len(got) > 2 || len(got) == 1 {
			t.Errorf("%q", got)
		}
	})
}
