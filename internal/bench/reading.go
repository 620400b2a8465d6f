package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

const (
	megabyte = 1 << 20
	largest  = 25 * megabyte // what mail servers take at most
	tries    = 5             // the fastest of so many readings of one mail counts
)

// measureReading times the reading of a mail (parsing, telling the person's own words from the rest, and the kind of
// mail), and looks how much memory the service needs at most to take the largest mail there is.
func measureReading(ctx context.Context, h *house, size scale) ([]figure, error) {
	const group = "Reading a mail"
	var all []time.Duration
	for _, l := range letters(min(size.letters, 2000), supportAddress, "reading", 1) {
		all = append(all, readingTime(l.Raw))
	}
	figures := []figure{
		{Group: group, Name: "the usual mix, median", Value: milliseconds(percentile(all, 50)), Unit: "ms", Goal: 1, Below: true},
		{Group: group, Name: "  the slowest in a hundred", Value: milliseconds(percentile(all, 99)), Unit: "ms"},
	}
	worst := figure{Group: group, Name: "1 MB, the slowest kind", Unit: "ms", Goal: 20, Below: true}
	for _, m := range megabyteMails() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if took := milliseconds(readingTime(m.raw)); took > worst.Value {
			worst.Value, worst.Note = took, m.name
		}
	}
	peak, err := peakMemory(ctx, h)
	if err != nil {
		return nil, err
	}
	return append(figures, worst, figure{
		Group: group, Name: "25 MB, fetched and stored: memory at most", Value: float64(peak) / 1e6, Unit: "MB", Goal: 200, Below: true, Note: "of the whole service",
	}), nil
}

// readingTime is how long the reading of a mail takes where nothing is in its way.
func readingTime(raw []byte) time.Duration {
	best := time.Hour
	for range tries {
		began := time.Now()
		inbox.Parse(raw)
		best = min(best, time.Since(began))
	}
	return best
}

// A sized mail is one of a certain size and kind.
type sized struct {
	name string
	raw  []byte
}

func megabyteMails() []sized {
	line := "Some words of a mail that somebody wrote in a hurry, about a printer.\r\n"
	paragraph := "<p class=MsoNormal style=\"margin:0\">Some <b>words</b> of a <a href=\"https://x.example/a?b=c\">mail</a>, written in a hurry.</p>\r\n"
	fill := func(s string) string { return strings.Repeat(s, megabyte/len(s)) }
	return []sized{
		{"plain text", sizedMail("", fill(line))},
		{"HTML", sizedMail("Content-Type: text/html; charset=utf-8\r\n", fill(paragraph))},
		{"one line", sizedMail("", fill("word "))},
		{"deeply quoted", sizedMail("", "Yes.\r\n\r\nOn Mon, 2 Mar 2026 at 09:00 Ann <ann@x.example> wrote:\r\n"+fill(strings.Repeat(">", 20)+" "+line))},
		{"with a file", fileMail(megabyte)},
	}
}

func sizedMail(header, body string) []byte {
	return []byte("From: Ann <ann@x.example>\r\nTo: " + supportAddress + "\r\nSubject: A large one\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n" +
		"Message-ID: <large@x.example>\r\n" + header + "\r\n" + body)
}

// fileMail is a mail of n bytes, most of it a file.
func fileMail(n int) []byte {
	file := make([]byte, n*54/76)
	for i := range file {
		file[i] = byte(i * i >> 3)
	}
	encoded := make([]byte, 0, n)
	for chunk := range slices.Chunk(file, 57) {
		encoded = append(base64.StdEncoding.AppendEncode(encoded, chunk), '\r', '\n')
	}
	return sizedMail("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"+
		"Content-Transfer-Encoding: base64\r\n\r\n"+string(encoded)+"--b--\r\n")
}

// peakMemory is the most that a service of its own process has ever had when it has taken the largest mail, in bytes.
func peakMemory(ctx context.Context, h *house) (peak int64, err error) {
	server, err := dovecot.Start(ctx, dovecot.Config{Users: users("large", 1)})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	user := userName("large", 0)
	if err := server.DeliverAt(user, fileMail(largest), time.Now()); err != nil {
		return 0, err
	}
	d, err := h.database(ctx)
	if err != nil {
		return 0, err
	}
	defer d.close()
	p, err := wire(d.pool, h.key, h.log)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if _, _, err := d.addTenant(ctx, p, 0, imapURL(user, server.Addr()), nowhere, time.Now().Add(-time.Hour)); err != nil {
		return 0, err
	}
	env, err := role{Database: d.url, Key: h.key}.env()
	if err != nil {
		return 0, err
	}
	child, err := startSelf(ctx, env)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, child.stop()) }()
	err = child.wait(ctx, "the large mail", 2*time.Minute, 50*time.Millisecond, func() (bool, error) {
		n, err := d.count(ctx, `SELECT count(*) FROM ticket_comments`)
		return n == 1, err
	})
	if err != nil {
		return 0, fmt.Errorf("take a mail of %d bytes: %w", largest, err)
	}
	return memory(child.pid(), "VmHWM")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
