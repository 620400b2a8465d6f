package mailserver

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// Search implements imapserver.Session. A message is parsed only when the criteria look
// into it, so a search by UID, flag or date costs nothing in a big folder.
func (c *imapSession) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	var data imap.SearchData
	var seqs imap.SeqSet
	var uids imap.UIDSet
	all := imap.SeqSet{{Start: 1, Stop: 0}}
	c.view.each(all, func(m seenMessage) {
		if !c.view.matches(m, criteria) {
			return
		}
		seqs.AddNum(m.seqNum)
		uids.AddNum(m.uid)
		num := m.seqNum
		if kind == imapserver.NumKindUID {
			num = uint32(m.uid)
		}
		if data.Count == 0 {
			data.Min = num
		}
		data.Max = num
		data.Count++
	})
	data.All = seqs
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	if options.ReturnSave {
		c.view.saved = uids
	}
	return &data, nil
}

func (v *view) matches(m seenMessage, criteria *imap.SearchCriteria) bool {
	return v.inSets(m, criteria) &&
		onDay(m.at, criteria.Since, criteria.Before) &&
		!slices.ContainsFunc(criteria.Flag, func(f imap.Flag) bool { return !m.has(f) }) &&
		!slices.ContainsFunc(criteria.NotFlag, m.has) &&
		(criteria.Larger == 0 || int64(len(m.raw)) > criteria.Larger) &&
		(criteria.Smaller == 0 || int64(len(m.raw)) < criteria.Smaller) &&
		m.matchesContent(criteria) &&
		!slices.ContainsFunc(criteria.Not, func(not imap.SearchCriteria) bool { return v.matches(m, &not) }) &&
		!slices.ContainsFunc(criteria.Or, func(or [2]imap.SearchCriteria) bool {
			return !v.matches(m, &or[0]) && !v.matches(m, &or[1])
		})
}

func (v *view) inSets(m seenMessage, criteria *imap.SearchCriteria) bool {
	for _, set := range criteria.SeqNum {
		switch set := v.static(set).(type) {
		case imap.SeqSet:
			if !set.Contains(m.seqNum) {
				return false
			}
		case imap.UIDSet: // "$"
			if !set.Contains(m.uid) {
				return false
			}
		}
	}
	for _, set := range criteria.UID {
		if uids, ok := v.static(set).(imap.UIDSet); !ok || !uids.Contains(m.uid) {
			return false
		}
	}
	return true
}

// onDay compares dates without regard to time zone (RFC 3501, section 6.4.4).
func onDay(t, since, before time.Time) bool {
	t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !t.Before(since)) && (before.IsZero() || t.Before(before))
}

func (m *message) matchesContent(criteria *imap.SearchCriteria) bool {
	if len(criteria.Header) > 0 || !criteria.SentSince.IsZero() || !criteria.SentBefore.IsZero() {
		header := readHeader(m.raw)
		for _, want := range criteria.Header {
			found := false
			for fields := header.FieldsByKey(want.Key); fields.Next(); {
				text, err := fields.Text()
				if err != nil {
					text = fields.Value()
				}
				found = found || containsFold(text, want.Value)
			}
			if !found {
				return false
			}
		}
		dated := !criteria.SentSince.IsZero() || !criteria.SentBefore.IsZero()
		if date, err := header.Date(); dated && (err != nil || !onDay(date, criteria.SentSince, criteria.SentBefore)) {
			return false
		}
	}
	for _, text := range criteria.Text {
		if !containsFold(string(m.raw), text) && !containsFold(m.letter().plain(), text) {
			return false
		}
	}
	for _, text := range criteria.Body {
		if !bytes.Contains(bytes.ToLower(m.raw[headerEnd(m.raw):]), bytes.ToLower([]byte(text))) &&
			!containsFold(m.letter().plain(), text) {
			return false
		}
	}
	return true
}

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
