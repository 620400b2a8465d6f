package origin

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameserver answers questions for TXT records over UDP until the test ends.
func nameserver(t *testing.T, records map[string]string) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(b[:n]); err != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals, m.RCode = true, nil, dnsmessage.RCodeNameError
			if txt, ok := records[q.Name.String()]; ok && q.Type == dnsmessage.TypeTXT {
				m.RCode = dnsmessage.RCodeSuccess
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
					Body:   &dnsmessage.TXTResource{TXT: []string{txt[:len(txt)/2], txt[len(txt)/2:]}},
				}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func TestTheNamedServerIsAsked(t *testing.T) {
	s := System{Server: nameserver(t, map[string]string{"_dmarc.shop.example.": "v=DMARC1; p=reject"})}
	txt, err := s.LookupTXT(t.Context(), "_dmarc.shop.example")
	if err != nil || len(txt) != 1 || txt[0] != "v=DMARC1; p=reject" {
		t.Errorf("%q, %v", txt, err)
	}
	var de *net.DNSError
	if txt, err := s.LookupTXT(t.Context(), "_dmarc.nobody.example"); !errors.As(err, &de) || !de.IsNotFound {
		t.Errorf("%q, %v", txt, err)
	}
}
