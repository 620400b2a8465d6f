package ai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

// maxRead is how many characters of a comment are looked at: its beginning and its end.
const maxRead = 50000

// A view is what a ticket looked like when it was read, and what it lacks.
type view struct {
	ticket  tickets.Ticket
	last    tickets.Comment // the customer's last word
	thread  []turn          // all that was said
	public  []turn          // what the customer saw
	hits    []kb.Hit
	missing []Kind
}

// Assist writes the summary and the draft that a ticket lacks. It may be called at any time and any number of times.
func (a *Assistant) Assist(ctx context.Context, id tenant.ID, ticket tickets.ID) error {
	v, err := tenant.Get(ctx, a.pool, id, func(tx tenant.Tx) (view, error) { return look(ctx, tx, ticket) })
	if errors.Is(err, tickets.ErrNotFound) {
		return nil // erased since
	}
	if err != nil {
		return err
	}
	if len(v.missing) == 0 {
		return nil
	}
	texts := a.writeAll(ctx, v)
	if err := ctx.Err(); err != nil {
		return err // the next run has the time that a stand-in should not be written for lack of
	}
	return tenant.In(ctx, a.pool, id, func(tx tenant.Tx) error { return a.store(ctx, tx, v, texts) })
}

// look reads a ticket and finds out what it lacks.
func look(ctx context.Context, tx tenant.Tx, id tickets.ID) (view, error) {
	t, err := tickets.ByID(ctx, tx, id)
	if err != nil {
		return view{}, err
	}
	comments, err := tickets.Comments(ctx, tx, id)
	if err != nil {
		return view{}, err
	}
	v := view{ticket: t}
	answered := false
	for _, c := range comments {
		said := turn{name: c.Author.Name, customer: c.AuthorKind == tickets.ByCustomer, internal: c.Kind == tickets.Internal, text: middleOut(c.Text, maxRead)}
		if c.AuthorKind == tickets.BySystem || c.Automatic() {
			continue
		}
		v.thread = append(v.thread, said)
		if c.Kind != tickets.Public {
			continue
		}
		v.public = append(v.public, said)
		if answered = !said.customer; said.customer {
			v.last = c
		}
	}
	if v.last.ID == (tickets.CommentID{}) {
		return v, nil
	}
	if v.missing, err = lacking(ctx, tx, v.ticket, v.last.ID, answered); err != nil || !slices.Contains(v.missing, Reply) {
		return v, err
	}
	v.hits, err = kb.Search(ctx, tx, v.question(), kb.SearchOptions{Audience: kb.ForCustomer})
	return v, err
}

// lacking says what is to be written after a customer's last comment.
func lacking(ctx context.Context, tx tenant.Tx, t tickets.Ticket, last tickets.CommentID, answered bool) ([]Kind, error) {
	rows, _ := tx.Query(ctx, `SELECT DISTINCT kind FROM suggestions WHERE tenant_id = $1 AND ticket_id = $2 AND based_on_comment = $3`,
		tx.Tenant(), t.ID, last) // CollectRows reports the error.
	there, err := pgx.CollectRows(rows, pgx.RowTo[Kind])
	if err != nil {
		return nil, fmt.Errorf("look up suggestions: %w", err)
	}
	var missing []Kind
	if !slices.Contains(there, Summary) {
		missing = append(missing, Summary)
	}
	waiting := !answered && t.Status != tickets.Closed && t.Status != tickets.Resolved
	if waiting && !slices.Contains(there, Reply) {
		missing = append(missing, Reply)
	}
	return missing, nil
}

// question is what the articles are searched for: the customer's last words, and the first ones where those are few.
func (v view) question() string {
	own := func(t turn) string { return strings.Join(t.sentences(), " ") }
	last := own(turn{text: middleOut(v.last.Text, maxRead)})
	if len(strings.Fields(last)) < 4 {
		last = v.last.Text
	}
	if len(strings.Fields(last)) < 12 && len(v.public) > 1 {
		last += "\n" + own(v.public[0])
	}
	return v.ticket.Title + "\n" + last
}

// A written text is one that is ready to be stored.
type written struct {
	kind       Kind
	text       string
	model      string
	notice     string
	cited      []kb.Hit
	confidence *float64
	took       time.Duration
}

// writeAll writes what is missing, side by side, since a model may take its time.
func (a *Assistant) writeAll(ctx context.Context, v view) []written {
	texts := make([]written, len(v.missing))
	var wg sync.WaitGroup
	for i, kind := range v.missing {
		wg.Go(func() {
			begin := a.clock()
			switch kind {
			case Summary:
				texts[i] = a.summary(ctx, v)
			case Reply:
				texts[i] = a.reply(ctx, v)
			}
			texts[i].kind, texts[i].took = kind, a.clock().Sub(begin)
		})
	}
	wg.Wait()
	return texts
}

func (a *Assistant) summary(ctx context.Context, v view) written {
	system, user := summaryPrompt(v.ticket.Title, v.thread)
	text, notice, ok := a.ask(ctx, system, user, nil)
	if ok {
		return written{text: cutWords(text, 3*summaryWords/2), model: a.provider.label()}
	}
	text = summarise(v.ticket.Title, v.thread, summaryWords)
	if text == "" {
		text = cutWords(strings.Join(strings.Fields(visible(v.last.Text)), " "), summaryWords)
	}
	return written{text: text, model: Builtin, notice: notice}
}

