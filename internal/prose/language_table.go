package prose

import "strings"

// functionWords says of which languages a word is typical that is in most texts, whatever they are about.
var functionWords = wordsOf(map[string]string{
	"en": "the and is are was were have has had this that these those with from you your we our they what when where which how why not don't can't will would could should please thank thanks hello dear regards my me it's i'm been there about",
	"de": "der die das und ist sind war ich nicht ein eine einen mit von für auf wir sie uns mein meine ihr ihre bitte danke hallo guten wie was wenn aber auch noch nach bei seit kann können habe haben werden wurde dem den des mir mich viele grüße geehrte",
	"fr": "le la les des une est sont je vous nous mon ma mes votre notre pas ne que qui dans pour avec sur mais bonjour merci cordialement depuis plus au aux être avoir ai ce cette ces il elle sans bien très",
	"es": "el los las una es son yo usted nosotros mi mis su sus no que en para con por pero hola gracias saludos desde cuando como más muy está están tengo hemos puedo buenos buenas días qué cómo se del al ya este esta",
	"it": "il lo gli una è sono io voi noi mio mia mie vostro nostro non che di per con ma ciao buongiorno grazie saluti quando come più molto ho abbiamo posso della delle dei del nel alla questo questa anche perché salve",
	"pt": "o os as um uma é são eu você vocês nós meu minha não que em para com por mas olá obrigado obrigada cumprimentos quando como mais muito está estão tenho temos posso bom boa dia da do das dos no na ao isso este esta também",
	"nl": "de het een is zijn was ik niet en van voor op met wij jullie u uw mijn ons maar hallo bedankt groet groeten wanneer hoe wat nog ook sinds kan kunnen heb hebben wordt werd dit dat naar bij graag goedemorgen beste",
	"pl": "nie jest są w na z do i że się to jak ale dla od po mam mamy proszę dziękuję dzień dobry pozdrawiam witam mój moja nasz państwa który która kiedy gdzie jestem czy już też przez",
	"sv": "och är jag inte det en ett att på med för som av vi ni min mitt vår men hej tack hälsningar när hur vad också har kan från till den sedan mvh snälla jättebra måste efter",
	"da": "og er jeg ikke det en et at på med for som af vi min mit vores men hej tak hilsen når hvordan hvad også har kan fra til den siden jer mig dig efter nogen noget blev bliver venlig mvh",
	"no": "og er jeg ikke det en et at på med for som av vi min mitt vår men hei takk hilsen når hvordan hva også har kan fra til den siden dere meg deg etter noen noe ble blir vennlig mvh",
	"fi": "ja on ei en että se kun mutta hei kiitos terveisin minun meidän miten mitä myös ovat oli voin voiko tämä joka niin sekä jos olen olemme vielä ystävällisin teidän kanssa",
	"cs": "je není jsem jsme na v se že to a s pro ale dobrý den děkuji prosím pozdravem můj moje náš jak kdy kde také už po od při mám máme jsou byl bylo který která",
	"tr": "bir ve bu için değil ile ama merhaba teşekkürler teşekkür ederim lütfen nasıl ne zaman var yok benim bizim sizin olarak çok daha gibi kadar sonra iyi günler saygılarımla mi mı",
	"ru": "и в не на я что это с у мы вы для по но как когда где здравствуйте добрый день спасибо пожалуйста мой моя наш ваш есть был была было с уважением очень уже меня нас",
	"uk": "і в не на я що це з у ми ви для але як коли де добрий день дякую будь ласка мій моя наш ваш є був була було повагою дуже вже мене нас та",
})

// wordsOf turns lists of words by language into the languages of each word.
func wordsOf(lists map[string]string) map[string][]string {
	of := map[string][]string{}
	for language, list := range lists {
		seen := map[string]bool{}
		for _, w := range strings.Fields(list) {
			if !seen[w] {
				seen[w] = true
				of[w] = append(of[w], language)
			}
		}
	}
	return of
}
