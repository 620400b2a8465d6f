package inbox

import (
	"encoding/base64"
	"strings"
)

// A Thread-Index (MS-OXOMSG section 2.2.1.3) is 22 bytes that name a conversation (a reserved one, five of
// the time, a GUID of sixteen) and five more for each answer. Outlook and Exchange keep it where relays
// rewrite message ids.
const (
	indexHeader = 22
	indexStep   = 5
	// maxIndex bounds what is kept: a hundred answers.
	maxIndex = indexHeader + 100*indexStep
)

// threadIndex reads the header field; empty where it holds none.
func threadIndex(value string) []byte {
	value = strings.Join(strings.Fields(value), "")
	if len(value) > 4096 {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(b) < indexHeader {
		return nil
	}
	b = b[:indexHeader+(len(b)-indexHeader)/indexStep*indexStep]
	return b[:min(len(b), maxIndex)]
}
