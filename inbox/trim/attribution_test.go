package trim

import (
	"strings"
	"testing"
)

// attributions are what programs write above a quotation, in many languages.
var attributions = map[string][]string{
	"Gmail": {
		"On Mon, Mar 2, 2026 at 9:05 AM Ann Berg <ann@shop.example> wrote:",
		"On Mon, 2 Mar 2026, 09:05 Ann Berg, <ann@shop.example> wrote:",
		"Ann Berg <ann@shop.example> schrieb am Mo., 2. März 2026, 09:05:",
		"Am Mo., 2. März 2026 um 09:05 Uhr schrieb Ann Berg <ann@shop.example>:",
		"Le lun. 2 mars 2026 à 09:05, Ann Berg <ann@shop.example> a écrit :",
		"El lun, 2 mar 2026 a las 9:05, Ann Berg (<ann@shop.example>) escribió:",
		"Il giorno lun 2 mar 2026 alle ore 09:05 Ann Berg <ann@shop.example> ha scritto:",
		"Em seg., 2 de mar. de 2026 às 09:05, Ann Berg <ann@shop.example> escreveu:",
		"Ann Berg <ann@shop.example> escreveu (segunda, 2/03/2026 à(s) 09:05):",
		"Op ma 2 mrt 2026 om 09:05 schreef Ann Berg <ann@shop.example>:",
		"pon., 2 mar 2026 o 09:05 Ann Berg <ann@shop.example> napisał(a):",
		"Den mån 2 mars 2026 kl 09:05 skrev Ann Berg <ann@shop.example>:",
		"Den man. 2. mar. 2026 kl. 09.05 skrev Ann Berg <ann@shop.example>:",
		"man. 2. mars 2026 kl. 09:05 skrev Ann Berg <ann@shop.example>:",
		"ma 2. maalisk. 2026 klo 9.05 Ann Berg (ann@shop.example) kirjoitti:",
		"пн, 2 мар. 2026 г. в 09:05, Ann Berg <ann@shop.example>:",
		"пн, 2 бер. 2026 р. о 09:05 Ann Berg <ann@shop.example> пише:",
		"po 2. 3. 2026 v 9:05 odesílatel Ann Berg <ann@shop.example> napsal:",
		"po 2. 3. 2026 o 9:05 Ann Berg <ann@shop.example> napísal(a):",
		"Ann Berg <ann@shop.example>, 2 Mar 2026 Pzt, 09:05 tarihinde şunu yazdı:",
		"2026年3月2日(月) 9:05 Ann Berg <ann@shop.example>:",
		"Ann Berg <ann@shop.example> 于2026年3月2日周一 09:05写道：",
		"Ann Berg <ann@shop.example> 於 2026年3月2日 週一 上午9:05寫道：",
		"2026년 3월 2일 (월) 오전 9:05, Ann Berg <ann@shop.example>님이 작성:",
		"Ann Berg <ann@shop.example> ezt írta (időpont: 2026. márc. 2., H, 9:05):",
		"În lun., 2 mar. 2026 la 09:05, Ann Berg <ann@shop.example> a scris:",
		"Στις Δευ 2 Μαρ 2026 στις 9:05 π.μ., ο χρήστης Ann Berg <ann@shop.example> έγραψε:",
		"\u202bבתאריך יום ב׳, 2 במרץ 2026 ב-9:05 מאת \u202aAnn Berg\u202c\u200f <\u202aann@shop.example\u202c\u200f>:\u202c",
		"في الاثنين، 2 مارس 2026 في 9:05 ص تمت كتابة ما يلي بواسطة Ann Berg <ann@shop.example>:",
		"Missatge de Ann Berg <ann@shop.example> del dia dl., 2 de març 2026 a les 9:05:",
		"Vào 09:05, 2 thg 3, 2026, Ann Berg <ann@shop.example> đã viết:",
		"Pada tanggal Sen, 2 Mar 2026 09.05, Ann Berg <ann@shop.example> menulis:",
		"На пн, 2.03.2026 г. в 9:05 Ann Berg <ann@shop.example> написа:",
		"pon, 2. ožu 2026. u 09:05 Ann Berg <ann@shop.example> napisao je:",
		"V V pon., 2. mar. 2026 ob 09:05 je oseba Ann Berg <ann@shop.example> napisala:",
		"2026-03-02 09:05 GMT+01:00 Ann Berg <ann@shop.example>:",
	},
	"Apple Mail": {
		"On 2 Mar 2026, at 09:05, Ann Berg <ann@shop.example> wrote:",
		"On Mar 2, 2026, at 9:05 AM, Ann Berg wrote:",
		"On Mar 2, 2026, at 9:05\u202fAM, Ann Berg <ann@shop.example> wrote:",
		"Am 02.03.2026 um 09:05 schrieb Ann Berg <ann@shop.example>:",
		"Le 2 mars 2026 à 09:05, Ann Berg <ann@shop.example> a écrit\u00a0:",
		"El 2 mar 2026, a las 9:05, Ann Berg <ann@shop.example> escribió:",
		"Il giorno 2 mar 2026, alle ore 09:05, Ann Berg <ann@shop.example> ha scritto:",
		"No dia 2 de mar. de 2026, às 09:05, Ann Berg <ann@shop.example> escreveu:",
		"Op 2 mrt. 2026, om 09:05 heeft Ann Berg <ann@shop.example> het volgende geschreven:",
		"Wiadomość napisana przez Ann Berg <ann@shop.example> w dniu 2 mar 2026, o godz. 09:05:",
		"Dnia 2 mar 2026 o godz. 09:05 Ann Berg <ann@shop.example> napisał(a):",
		"2 mars 2026 kl. 09:05 skrev Ann Berg <ann@shop.example>:",
		"Den 2. mar. 2026 kl. 09.05 skrev Ann Berg <ann@shop.example>:",
		"Ann Berg <ann@shop.example> kirjoitti 2.3.2026 kello 9.05:",
		"2 марта 2026 г., в 09:05, Ann Berg <ann@shop.example> написал(а):",
		"2 бер. 2026 р. о 09:05 Ann Berg <ann@shop.example> пише:",
		"2. 3. 2026 v 9:05, Ann Berg <ann@shop.example>:",
		"Ann Berg <ann@shop.example> şunları yazdı (2 Mar 2026 09:05):",
		"2026/03/02 9:05、Ann Berg <ann@shop.example>のメール:",
		"在 2026年3月2日，09:05，Ann Berg <ann@shop.example> 写道：",
		"Ann Berg <ann@shop.example> 於 2026年3月2日 上午9:05 寫道：",
		"2026. 3. 2. 오전 9:05, Ann Berg <ann@shop.example> 작성:",
	},
	"Thunderbird": {
		"On 02/03/2026 09:05, Ann Berg wrote:",
		"On 3/2/26 9:05 AM, Ann Berg wrote:",
		"Am 02.03.26 um 09:05 schrieb Ann Berg:",
		"Le 02/03/2026 à 09:05, Ann Berg a écrit\u00a0:",
		"El 2/3/26 a las 9:05, Ann Berg escribió:",
		"Il 02/03/2026 09:05, Ann Berg ha scritto:",
		"Em 02/03/2026 09:05, Ann Berg escreveu:",
		"Às 09:05 de 02/03/2026, Ann Berg escreveu:",
		"Op 2-3-2026 om 09:05 schreef Ann Berg:",
		"W dniu 02.03.2026 o 09:05, Ann Berg pisze:",
		"Den 2026-03-02 kl. 09:05, skrev Ann Berg:",
		"Den 02-03-2026 kl. 09:05 skrev Ann Berg:",
		"Den 02.03.2026 09:05, skrev Ann Berg:",
		"Ann Berg kirjoitti 2.3.2026 klo 9.05:",
		"02.03.2026 09:05, Ann Berg пишет:",
		"02.03.26 09:05, Ann Berg пише:",
		"Dne 02. 03. 26 v 9:05 Ann Berg napsal(a):",
		"2.03.2026 09:05 tarihinde Ann Berg yazdı:",
		"On 2026/03/02 9:05, Ann Berg wrote:",
		"在 2026/3/2 9:05, Ann Berg 写道:",
		"Ann Berg 於 2026/3/2 上午 09:05 寫道:",
		"2026-03-02 오전 9:05에 Ann Berg 이(가) 쓴 글:",
		"2026. 03. 02. 9:05 keltezéssel, Ann Berg írta:",
		"La 02.03.2026 09:05, Ann Berg a scris:",
		"Στις 2/3/26 09:05, ο/η Ann Berg έγραψε:",
		"El 2/3/26 a les 9:05, Ann Berg ha escrit:",
	},
	"others": {
		"On Monday, March 2, 2026, 09:05:12 AM GMT+1, Ann Berg <ann@shop.example> wrote:",              // Yahoo
		"    On Monday, 2 March 2026 at 09:05:12 GMT, Ann Berg <ann@shop.example> wrote:  ",            // Yahoo
		"Ann Berg <ann@shop.example> schrieb am 9:05 Montag, 2.März 2026:",                             // Yahoo
		"En lunes, 2 de marzo de 2026 09:05:12 CET, Ann Berg <ann@shop.example> escribió:",             // Yahoo
		"--- On Mon, 3/2/26, Ann Berg <ann@shop.example> wrote:",                                       // Yahoo
		"On Monday, March 2nd, 2026 at 9:05 AM, Ann Berg <ann@shop.example> wrote:",                    // Proton
		"2. März 2026, 09:05 von ann@shop.example:",                                                    // Tuta
		"2 Mar 2026, 09:05 by ann@shop.example:",                                                       // Tuta
		"---- On Mon, 02 Mar 2026 09:05:12 +0100 Ann Berg <ann@shop.example> wrote ---",                // Zoho
		"On Mon, Mar 2, 2026, at 9:05 AM, Ann Berg wrote:",                                             // Fastmail
		"On 2 Mar 2026, 09:05 +0100, Ann Berg <ann@shop.example>, wrote:",                              // Spark
		"On 2 March 2026 at 09:05:12, Ann Berg (ann@shop.example) wrote:",                              // Airmail
		"Ann Berg <ann@shop.example> wrote on 03/02/2026 09:05:12 AM:",                                 // Notes
		"-----Ann Berg <ann@shop.example> wrote: -----",                                                // Notes
		"-----Ann Berg/Shop@SHOP schrieb: -----",                                                       // Notes
		"Понедельник, 2 марта 2026, 9:05 +03:00 от Ann Berg <ann@shop.example>:",                       // Mail.ru
		"02.03.2026, 09:05, \"Ann Berg\" <ann@shop.example>:",                                          // Yandex
		"At 2026-03-02 09:05:12, \"Ann Berg\" <ann@shop.example> wrote:",                               // NetEase
		"在 2026-03-02 09:05:12，\"Ann Berg\" <ann@shop.example> 写道：",                                    // NetEase
		"On Mon, Mar 02, 2026 at 09:05:12AM +0100, Ann Berg wrote:",                                    // mutt
		"On Monday, 2 March 2026 09:05:12 CET Ann Berg wrote:",                                         // KMail
		"On Mon, 2026-03-02 at 09:05 +0100, Ann Berg wrote:",                                           // Evolution
		"On Mon, 2 Mar 2026, Ann Berg wrote:",                                                          // Alpine
		"On 2026-03-02 09:05, Ann Berg wrote:",                                                         // Roundcube
		"Am 2026-03-02 09:05, schrieb Ann Berg:",                                                       // Roundcube
		"Ann Berg писал 2026-03-02 09:05:",                                                             // Roundcube
		"Zitat von Ann Berg <ann@shop.example>:",                                                       // Horde
		"Quoting Ann Berg <ann@shop.example>:",                                                         // Horde
		"Ann Berg <ann@shop.example> wrote:",                                                           // K-9
		"Ann Berg <ann@shop.example> schrieb:",                                                         // K-9
		"At 09:05 AM 3/2/2026, Ann Berg wrote:",                                                        // Eudora
		"Il 2 marzo 2026 alle 9.05 Ann Berg <ann@shop.example> ha scritto:",                            // Open-Xchange
		"Ann Berg <ann@shop.example> hat am 02.03.2026 09:05 CET geschrieben:",                         // Open-Xchange
		"понедельник, 2 марта 2026 г. пользователь Ann Berg <ann@shop.example> написал:",               // Gmail, once
		"On Mon, 02 Mar 2026 09:05:12 +0100\nAnn Berg <ann@shop.example> wrote:",                       // Claws
		"On Mon, Mar 2, 2026 at 9:05 AM Ann Berg\n<ann@shop.example>\nwrote:",                          // wrapped
		"Am Mo., 2. März 2026 um 09:05 Uhr schrieb Ann\nBerg <ann@shop.example>:",                      // wrapped
		"Op ma 2 mrt 2026 om 09:05 schreef Ann Berg <\nann@shop.example>:",                             // wrapped
		"Le lun. 2 mars 2026 à 09:05, Ann Berg <ann@shop.example> a\nécrit :",                          // wrapped
		"*On Mon, Mar 2, 2026 at 9:05 AM Ann Berg <ann@shop.example> wrote:*",                          // bold
		"On Mon, Mar 2, 2026 at 9:05 AM, Ann Berg <ann@shop.example<mailto:ann@shop.example>> wrote:",  // Outlook
		"On 3/2/26, 9:05 AM, \"Ann Berg\" <ann@shop.example> wrote:",                                   // Outlook for Mac
		"On Mar 2, 2026 9:05 AM, Ann Berg <ann@shop.example> wrote:",                                   // Android
		"On Mon, Mar 2, 2026 at 9:05 AM -0800, \"Ann Berg\" <ann@shop.example> wrote:",                 // Outlook for iOS
		"------On 03/02/2026 09:05 AM, Ann Berg wrote-----",                                            // home-made
		"\u200bOn\u00a0Mon, Mar 2, 2026 at 9:05\u00a0AM Ann\u00a0Berg <ann@shop.example> wrote:\u200b", // no-break
		"On Mon, Mar 2, 2026 at 9:05 AM, Ann Berg via Shop Support <ann@shop.example> wrote:",          // list
		"On Mar 2, 2026, at 09:05, Ann Berg [mailto:ann@shop.example] wrote:",                          // older
		"\"Ann Berg\" <ann@shop.example> wrote on Mon, 2 Mar 2026 09:05:12 +0100:",                     // news
		"Den måndag 2 mars 2026 kl. 09:05 skrev Ann Berg:",
		"På 2. mars 2026 på 09:05:12, Ann Berg (ann@shop.example) skrev:",
	},
}

