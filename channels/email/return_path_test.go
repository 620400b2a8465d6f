package email

import (
	"slices"
	"strings"
	"testing"
)

func TestAMessageLeavesWithItsReturnPathWhereTheServerTakesIt(t *testing.T) {
	const signed = "support+7-abcdefghijklmnop@desk.example"
	for name, c := range map[string]struct {
		refuse map[string]string
		want   []string // MAIL commands of two messages
		sent   bool
	}{
		"taken":              {nil, []string{signed, signed}, true},
		"refused at MAIL":    {map[string]string{"MAIL FROM:<support+": "553 5.7.1 not you"}, []string{signed, supportAddress, supportAddress}, true},
		"refused for size":   {map[string]string{"MAIL": "552 5.3.4 too large"}, []string{signed, signed}, false},
		"refused in any way": {map[string]string{"MAIL": "550 5.7.1 blocked"}, []string{signed, supportAddress, signed, supportAddress}, false},
		"put off":            {map[string]string{"MAIL": "451 4.7.1 sender greylisted"}, []string{signed, signed}, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := newScript(t, c.refuse)
			s, _ := newTestSender(t, server.account(), Dialer{})
			for _, id := range []string{"one@desk.example", "two@desk.example"} {
				e := outgoing(id, customer)
				e.ReturnPath = signed
				receipt, err := s.Send(t.Context(), e)
				if sent := err == nil && slices.Equal(receipt.Accepted, e.Recipients); sent != c.sent {
					t.Errorf("receipt %+v, error %v", receipt, err)
				}
			}
			if got := server.senders(); !slices.Equal(got, c.want) {
				t.Errorf("MAIL FROM %q, want %q", got, c.want)
			}
		})
	}
}

func TestAReturnPathRefusedWithEachRecipientIsNotUsed(t *testing.T) {
	server := newScript(t, map[string]string{"RCPT": "553 5.7.1 <support+7@desk.example>: Sender address rejected: not owned by user support"})
	s, _ := newTestSender(t, server.account(), Dialer{})
	e := outgoing("one@desk.example", customer)
	e.ReturnPath = "support+7-abcdefghijklmnop@desk.example"
	if receipt, err := s.Send(t.Context(), e); err != nil || len(receipt.Refused) != 1 {
		t.Fatalf("receipt %+v, error %v", receipt, err)
	}
	if got, want := server.senders(), []string{e.ReturnPath, e.From}; !slices.Equal(got, want) {
		t.Errorf("MAIL FROM %q, want %q", got, want)
	}
}

// senders are the reverse-paths that the server was told, in order.
func (s *script) senders() (list []string) {
	for _, line := range s.commands("MAIL FROM:<") {
		path, _, _ := strings.Cut(strings.TrimPrefix(line, "MAIL FROM:<"), ">")
		list = append(list, path)
	}
	return list
}
