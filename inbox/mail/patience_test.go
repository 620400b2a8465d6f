package mail

import (
	"strings"
	"testing"
)

func TestReadingEndsBetweenTwoPartsOnceItsTimeIsUp(t *testing.T) {
	raw := []byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nwords\n", 100))
	done := make(chan struct{})
	tr := tree{Patience: Patience{Done: done}}
	tr.read(raw, "", "text/plain", 0)
	close(done)
	defer func() {
		if p := recover(); p != any(ErrLate) {
			t.Errorf("the next part was read: %v", p)
		}
	}()
	tr.read(raw, "", "text/plain", 0)
}
