package inbox

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// A Scanner looks for viruses in files; a *clamd.Scanner does.
type Scanner interface {
	// Scan returns the name of what it found, or empty; with an error nothing is known of the file.
	Scan(ctx context.Context, file []byte) (found string, err error)
}

const (
	// scanTime is how long the files of one mail may take to be scanned, and maxScanned how many are.
	scanTime   = time.Minute
	maxScanned = 60
)

// ErrInfected means that a file is not given out, since a virus was found in it.
var ErrInfected = errors.New("a virus was found in it")

// scan has the files of a mail scanned, where there is a scanner. What cannot be scanned is marked so: the mail
// is stored all the same.
func (in *Inbox) scan(ctx context.Context, raw []byte, m *Message) {
	if in.cfg.Scanner == nil || len(m.Attachments) == 0 {
		return
	}
	limited, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if i >= maxScanned {
			markFile(a, "", "not scanned for viruses: the mail has more than "+strconv.Itoa(maxScanned)+" files")
			continue
		}
		data, ok := m.Root.File(a.Part)
		if !ok {
			markFile(a, "", "not scanned for viruses: its bytes cannot be read")
			continue
		}
		found, err := in.cfg.Scanner.Scan(limited, data)
		switch {
		case err != nil:
			markFile(a, "", "not scanned for viruses: "+err.Error())
		case found != "":
			markFile(a, found, "infected, a virus was found: "+found)
		}
	}
}

// markFile notes what a scan came to beside what is known against the file already.
func markFile(a *mail.Attachment, virus, words string) {
	a.Virus = mail.Clean(virus)
	a.Danger = strings.TrimPrefix(a.Danger+"; "+mail.Clean(words), "; ")
}
