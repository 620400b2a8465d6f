package mailserver_test

import (
	"fmt"
	"strings"
	"testing"
)

// pixel is a 1 × 1 PNG.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

// rich is an answer as desks write it: HTML with a picture of its own, a table, a link to
// nowhere safe, a quoted question and two attachments.
func rich(to, refs string) []byte {
	return crlf(`From: "Mia Sørensen (Harbour Support)" <support@desk.example>
To: ` + to + `
Cc: Ben Okafor <` + ben + `>
Subject: =?utf-8?q?Re:_Your_invoice_for_February_=E2=80=93_and_a_subject_that_is_rather_long?=
Message-ID: <rich@desk.example>
References: ` + refs + `
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p>Hello Anna,</p><p>you were right: the <b>February invoice</b> counted two seats twice. Here is what changed:</p>
<table cellpadding="6" style="border-collapse:collapse"><tr><td style="border:1px solid #cccccc">Seats</td><td style="border:1px solid #cccccc">12 instead of 14</td></tr>
<tr><td style="border:1px solid #cccccc">Total</td><td style="border:1px solid #cccccc">348.00 EUR instead of 406.00 EUR</td></tr></table>
<p>The corrected invoice is attached. Questions? Just reply, or write to <a href="mailto:support+help@desk.example?subject=Invoice">our team</a>,
or read <a href="https://help.desk.example/invoices">how invoices work</a>. <a href="javascript:alert(1)">No.</a></p>
<p>Kind regards<br>Mia <img src="cid:logo" width="12" height="12" alt="Logo"></p>
<div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 2, 2026 Anna wrote:</div><blockquote class="gmail_quote"><p>Why do we pay for 14 seats?</p></blockquote></div>
--r
Content-Type: image/png
Content-ID: <logo>
Content-Transfer-Encoding: base64

` + pixel + `
--r--
--m
Content-Type: application/pdf
Content-Disposition: attachment; filename="invoice-2026-02-corrected.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--m
Content-Type: text/html
Content-Disposition: attachment; filename="evil.html"

<script>alert(1)</script>
--m--
`)
}

func TestPageFitsItsWindowAndShowsRichMail(t *testing.T) {
	srv := start(t)
	deliver(t, srv, anna, plainMail("q@nordlicht.example", "Anna Lindqvist <"+anna+">", support, "Your invoice for February – and a subject that is rather long", "Why do we pay for 14 seats?"))
	for i, subject := range []string{"Your parcel is on its way", "How was your visit?", "Password changed", "Welcome to Harbour Bikes!", strings.Repeat("Unbreakable", 12)} {
		deliver(t, srv, anna, plainMail(fmt.Sprint(i), fmt.Sprintf("Harbour %d <news%d@desk.example>", i, i), anna, subject, "Hello Anna, "+strings.Repeat("some more words about it ", 6)))
	}
	deliver(t, srv, anna, rich(anna, "<q@nordlicht.example>"))
	tab, _ := openPage(t, srv)
	tab.WaitText(".conversation", "Your invoice")
	tab.Click(".conversation") // The latest comes first.
	until(t, tab, `document.querySelector('iframe.html')?.contentDocument?.images[0]?.naturalWidth === 1`)
	until(t, tab, `!document.querySelector('iframe.html').contentDocument.querySelector('a[href^=javascript]')`)
	until(t, tab, `document.querySelectorAll('.file').length === 2`)
	for _, width := range []int64{1280, 900, 600} {
		tab.Resize(width, 800)
		until(t, tab, `document.documentElement.scrollWidth <= innerWidth && document.querySelector('.list').scrollWidth <= document.querySelector('.list').clientWidth`)
		until(t, tab, `document.querySelector('#reader').scrollWidth <= document.querySelector('#reader').clientWidth`)
		until(t, tab, `[...document.querySelectorAll('.message-head')].every((head) => head.querySelector('strong').getBoundingClientRect().right <= head.querySelector('time').getBoundingClientRect().left)`)
		tab.Shot(fmt.Sprintf("webmail-%d", width))
	}
	tab.Resize(1280, 800)
	until(t, tab, `(document.querySelector('iframe.html').contentDocument.querySelector('a[href^=mailto]').click(), document.querySelector('#composer [name=to]'))`)
	until(t, tab, `document.querySelector('#composer [name=to]').value === 'support+help@desk.example' && document.querySelector('#composer [name=subject]').value === 'Invoice'`)
	// What strangers attach is a download, never a page of this origin.
	until(t, tab, `fetch([...document.querySelectorAll('.file')].find((f) => f.download === 'evil.html').href)
		.then((r) => { window.disposition = r.headers.get('Content-Disposition') + r.headers.get('Content-Type'); }) && window.disposition === 'attachment; filename=evil.htmlapplication/octet-stream'`)
}
