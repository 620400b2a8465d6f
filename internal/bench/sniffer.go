package main

import (
	"bytes"
	"strconv"
	"time"
)

// longestLine is how much of a line is looked at; mail bodies have longer ones.
const longestLine = 100

// A sniffer looks at the lines of one plain IMAP connection. The callbacks may be nil.
type sniffer struct {
	exists func(n int)         // the server says that there are n messages (RFC 9051 section 7.4.1)
	idle   func()              // the client begins to wait
	look   func(time.Duration) // from the client's end of waiting to its next beginning, when it only looked
	fetch  func()              // the client asks for messages

	fromServer, fromClient line
	ended                  time.Time // when the client ended its waiting; zero: it fetched since
}

// A line collects what is not ended yet.
type line struct {
	text []byte
	long bool
}

// feed calls done with each line that data completes, without its end.
func (l *line) feed(data []byte, done func([]byte)) {
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		part := data
		if end >= 0 {
			part = data[:end]
		}
		if l.long = l.long || len(l.text)+len(part) > longestLine; !l.long {
			l.text = append(l.text, part...)
		}
		if end < 0 {
			return
		}
		if !l.long {
			done(bytes.TrimSuffix(l.text, []byte("\r")))
		}
		l.text, l.long = l.text[:0], false
		data = data[end+1:]
	}
}

// server takes what the server sent.
func (s *sniffer) server(data []byte) {
	if s.exists == nil {
		return
	}
	s.fromServer.feed(data, func(text []byte) {
		count, isCount := bytes.CutSuffix(text, []byte(" EXISTS"))
		count, untagged := bytes.CutPrefix(count, []byte("* "))
		if n, err := strconv.Atoi(string(count)); isCount && untagged && err == nil {
			s.exists(n)
		}
	})
}

// client takes what the client sent.
func (s *sniffer) client(data []byte) {
	if s.idle == nil && s.look == nil && s.fetch == nil {
		return
	}
	s.fromClient.feed(data, func(text []byte) {
		switch {
		case bytes.Equal(text, []byte("DONE")):
			s.ended = time.Now()
		case bytes.Contains(text, []byte(" FETCH ")):
			s.ended = time.Time{}
			if s.fetch != nil {
				s.fetch()
			}
		case bytes.HasSuffix(text, []byte(" IDLE")):
			if s.look != nil && !s.ended.IsZero() {
				s.look(time.Since(s.ended))
			}
			if s.idle != nil {
				s.idle()
			}
		}
	})
}