const answer = "Danke, das Gerät läuft wieder.\n\nNoch etwas: Ticket 4711 kann zu."

// What a program writes above a quotation is left out with what it quotes, in every language and shape; what
// was written stays to the letter.
func TestTrimKnowsAttributions(t *testing.T) {
	const text = "Ist es wieder gut?\n\nAnn"
	quoted := "> Ist es wieder gut?\n>\n> Ann"
	for program, lines := range attributions {
		for _, line := range lines {
			for shape, tc := range map[string]struct{ mail, want string }{
				"answer above":           {answer + "\n\n" + line + "\n" + quoted, answer},
				"answer above, blank":    {answer + "\n\n\n" + line + "\n\n" + quoted + "\n\n", answer},
				"answer right above":     {answer + "\n" + line + "\n" + quoted, answer},
				"not marked":             {answer + "\n\n" + line + "\n\n" + text, answer},
				"answer below":           {line + "\n" + quoted + "\n\n" + answer, answer},
				"answers between":        {"Hi,\n\n" + line + "\n> Eins?\nJa.\n> Zwei?\nNein.", "Hi,\n\n> Eins?\nJa.\n> Zwei?\nNein."},
				"signature in between":   {answer + "\n\n-- \nBo Lund\n" + "\n" + line + "\n" + quoted, answer},
				"signature below":        {answer + "\n\n" + line + "\n" + quoted + "\n\n-- \nBo Lund", answer},
				"a phone's line between": {answer + "\n\nSent from my iPhone\n\n" + line + "\n\n" + quoted, answer},
				"quoted itself":          {answer + "\n\n> " + strings.ReplaceAll(line, "\n", "\n> ") + "\n>\n" + quoted, answer},
				"Windows line ends":      {strings.ReplaceAll(answer+"\n\n"+line+"\n"+quoted, "\n", "\r\n"), answer},
			} {
				if got := Text(tc.mail); got != tc.want {
					t.Errorf("%s, %s: %s\ngot  %q\nwant %q", program, shape, line, got, tc.want)
				}
			}
		}
	}
}

// What is an attribution only where a quotation follows is otherwise kept.
func TestTrimKnowsWeakAttributionsByWhatFollows(t *testing.T) {
	for _, line := range []string{
		"2026/3/2 Ann Berg <ann@shop.example>", "On 03/02/2026 09:05 AM, Ann Berg sent:", "Ann Berg said on 2 March 2026 at 9:05:", "Ann Berg (2 March 2026, 9:05):",
		"In her mail of 2 March 2026 she wrote:", "Bo <bo@x.example>:",
	} {
		if got := Text(answer + "\n\n" + line + "\n\n> Is it well again?\n> Ann"); got != answer {
			t.Errorf("%s: %q", line, got)
		}
		if mail := answer + "\n\n" + line + "\n\nIt is well again."; Text(mail) != mail {
			t.Errorf("%s: own words cut to %q", line, Text(mail))
		}
	}
}
