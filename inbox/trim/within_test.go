package trim

import "testing"

// outlookBlock stands above a history that has no marks, with one answer in it.
const outlookBlock = "\n\nFrom: Ann Berg <ann@shop.example>\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo Lund <bo@x.example>\nSubject: Printer\n\nWhen may we come?\nOn Tuesday.\nWhich floor?\nThe second."

// Who says that the answers stand in the history has all of it kept.
func TestAnswersWithinUnmarkedHistoryStay(t *testing.T) {
	for _, words := range []string{
		"Please see my answers below in red.", "Hi Ann,\n\nmy replies are inline.\n\nThanks,\nBo", "My comments in blue.\n\nIf anything is missing, call me.\n\nRegards\nBo Lund", "Answers below:",
		"Hallo Frau Berg,\n\nmeine Antworten stehen unten in Rot.", "Antworten siehe unten.", "Mes réponses sont ci-dessous en rouge.", "Mis respuestas abajo en rojo.", "Vedi le mie risposte di seguito.", "Ответы ниже, красным.", "回答は以下に赤字で記入しました。",
	} {
		if mail := words + outlookBlock; Text(mail) != mail {
			t.Errorf("%q: cut to %q", words, Text(mail))
		}
	}
}

// Who speaks of something else below, or writes the answers right there, wants nothing of the history.
func TestHistoryIsLeftOutWhereNoAnswerIsAnnouncedInIt(t *testing.T) {
	for _, words := range []string{
		"Thanks for your answer below.", "It works, see the details below.", "Danke für Ihre Antwort unten!", "The error is printed in red.", "I replaced the part below the tray.",
		"Hi Ann, my answers below:\n\n1. On Tuesday\n2. The second\n3. Nobody", "Comment faire ?", "Thanks for the quick response. That is in line with our plan.", "Can you answer the question below?",
	} {
		if got := Text(words + outlookBlock); got != words {
			t.Errorf("got %q, want %q", got, words)
		}
	}
	inline := "My answers inline.\n\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> When?\n\nOn Tuesday.\n\n> Which floor?\n\nThe second."
	if got, want := Text(inline), "My answers inline.\n\n> When?\n\nOn Tuesday.\n\n> Which floor?\n\nThe second."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An answer in colour within what Gmail quotes stays too, where the person says so.
func TestAnswersInColourWithinGmailsQuotationStay(t *testing.T) {
	const source = `<div dir="ltr">My answers are in red.</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 2, 2026 at 9:05 AM Ann Berg &lt;ann@shop.example&gt; wrote:<br></div>` +
		`<blockquote class="gmail_quote"><div>When?</div><div><font color="#ff0000">On Tuesday.</font></div></blockquote></div>`
	const full = "My answers are in red.\n\nOn Mon, Mar 2, 2026 at 9:05 AM Ann Berg <ann@shop.example> wrote:\n> When?\n> On Tuesday."
	if own, _ := Words(full, []string{source}, "Re: Printer"); own != full {
		t.Errorf("cut to %q", own)
	}
}
