package email

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

// A garbler is an IMAP server whose answers about single messages make no sense, or end the connection.
type garbler struct {
	t        testing.TB
	listener net.Listener
	serving  sync.WaitGroup

	mu    sync.Mutex
	mail  []garbled // UIDs count from 1
	conns []net.Conn
	seen  []string
}

// garbled is a message; a field that is not empty is what the server says instead of the right thing. One that
// ends in "cut" ends the connection after that.
type garbled struct {
	date, size, body string
}

func newGarbler(t testing.TB, mail ...garbled) *garbler {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &garbler{t: t, listener: l, mail: mail}
	g.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			g.mu.Lock()
			g.conns = append(g.conns, conn)
			g.mu.Unlock()
			g.serving.Go(func() { g.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		g.mu.Lock()
		for _, c := range g.conns {
			_ = c.Close()
		}
		g.mu.Unlock()
		g.serving.Wait()
	})
	return g
}

func (g *garbler) account() Account {
	return Account{Protocol: IMAP, Host: "127.0.0.1", Port: g.listener.Addr().(*net.TCPAddr).Port, TLS: TLSNone, User: "u", Password: "p"}
}

func (g *garbler) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r, w := bufio.NewReader(conn), bufio.NewWriter(conn)
	fmt.Fprint(w, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
	for w.Flush() == nil {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		g.mu.Lock()
		g.seen = append(g.seen, command)
		mail := slices.Clone(g.mail)
		g.mu.Unlock()
		switch name, rest, _ := strings.Cut(strings.TrimPrefix(command, "UID "), " "); name {
		case "CAPABILITY":
			fmt.Fprint(w, "* CAPABILITY IMAP4rev1\r\n")
		case "SELECT":
			fmt.Fprintf(w, "* %d EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT %d] fine\r\n", len(mail), len(mail)+1)
		case "SEARCH":
			fmt.Fprint(w, "* SEARCH")
			for uid := range mail {
				fmt.Fprintf(w, " %d", uid+1)
			}
			fmt.Fprint(w, "\r\n")
		case "FETCH":
			set, items, _ := strings.Cut(rest, " ")
			for _, uid := range uidsOf(set, len(mail)) {
				if !mail[uid-1].fetch(w, uid, items) {
					_ = w.Flush()
					return
				}
			}
		}
		fmt.Fprintf(w, "%s OK done\r\n", tag)
	}
}

func uidsOf(set string, last int) (list []int) {
	for part := range strings.SplitSeq(set, ",") {
		from, to, isRange := strings.Cut(part, ":")
		a, _ := strconv.Atoi(from)
		b, err := strconv.Atoi(to)
		if !isRange {
			b = a
		} else if err != nil {
			b = last
		}
		for uid := a; uid <= min(b, last); uid++ {
			list = append(list, uid)
		}
	}
	return list
}

// fetch writes the answer about one message; false ends the connection.
func (m garbled) fetch(w *bufio.Writer, uid int, items string) bool {
	fmt.Fprintf(w, "* %d FETCH (UID %d", uid, uid)
	whole := string(letter(uid))
	for _, item := range []struct{ name, garbled, right string }{
		{"INTERNALDATE", m.date, `INTERNALDATE "01-Feb-2026 10:00:00 +0000"`},
		{"RFC822.SIZE", m.size, fmt.Sprintf("RFC822.SIZE %d", len(whole))},
		{"BODY.PEEK[]", m.body, fmt.Sprintf("BODY[] {%d}\r\n%s", len(whole), whole)},
	} {
		if !strings.Contains(items, item.name) {
			continue
		}
		if item.garbled == "" {
			fmt.Fprintf(w, " %s", item.right)
			continue
		}
		text, cut := strings.CutSuffix(item.garbled, "cut")
		fmt.Fprintf(w, " %s", text)
		if cut {
			return false
		}
	}
	fmt.Fprint(w, ")\r\n")
	return true
}

