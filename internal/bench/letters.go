package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// What the mix of letters is made of, in percent and bytes.
const (
	repliesPercent   = 30
	attachedPercent  = 10
	attachmentBytes  = 50_000
	answerableNewest = 400 // a reply answers one of so many latest letters
)

// A letter is one mail of a customer.
type letter struct {
	ID     string // Message-ID without angle brackets
	Parent int    // index of the letter that this one answers; -1: it begins a thread
	Root   int    // index of the thread's first letter
	Raw    []byte
}

// letters makes n letters to an address: half of them with HTML, three in ten replies, one in ten with an
// attachment. The same seed makes the same letters; name keeps the Message-IDs of several lots apart.
func letters(n int, to, name string, seed uint64) []letter {
	rnd := rand.New(rand.NewPCG(seed, uint64(n)))
	all := make([]letter, n)
	senders := make([]int, n)
	for i := range all {
		l := letter{ID: fmt.Sprintf("%s-%d@mail.customers.example", name, i), Parent: -1, Root: i}
		senders[i] = rnd.IntN(max(n/4, 1))
		if i > 0 && rnd.IntN(100) < repliesPercent {
			l.Parent = max(0, i-1-rnd.IntN(answerableNewest))
			l.Parent = min(l.Parent, i-1)
			l.Root = all[l.Parent].Root
			senders[i] = senders[l.Parent]
		}
		l.Raw = write(rnd, all, l, i, senders[i], to, name)
		all[i] = l
	}
	return all
}

func write(rnd *rand.Rand, all []letter, l letter, i, sender int, to, name string) []byte {
	var b strings.Builder
	header := func(key, value string) { fmt.Fprintf(&b, "%s: %s\r\n", key, value) }
	header("Return-Path", fmt.Sprintf("<person%d@company%d.example>", sender, sender/3))
	header("From", fmt.Sprintf("Person %d <person%d@company%d.example>", sender, sender, sender/3))
	header("To", to)
	header("Date", time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC).Add(time.Duration(i)*time.Second).Format(time.RFC1123Z))
	header("Message-ID", "<"+l.ID+">")
	subject := fmt.Sprintf("%s: question %d about an order", name, l.Root)
	if l.Parent >= 0 {
		subject = "Re: " + subject
		header("In-Reply-To", "<"+all[l.Parent].ID+">")
		refs := "<" + all[l.Root].ID + ">"
		if l.Parent != l.Root {
			refs += "\r\n <" + all[l.Parent].ID + ">"
		}
		header("References", refs)
	}
	header("Subject", subject)
	header("MIME-Version", "1.0")
	text := prose(rnd)
	if l.Parent >= 0 {
		text += "\r\nOn Monday the support team wrote:\r\n> Thank you for your mail.\r\n> We look into it.\r\n"
	}
	body := "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
	if rnd.IntN(2) == 0 {
		const edge = "=_alternative"
		body = "Content-Type: multipart/alternative; boundary=\"" + edge + "\"\r\n\r\n--" + edge + "\r\n" + body +
			"\r\n--" + edge + "\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>" +
			strings.ReplaceAll(text, "\r\n", "</p>\r\n<p>") + "</p></body></html>\r\n--" + edge + "--\r\n"
	}
	if rnd.IntN(100) < attachedPercent {
		const edge = "=_mixed"
		body = "Content-Type: multipart/mixed; boundary=\"" + edge + "\"\r\n\r\n--" + edge + "\r\n" + body + "\r\n--" + edge +
			"\r\nContent-Type: application/pdf; name=\"invoice.pdf\"\r\nContent-Disposition: attachment; filename=\"invoice.pdf\"\r\n" +
			"Content-Transfer-Encoding: base64\r\n\r\n" + scan(rnd) + "--" + edge + "--\r\n"
	}
	return []byte(b.String() + body)
}

// scan is an attachment in lines of base64.
func scan(rnd *rand.Rand) string {
	raw := make([]byte, attachmentBytes)
	for i := range raw {
		raw[i] = byte(rnd.Uint32())
	}
	coded := base64.StdEncoding.EncodeToString(raw)
	var b strings.Builder
	for len(coded) > 76 {
		b.WriteString(coded[:76] + "\r\n")
		coded = coded[76:]
	}
	return b.String() + coded + "\r\n"
}

// prose is a letter's words: 40 to 240 of them.
func prose(rnd *rand.Rand) string {
	words := strings.Fields(`the order arrived but the charger does not work and its light blinks red since yesterday please tell
		me how to return it or whether you can send another battery we bought three bicycles in May for our delivery team one of
		them makes a noise when braking the invoice names a wrong address could you correct that thank you for your help`)
	var b strings.Builder
	b.WriteString("Hello,\r\n\r\n")
	for i := range 40 + rnd.IntN(200) {
		b.WriteString(words[rnd.IntN(len(words))])
		if i%12 == 11 {
			b.WriteString(".\r\n")
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String() + "\r\n\r\nKind regards\r\nPerson\r\n"
}
