package inbox

import (
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// conversationKey is what the mails of one conversation in Outlook's sense share, in the form of a message
// id that no mail can have.
func conversationKey(index []byte) string {
	return "thread-index " + hex.EncodeToString(index[mail.IndexHeader-16:mail.IndexHeader])
}

// newIndex begins a conversation whose GUID is signed as our message ids are, so that an answer to it tells
// its ticket.
func (s signer) newIndex(id tenant.ID, n tickets.Number, at time.Time) []byte {
	b := append(make([]byte, 0, mail.IndexHeader), 1)
	b = append(b, binary.BigEndian.AppendUint64(nil, fileTime(at))[1:6]...)
	b = append(b, binary.BigEndian.AppendUint64(nil, uint64(n))[2:]...)
	return append(b, s.conversation(id, n)...)
}

func (s signer) conversation(id tenant.ID, n tickets.Number) []byte {
	sum := s.box.Sign("conversation", id[:], binary.BigEndian.AppendUint64(nil, uint64(n)))
	return sum[:macBytes]
}

// ticketOfIndex returns the ticket that a conversation of our own making is of.
func (s signer) ticketOfIndex(id tenant.ID, index []byte) (tickets.Number, bool) {
	if len(index) < mail.IndexHeader {
		return 0, false
	}
	guid := index[mail.IndexHeader-16 : mail.IndexHeader]
	n := tickets.Number(binary.BigEndian.Uint64(append([]byte{0, 0}, guid[:6]...)))
	if n <= 0 || !hmac.Equal(guid[6:], s.conversation(id, n)) {
		return 0, false
	}
	return n, true
}

// extendIndex adds one answer to a conversation: the time since its start, and a byte that tells apart
// answers of the same moment.
func extendIndex(index []byte, at time.Time, distinct byte) []byte {
	if len(index)+mail.IndexStep > mail.MaxIndex {
		return index
	}
	began := binary.BigEndian.Uint64(append(append([]byte{0}, index[1:6]...), 0, 0))
	// The step's first bit says how many low bits of the difference are left out.
	passed := fileTime(at) - min(began, fileTime(at))
	step := uint32(passed>>18) &^ (1 << 31)
	if passed>>49 != 0 {
		step = uint32(passed>>23) | 1<<31
	}
	out := binary.BigEndian.AppendUint32(append(make([]byte, 0, len(index)+mail.IndexStep), index...), step)
	return append(out, distinct)
}

// fileTime counts 100 ns since 1601, as Windows does.
func fileTime(t time.Time) uint64 {
	const epoch = 11644473600 // seconds from 1601 to 1970
	return uint64(t.Unix()+epoch)*1e7 + uint64(t.Nanosecond()/100)
}
