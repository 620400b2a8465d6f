package trim

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

// What a person wrote stays to the letter, however much it looks like something else.
func TestTrimKeepsWhatOnlyLooksLikeHistory(t *testing.T) {
	for name, text := range map[string]string{
		"a sentence that says":    "On Monday he wrote: please fix it until Friday.\n\nWhat is the state?",
		"a sentence, colon":       "On Monday, 2 March 2026 at 9:00 he wrote:\n\nthe printer is broken.\n\nIs that so?",
		"a server wrote":          "On 2026-03-02 at 09:00 the server wrote:\n\nERROR 17\n\nWhy?",
		"you said":                "You said:\n> it works\n\nIt does not.\n\nYou said:\n> wait\n\nI did.",
		"in German":               "Am 2.3.2026 um 9:00 schrieb ich Ihnen schon:\n\ndas Gerät ist kaputt.\n\nBitte antworten.",
		"a time and a colon":      "We met at 10:30:\n- Ann\n- Bo",
		"steps":                   "On your computer you can run:\n\n    telnet 127.0.0.1 52698\n\nThat fails.",
		"a trip":                  "Please book:\n\nFrom: Berlin\nTo: Rome\nDate: 3 May 2026\n\nThanks",
		"a form":                  "Name: Ann\nFrom: Berlin\nSubject: none",
		"From in text":            "From: here on it gets worse.\nTo: be honest, I gave up.",
		"a pasted header":         "Here is the header of the mail that bounced:\n\nReturn-Path: <a@x.example>\nReceived: from mx (mx [10.0.0.1])\nFrom: Ann <a@x.example>\nTo: b@y.example\nSubject: Hi\nDate: Mon, 2 Mar 2026 09:05:12 +0100\nMessage-ID: <1@x>\n\nWhat is wrong with it?",
		"a header in code":        "It says\n\n```\nFrom: Ann <a@x.example>\nSent: Monday, March 2, 2026 9:05 AM\nTo: b@y.example\nSubject: Hi\n```\n\nand stops.",
		"code":                    "Try\n\n```\n-- \n> x\nOn Mon, Mar 2, 2026 at 9:05 AM Ann <a@x.example> wrote:\n```\n\nplease.",
		"shell prompts":           "I typed:\n> npm install\n> npm start",
		"shell prompts, more":     "I typed\n> npm install\nadded 3 packages\n> npm start\nand nothing came.",
		"a Python session":        ">>> import shop\n>>> shop.open()\nTraceback: no such shop\n\nWhy?",
		"quoted by the person":    "The manual says:\n\n> Press the red button.\n\nThere is none.",
		"a quote to end with":     "The manual says:\n\n> Press the red button.\n> Wait.",
		"separators":              "First part.\n\n---\n\nSecond part, which goes on for a while.\n\n---\n\nThird part, where it ends and says so.",
		"separators, drawn":       "First part.\n\n==========\n\nSecond part, which is a sentence of its own.",
		"a table":                 "| a | b |\n|---|---|\n| 1 | 2 |\n\nSee the table.",
		"a table to end with":     "See:\n\n| a | b |\n|---|---|\n| 1 | 2 |",
		"a list":                  "I need\n\n- Paper\n- Ink\n- Luck",
		"a list of one word":      "Missing:\n-Paper\n-Ink",
		"dashes in a line":        "It works -- sometimes -- but not today.\n\nReally.",
		"Markdown":                "# Title\n\n* one\n* two\n\n**bold** and `code`\n\n1. first\n2. second",
		"a log":                   "The log:\n\n2026-03-02 09:05:12,001 INFO start\n2026-03-02 09:05:13,002 ERROR no paper:\n2026-03-02 09:05:14 GMT+01:00 stopped\n\nAny idea?",
		"sent by courier":         "The parcel went off.\n\nSent with DHL on Monday, number 4711.",
		"sent by courier, short":  "The parcel went off.\n\nSent by courier",
		"sent from a desk":        "Here is another one.\n\nSent from my desk, which is much easier than my phone.",
		"a closing":               "It works.\n\nThanks,\nAnn",
		"a closing in German":     "Es geht wieder.\n\nViele Grüße\nAnn Berg",
		"an address to send to":   "Please send it to\n\nAnn Berg\nMain Street 5\n12345 Town\nTel. +49 30 1234567",
		"confidential things":     "Is our contract confidential? The recipient of the mail asked me that.",
		"unsubscribe":             "Please take me off your mailing list, I do not know how to unsubscribe.",
		"Hotmail":                 "My new address is ann at hotmail.\n\nThe old one, at Yahoo! Mail, is gone.",
		"original message":        "I never got the original message.\nCan you send it again?",
		"an address":              "My address is\n<ann@shop.example>\nand my number 4711.",
		"two addresses":           "Write to ann@shop.example at 9:00 or to <bo@x.example>:\nboth read it.",
		"wrote without a time":    "Bo wrote:\nit is fine.\n\nI do not think so.",
		"the writer's own words":  "On Mon, Mar 2, 2026 at 9:05 AM I wrote to Ann Berg <ann@x.example> and asked:\nis it broken?\nNobody answered.",
		"a patch":                 "It says\n\nFrom 1a2b3c Mon Sep 17 00:00:00 2001\nFrom: Bo <bo@x.example>\nDate: Mon, 2 Mar 2026 09:05:12 +0100\nSubject: [PATCH] fix\n\nIs that fine?",
		"an address under dashes": "My new address:\n--\nMain Street 5\n12345 Town",
		"fields without a date":   "Here is what it says.\n\nFrom: Shop <service@shop.example>\nTo: me@x.example\nSubject: Account\n\nIs this you?",
		"a log with addresses":    "Log:\n2026-03-02 09:05:12 <bo@x.example> login failed:\n2026-03-02 09:05:13 retry\nWhat is it?",
		"a sentence under dashes": "Hello\n--\nplease read this too, it is important to me.",
		"a button above which":    "The button is called \"Reply above this line\".\nIt does nothing.",
		"fields without a time":   "The mail I sent had\n\nFrom: me@x.example\nTo: you@x.example\nDate: 2 March\n\nand never arrived.",
		"a thing wrote":           "Le 2 mars 2026 à 9:05 le serveur a écrit :\n\nERREUR 17\n\nPourquoi ?",
		"a colleague wrote":       "On 2 Mar 2026 at 09:05 Ann Berg wrote:\n\nplease cancel order 5.\n\nWas it cancelled?",
		"an indented form":        "The form says\n\n            To\n                        Ann\n            Subject\n                        none\n\nand nothing else.",
		"an address and words":    "It was Ann Berg <ann@x.example> who wrote: it works, on 2 March 2026 at 9:05.",
		"a list of people":        "These wrote to us:\n\n2026-03-02 Ann Berg <ann@x.example>\n2026-03-03 Bo Lund <bo@x.example>\n\nPlease answer them.",
		"a list of files":         "Ann Berg <ann@x.example> sent:\n- a.pdf\n- b.pdf\n\nAre they right?",
		"a sentence that goes on": "As you know,\nOn Monday 2 March 2026 at 10:00 Ann Berg wrote\nme a letter about it. I did not answer.",
		"parts under dashes":      "Hi,\n--\nQuestion 1?\n--\nQuestion 2?\n--\nBye",
		"parts under dashes, too": "One thing\n--\nAnother thing\n--\nA third thing\n--\nThanks",
		"items under rules":       "Item A\n---\nItem B\n---\nItem C",
		"a title under a rule":    "The first part is done.\n\n---\n\nPart Two",
		"one option":              "Colours:\n\n-Blue",
		"a mail that is shown":    "I got this mail, is it yours:\n\nFrom: Ann <a@x.example>\nSent: Monday, March 2, 2026 9:05 AM\nTo: b@y.example\nSubject: You won\n\nPay now.",
		"a web form":              "You have a new message from your website:\n\nFrom: Ann <a@x.example>\nDate: 2026-03-02 09:05\nSubject: Printer\n\nIt is broken.",
		"a web form, bare":        "From: Ann <a@x.example>\nDate: 2026-03-02 09:05\nSubject: Printer\n\nIt is broken.",
		"sent from an account":    "No invoice yet.\n\nEnviado de mi cuenta a la de Ann en la tarde de ayer por correo",
		"privacy":                 "The attachments are confidential, and the recipient must not notify anybody of this.",
		"a plus":                  "+1",
		"a smiley":                ":-)",
		"one word":                "Yes",
		"a question to end with":  "It is broken.\n\n--\n\nCan you come on Monday? The whole second floor is waiting for it since the last week.\nPlease bring the new cartridge, the old one is empty and was not delivered yet by anyone.\nThe door is open from seven in the morning, and somebody is always at the front desk then.",
		"reply above":             "I did not see that I have to reply above this line, sorry, so here it is again.",
		"German, wrong recipient": "Diese E-Mail ging an den falschen Empfänger, bitte löschen Sie die Anhänge.",
		"poem":                    "On the first day\n\nI wrote something\n\nwhich was very good.",
		"a ratio":                 "The ratio is 16:9, sometimes 4:3:\nplease change it.",
	} {
		t.Run(name, func(t *testing.T) {
			if got := Text(text); got != text {
				t.Errorf("got  %q\nwant %q", got, text)
			}
		})
	}
}

