package mail

import (
	"encoding/base64"
	"strings"
)

// A Thread-Index (MS-OXOMSG section 2.2.1.3) is 22 bytes that name a conversation (a reserved one, five of
// the time, a GUID of sixteen) and five more for each answer. Outlook and Exchange keep it where relays
// rewrite message ids.
const (
	IndexHeader = 22 // bytes of the conversation
	IndexStep   = 5  // bytes of each answer
	// MaxIndex bounds what is kept: a hundred answers.
	MaxIndex = IndexHeader + 100*IndexStep
)

// ThreadIndex reads the header field; empty where it holds none.
func ThreadIndex(value string) []byte {
	value = strings.Join(strings.Fields(value), "")
	if len(value) > 4096 {
		return nil
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "=")) // relays lose and add padding
	if err != nil || len(b) < IndexHeader {
		return nil
	}
	b = b[:IndexHeader+(len(b)-IndexHeader)/IndexStep*IndexStep]
	return b[:min(len(b), MaxIndex)]
}