func TestMessageWithAMalformedAttributeArrivesAndHoldsUpNoOther(t *testing.T) {
	for name, bad := range map[string]garbled{
		"date": {date: `INTERNALDATE "32-Foo-2026 99:00:00"`}, "date that is none": {date: "INTERNALDATE NIL"},
		"size": {size: "RFC822.SIZE many"}, "date and size": {date: `INTERNALDATE ""`, size: "RFC822.SIZE -1"},
	} {
		t.Run(name, func(t *testing.T) {
			server, d := newGarbler(t, garbled{}, bad, garbled{}, bad, garbled{}), newDesk(t)
			ref := d.add(Mailbox{Account: server.account()})
			d.start(nil)
			d.waitCursor(ref, 5)
			var got []string
			for _, m := range d.waitAccepted(5) {
				if m.UID == 2 && strings.Contains(name, "date") && !m.ReceivedAt.IsZero() {
					t.Errorf("received at %v, which nobody said", m.ReceivedAt)
				}
				s := subjects([]inbox.Raw{m})
				if !slices.Contains(got, s[0]) {
					got = append(got, s[0])
				}
			}
			if want := []string{"1", "2", "3", "4", "5"}; !slices.Equal(got, want) {
				t.Errorf("accepted %q, want %q", got, want)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(d.failures) > 0 {
				t.Errorf("people were told of an outage: %q", d.failures)
			}
		})
	}
}

func TestMessageWhoseAnswerEndsEveryConnectionIsSetAside(t *testing.T) {
	for name, c := range map[string]struct {
		garbled
		attempts int // at least
	}{
		"body":              {garbled{body: "BODY[] nonsense"}, garbledStrikes},
		"unknown attribute": {garbled{size: "NONSENSE (1 2)", body: "NONSENSE"}, garbledStrikes},
		"connection":        {garbled{body: "cut"}, lostStrikes},
		"half an answer":    {garbled{body: "BODY[] {400}\r\nFrom: cut"}, lostStrikes},
		"half an attribute": {garbled{size: "RFC822.SIcut", body: "BODcut"}, lostStrikes},
	} {
		t.Run(name, func(t *testing.T) {
			server, d := newGarbler(t, garbled{}, c.garbled, garbled{}), newDesk(t)
			ref := d.add(Mailbox{Account: server.account(), Since: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)})
			d.start(nil)
			d.waitCursor(ref, 3)
			last := map[uint32]inbox.Raw{}
			for _, m := range d.waitAccepted(3) {
				last[m.UID] = m
			}
			if m := last[2]; m.Body != nil || !strings.Contains(m.Reason, "answer about it cannot be used") {
				t.Errorf("message 2: body %q, reason %q", m.Body, m.Reason)
			}
			wantSubjects(t, []inbox.Raw{last[1], last[3]}, "1", "3")
			server.mu.Lock()
			defer server.mu.Unlock()
			if n := len(server.conns); n <= c.attempts {
				t.Errorf("given up after %d connections, want more than %d", n, c.attempts)
			}
		})
	}
}

func TestAnAnswerThatMakesNoSenseIsToldFromALostConnectionHoweverLateItIsNoticed(t *testing.T) {
	for last, want := range map[string]FaultKind{
		"* 1 FETCH (INTERNALDATE NIL)\r\n": FaultProtocol,
		"* 1 FETCH (INTERNALDATE ":         FaultUnreachable, // and the end of the connection
		"":                                 FaultUnreachable,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var serving sync.WaitGroup
		serving.Go(func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(conn)
			fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
			line, _ := r.ReadString('\n')
			tag, _, _ := strings.Cut(line, " ")
			fmt.Fprintf(conn, "%s OK [CAPABILITY IMAP4rev1] in\r\n%s", tag, last)
			if last == "" || !strings.HasSuffix(last, "\n") {
				_ = conn.(*net.TCPConn).CloseWrite()
			}
			_, _ = r.ReadString(0) // until the other side ends
			_ = conn.Close()
		})
		a := (&garbler{listener: l}).account()
		client, raw, err := Dialer{}.openIMAP(t.Context(), a, &imapclient.Options{})
		if err != nil {
			t.Fatalf("%q: %v", last, err)
		}
		<-client.Closed() // Whatever is written now finds a closed connection.
		s := &session{client: client, raw: raw, mailbox: Mailbox{Account: a}}
		err = s.lost(s.command(t.Context(), "noop", func() error { return client.Noop().Wait() }))
		if kindOf(err) != want {
			t.Errorf("%q: %s, want %s: %v", last, kindOf(err), want, err)
		}
		s.close()
		_ = l.Close()
		serving.Wait()
	}
}

func TestServerThatGarblesEverythingHasItsMailLeftInPlace(t *testing.T) {
	var mail []garbled
	for range 2 * maxAside {
		mail = append(mail, garbled{date: "INTERNALDATE x", size: "RFC822.SIZE x", body: "BODY[] x"})
	}
	server, d := newGarbler(t, mail...), newDesk(t)
	ref := d.add(Mailbox{Account: server.account()})
	d.start(nil)
	d.wait("a failure that people learn of", func() bool { return d.failing[ref.Mailbox] != "" })
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.cursor(ref).LastUID; n > maxAside {
		t.Errorf("%d messages were set aside, although none came through", n)
	}
	server.mu.Lock()
	server.mail = make([]garbled, 2*maxAside)
	server.mu.Unlock()
	d.mu.Unlock()
	d.waitCursor(ref, 2*maxAside)
	d.mu.Lock()
}