// Shapes that programs leave behind which lose line ends, or put marks of their own.
func TestTrimKnowsBrokenShapes(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"attribution in the line":    {"Yes. On Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> Works?", "Yes."},
		"attribution behind dashes":  {"Yes--- On Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> Works?", "Yes"},
		"torn links":                 {"Yes\n\nOn Thu, 31 Mar 2016 at 11:16 Ann Berg\n\n<\nmailto:Ann Berg <ann@x.example>\n> wrote:\n\nWorks?", "Yes"},
		"wrapped quotation":          {"Yes.\n\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> Does the printer on the second floor work again as well as it\ndid before?\n> Ann", "Yes."},
		"quoted with bars":           {"Yes.\n\n2013/7/20 Ann Berg <ann@x.example>\n\n| Works?\n|\n| Ann", "Yes."},
		"quoted with initials":       {"Hi.\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> One?\n\nYes.\n\nAB> Two?\nAB>\n", "Hi.\n> One?\n\nYes."},
		"escaped marks":              {"Yes.\n\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n&gt; Works?", "Yes."},
		"a sentence like one above":  {"Ann schrieb am 02.03.2026 um 09:05, dass es geht.\nEs geht nicht.\n\nOn Mon, Mar 2, 2026 at 9:05 AM Ann Berg <ann@x.example> wrote:\n> Works?", "Ann schrieb am 02.03.2026 um 09:05, dass es geht.\nEs geht nicht."},
		"no colon":                   {"Ja.\n\nAm 02.03.26 um 09:05 schrieb Ann Berg\n\n> Geht es?", "Ja."},
		"a long address":             {"Ja.\n\nBerg, Ann\n<a-very-long-address-of-a-desk@printing.shop.example>, 2 Mar 2026 Pzt, 09:05 tarihinde şunu yazdı:\n\n> Works?", "Ja."},
		"on in the line":             {"Yes.\n\nSent from Yahoo Mail on Android \n \n  On Mon, Mar 2, 2026 at 9:05 AM, Ann Berg<ann@x.example> wrote:   Works? Ann  ", "Yes."},
		"a link that lost its mark":  {"Yes.\n\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n\n>\n> Answer by mail\n>\n (https://x.example/c/1) >\n> or here\n>", "Yes."},
		"a form of Notes":            {"Yes.\n\n\n             \"Ann Berg\"             \n             <ann@x.example>             \n" + strings.Repeat(" ", 60) + "To\n             03/02/2026 09:05 AM         Bo Lund <bo@x.example>\n" + strings.Repeat(" ", 60) + "cc\n\n" + strings.Repeat(" ", 55) + "Subject\n" + strings.Repeat(" ", 39) + "Printer\n\n\nWorks?", "Yes."},
		"Tencent, escaped":           {"好的\n\n------------------&nbsp;Original&nbsp;------------------\nFrom: \"Ann\"<ann@x.example&gt;;\nDate:&nbsp;Mon, Mar 2, 2026 09:05 AM\n\nWorks?", "好的"},
		"history twice":              {"Yes.\n\nOn Tue, 3 Mar 2026 at 9:05, Ann wrote:\n\nWorks?\n\nOn Mon, 2 Mar 2026 at 9:05, Bo wrote:\n\nBroken.", "Yes."},
		"a closing below the quote":  {"Yes.\n\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> Works?\n\nRegards,\nBo", "Yes.\n\nRegards,\nBo"},
		"forwarded in the history":   {"Yes.\n\n-----Original Message-----\n\nFYI\n\n---------- Forwarded message ----------\nFrom: Ann\n\nWorks?", "Yes."},
		"a signature in between two": {"Yes.\n\n-- \nBo\n\n________________________________\nFrom: Ann\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo\nSubject: x\n\nWorks?\n\n-- \nAnn", "Yes."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Text(tc.text); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestForwardedMailStaysWhole(t *testing.T) {
	const mail = "FYI\n\n________________________________\nFrom: Ann <ann@x.example>\nSent: Monday, March 2, 2026 9:05 AM\nTo: Bo\nSubject: x\n\nWorks?\n\n> no\n\n-- \nAnn"
	for subject, whole := range map[string]bool{
		"FW: x": true, "Fwd: x": true, "WG: x": true, "TR: x": true, "RV: x": true, "转发：x": true, "Re: FW: x": false, "Re: x": false, "AW: WG: x": false, "x": false,
	} {
		own, _ := Words(mail, nil, subject)
		if want := map[bool]string{true: mail, false: "FYI"}[whole]; own != want {
			t.Errorf("%s: %q", subject, own)
		}
	}
}

// checkTrimmed says what is wrong with the own words and the signature that were taken from a text: they are
// its lines, in its order, and not nothing where it is something.
func checkTrimmed(t *testing.T, own, signature, text string) {
	t.Helper()
	if readLine(text) != "" && strings.TrimSpace(own) == "" {
		t.Errorf("nothing left of %q", text)
	}
	for _, part := range []string{own, signature} {
		lines := strings.Split(mail.Newlines(text), "\n")
		for line := range strings.SplitSeq(part, "\n") {
			line = strings.TrimSpace(line)
			at := 0
			for at < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[at]), line) {
				at++
			}
			if at == len(lines) {
				t.Fatalf("the line %q is none of %q, or out of order", line, text)
			}
			if line != "" {
				lines = lines[at+1:]
			}
		}
	}
}

func FuzzTrim(f *testing.F) {
	f.Add("Yes.\n\nOn Mon, Mar 2, 2026 at 9:00 AM Ann <ann@x.example> wrote:\n> Question?\n", false)
	f.Add("-----Original Message-----\nFrom: a\nTo: b\nSubject: c\n\nd", true)
	f.Add("Yes. On Mon, 2 Mar 2026 at 09:00 Ann wrote:\n> x\n-- \nBo\n\nSent from my iPhone", false)
	f.Add("```\n-- \n```\n____\nBo\n\nThanks,\nBo\n+49 30 1234567\nwww.x.example", false)
	for _, lines := range attributions {
		f.Add(answer+"\n\n"+lines[0]+"\n> x\n", false)
	}
	for _, block := range headerBlocks {
		f.Add(answer+"\n\n"+block+"\n\nx", false)
	}
	mailtest.Seed(f, func(b []byte) { f.Add(string(b), false) })
	f.Fuzz(func(t *testing.T, text string, forwarded bool) {
		own, signature := trim(text, forwarded)
		checkTrimmed(t, own, signature, text)
	})
}
