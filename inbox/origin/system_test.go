package origin

import (
	"errors"
	"net"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/nameserver"
)

func TestTheNamedServerIsAsked(t *testing.T) {
	dns := nameserver.Start(t)
	dns.Publish("_dmarc.shop.example", "v=DMARC1; p=reject")
	s := System{Server: dns.Addr()}
	txt, err := s.LookupTXT(t.Context(), "_dmarc.shop.example")
	if err != nil || len(txt) != 1 || txt[0] != "v=DMARC1; p=reject" {
		t.Errorf("%q, %v", txt, err)
	}
	var de *net.DNSError
	if txt, err := s.LookupTXT(t.Context(), "_dmarc.nobody.example"); !errors.As(err, &de) || !de.IsNotFound {
		t.Errorf("%q, %v", txt, err)
	}
}