func (a *Assistant) reply(ctx context.Context, v view) written {
	system, user := replyPrompt(v.ticket.Title, v.public, v.hits)
	text, notice, ok := a.ask(ctx, system, user, v.hits)
	d := modelDraft(text, v.hits)
	by := a.provider.label()
	if !ok {
		d, by = builtinReply(v.last.Author.Name, v.ticket.Title, v.hits), Builtin
	}
	return written{text: d.text, model: by, notice: notice, cited: d.cited, confidence: &d.confidence}
}

// ask lets the model write. ok is false where there is none or it failed; then notice says why.
func (a *Assistant) ask(ctx context.Context, system, user string, sources []kb.Hit) (text, why string, ok bool) {
	if a.model == nil {
		return "", "", false
	}
	text, _, err := a.model.generate(ctx, system, user)
	if err == nil {
		if text = clean(text, sources); text == "" {
			err = &callError{why: errEmpty.Error(), err: errEmpty}
		}
	}
	if err != nil {
		why = notice(a.provider, err)
		a.log.WarnContext(ctx, "AI provider failed, the built-in writer stands in", "provider", a.provider.Name, "reason", why)
		return "", why, false
	}
	return text, "", true
}

// store writes texts, unless the customer wrote meanwhile (then the job of that comment does better) or another
// run was faster.
func (a *Assistant) store(ctx context.Context, tx tenant.Tx, v view, texts []written) error {
	if err := lockTicket(ctx, tx, v.ticket.ID); err != nil {
		return err
	}
	t, err := tickets.ByID(ctx, tx, v.ticket.ID)
	if err != nil {
		return err
	}
	last, answer, err := lastWords(ctx, tx, t.ID)
	if err != nil || last.ID != v.last.ID {
		return err
	}
	missing, err := lacking(ctx, tx, t, last.ID, answer != nil)
	if err != nil {
		return err
	}
	by := tickets.Actor{Kind: tickets.ByAI, Via: tickets.ByItself}
	for _, w := range texts {
		if !slices.Contains(missing, w.kind) {
			continue
		}
		if err := a.insert(ctx, tx, t.ID, last.ID, w, by); err != nil {
			return err
		}
	}
	return nil
}

func (a *Assistant) insert(ctx context.Context, tx tenant.Tx, ticket tickets.ID, basedOn tickets.CommentID, w written, by tickets.Actor) error {
	cited, err := json.Marshal(citations(w.cited))
	if err != nil {
		return fmt.Errorf("write citations: %w", err)
	}
	if w.kind == Reply {
		if err := a.outdate(ctx, tx, ticket, by); err != nil {
			return err
		}
	}
	id := SuggestionID{tenant.NewID()}
	var b pgx.Batch
	if w.kind == Summary {
		b.Queue(`UPDATE suggestions SET state = 'stale' WHERE tenant_id = $1 AND ticket_id = $2 AND kind = 'summary' AND state = 'proposed'`, tx.Tenant(), ticket)
	}
	b.Queue(`INSERT INTO suggestions (tenant_id, id, ticket_id, kind, state, text, model, notice, citations, confidence, based_on_comment, milliseconds, created_at)
		VALUES ($1, $2, $3, $4, 'proposed', $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Tenant(), id, ticket, w.kind, w.text, w.model, w.notice, cited, w.confidence, basedOn, w.took.Milliseconds(), a.clock())
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("store %s: %w", w.kind, err)
	}
	if w.kind == Summary {
		return a.desk.Record(ctx, tx, tickets.Event{TicketID: ticket, Actor: by, Kind: tickets.SummaryWritten, Subject: &id.UUID})
	}
	return a.record(ctx, tx, ticket, id, by, "", Proposed)
}

// lockTicket keeps others from adding comments to a ticket until tx ends: the lock is the one that a comment takes.
func lockTicket(ctx context.Context, tx tenant.Tx, id tickets.ID) error {
	if _, err := tx.Exec(ctx, `SELECT FROM support_tickets WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`, tx.Tenant(), id); err != nil {
		return fmt.Errorf("lock ticket %s: %w", id, err)
	}
	return nil
}

// lastWords returns the customer's last comment and the answer that came after it, if one did.
func lastWords(ctx context.Context, tx tenant.Tx, id tickets.ID) (last tickets.Comment, answer *tickets.Comment, err error) {
	if last, err = tickets.LastPublic(ctx, tx, id, tickets.ByCustomer); err != nil {
		return last, nil, err
	}
	for _, kind := range []tickets.ActorKind{tickets.ByMember, tickets.ByAI} {
		c, err := tickets.LastPublic(ctx, tx, id, kind)
		switch {
		case errors.Is(err, tickets.ErrNotFound):
		case err != nil:
			return last, nil, err
		case after(c, last):
			answer = &c
		}
	}
	return last, answer, nil
}

// after tells whether a stands below b in the thread.
func after(a, b tickets.Comment) bool {
	if a.CreatedAt.Equal(b.CreatedAt) {
		return bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]) > 0
	}
	return a.CreatedAt.After(b.CreatedAt)
}
