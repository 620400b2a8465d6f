package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

const (
	// maxReplyBytes bounds what is read of one file: no mail carries as much.
	maxReplyBytes = 32 << 20
	// downloadTime bounds the download of one file.
	downloadTime = time.Minute
)

// Files keeps files that go along with answers; *inbox.Outbox does. See there for the errors.
type Files interface {
	Enclose(ctx context.Context, owner tenant.ID, files []inbox.File) (inbox.Enclosed, error)
	Save(ctx context.Context, tx tenant.Tx, e inbox.Enclosed) ([]tickets.Attachment, error)
}

// A Fetch job fetches the files of an answer from Slack, and makes the answer. It may run any number of times.
type Fetch struct {
	Tenant tenant.ID `json:"tenant"`
	Reply  uuid.UUID `json:"reply"`
}

// Kind names the job in the queue.
func (Fetch) Kind() string { return "slack_fetch" }

// heldReply is an answer whose files are on their way.
type heldReply struct {
	comment tickets.NewComment
	place   place
	files   []string
	team    string // whose the files are
	ts      string // of the member's own message that it is; empty: it came by a dialog
}

func placeOfState(s formState, user string) place { return place{s.Place[0], s.Place[1], user} }

// holdReply keeps an answer until its files are here: Slack waits three seconds for a dialog, and large files take
// longer.
func (a *App) holdReply(ctx context.Context, tx tenant.Tx, d desk, n tickets.NewComment, p place, ts string, files []slackapi.File) error {
	id := tenant.NewID()
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	_, err := tx.Exec(ctx, `INSERT INTO slack_replies (tenant_id, id, team_id, ticket_id, kind, author_id, slack_user, channel_id, thread_ts, text, files, created_at, suggestion_id, message_ts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		tx.Tenant(), id, d.TeamID, n.Ticket, n.Kind, n.Author.User, p.user, p.channel, p.thread, n.Text, ids, a.clock(), n.Suggestion, ts)
	if err != nil {
		return fmt.Errorf("keep an answer with files: %w", err)
	}
	return a.queue.Insert(ctx, tx, jobs.Insert{Args: Fetch{tx.Tenant(), id}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueThread, MaxAttempts: maxAttempts}})
}

const selectReply = `SELECT ticket_id, kind, author_id, slack_user, channel_id, thread_ts, text, files, team_id, suggestion_id, message_ts FROM slack_replies WHERE tenant_id = $1 AND id = $2`

func (a *App) heldReply(ctx context.Context, id tenant.ID, reply uuid.UUID) (r heldReply, found bool, err error) {
	err = tenant.In(ctx, a.pool, id, func(tx tenant.Tx) error {
		n := &r.comment
		n.Author = tickets.Actor{Kind: tickets.ByMember, Via: tickets.BySlack}
		err := tx.QueryRow(ctx, selectReply, tx.Tenant(), reply).Scan(&n.Ticket.UUID, &n.Kind, &n.Author.User.UUID, &r.place.user, &r.place.channel, &r.place.thread, &n.Text, &r.files, &r.team, &n.Suggestion, &r.ts)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	if err != nil {
		err = fmt.Errorf("read an answer with files: %w", err)
	}
	return r, found, err
}

// fetch makes the answer once its files are here. Where they cannot be had, or the answer cannot be made, its words stay
// on the ticket as a note, and its author is told.
func (a *App) fetch(ctx context.Context, f Fetch, last bool) error {
	r, found, err := a.heldReply(ctx, f.Tenant, f.Reply)
	if err != nil || !found {
		return err
	}
	d, err := a.desk(ctx, f.Tenant, r.team)
	if errors.Is(err, workspace.ErrNotConnected) {
		r.place = place{} // nobody can be told
		return a.giveUp(ctx, desk{tenant: f.Tenant}, f, r, "Nothing was sent: Slack was disconnected before the files were fetched.")
	}
	if err != nil {
		return err
	}
	enclosed, err := a.download(ctx, d, r.files)
	if err == nil {
		err = a.in(ctx, d, func(tx tenant.Tx) error {
			if taken, err := takeReply(ctx, tx, f.Reply); err != nil || !taken {
				return err
			}
			attached, err := a.files.Save(ctx, tx, enclosed)
			if err != nil {
				return err
			}
			if n := r.comment; n.Suggestion != nil {
				_, err = a.suggestions.ApproveEdited(ctx, tx, ai.SuggestionID{UUID: *n.Suggestion}, n.Text, n.Author, attached...)
				return err
			}
			r.comment.Attached = attached
			return a.commentOf(ctx, tx, d, &r)
		})
	}
	if err == nil && r.ts != "" {
		return a.keptWithFiles(ctx, d, r)
	}
	var later *laterError
	why, final := say(err)
	if err == nil || errors.As(err, &later) || !final && !last {
		return err
	}
	if !final {
		a.log.Error("the files of an answer were given up", "tenant", d.tenant, "team", d.TeamID, "error", err)
		why = "Nothing was sent: the files could not be fetched from Slack."
	}
	return a.giveUp(ctx, d, f, r, why)
}

// giveUp keeps the words of an answer as a note, and tells its author.
func (a *App) giveUp(ctx context.Context, d desk, f Fetch, r heldReply, why string) error {
	taken := false
	err := a.in(ctx, d, func(tx tenant.Tx) (err error) {
		if taken, err = takeReply(ctx, tx, f.Reply); err != nil || !taken {
			return err
		}
		r.comment.Kind, r.comment.Suggestion, r.comment.Text = tickets.Internal, nil, "This was not sent. "+draw.Unescape(why)+"\n\n"+r.comment.Text
		return a.commentOf(ctx, tx, d, &r)
	})
	if err == nil && taken {
		a.whisper(ctx, d, r.place, why+" Your words are kept as an internal note.")
	}
	return err
}

// commentOf makes the comment of an answer that waited, and notes where the member's own message shows it.
func (a *App) commentOf(ctx context.Context, tx tenant.Tx, d desk, r *heldReply) error {
	c, err := a.tickets.Comment(ctx, tx, r.comment)
	if err != nil || r.ts == "" || d.TeamID == "" {
		return err
	}
	r.comment.ID, r.comment.Ticket = c.ID, c.TicketID
	return a.adopt(ctx, tx, d, r.comment, r.place.channel, r.ts)
}

// keptWithFiles is kept for a message whose files were fetched first.
func (a *App) keptWithFiles(ctx context.Context, d desk, r heldReply) error {
	if r.comment.ID == (tickets.CommentID{}) {
		return nil // somebody else took it
	}
	who, err := a.who(ctx, d, r.place.user)
	var no *refusal
	if errors.As(err, &no) {
		return nil // a member no more
	}
	if err != nil {
		return err
	}
	org, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (tenant.Tenant, error) { return tenant.Current(ctx, tx) })
	if err != nil {
		return err
	}
	a.kept(ctx, d, who, r.comment, org.Settings.ThreadDefault, typedMessage{channel: r.place.channel, thread: r.place.thread, ts: r.ts, user: r.place.user})
	return nil
}

// changeHeld follows a change of a message whose files are still on their way.
func changeHeld(ctx context.Context, tx tenant.Tx, m typedMessage, text string) error {
	do := `UPDATE slack_replies SET text = $4 WHERE tenant_id = $1 AND channel_id = $2 AND message_ts = $3`
	args := []any{tx.Tenant(), m.channel, m.ts, text}
	if m.change == slackapi.MsgSubTypeMessageDeleted {
		do, args = `DELETE FROM slack_replies WHERE tenant_id = $1 AND channel_id = $2 AND message_ts = $3`, args[:3]
	}
	if _, err := tx.Exec(ctx, do, args...); err != nil {
		return fmt.Errorf("change an answer with files: %w", err)
	}
	return nil
}

// takeReply ends the waiting of an answer; false where it has ended already.
func takeReply(ctx context.Context, tx tenant.Tx, reply uuid.UUID) (bool, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM slack_replies WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), reply)
	if err != nil {
		return false, fmt.Errorf("take an answer with files: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// download fetches files from Slack and keeps them. Their addresses are asked for by id, so that the token goes nowhere
// but to where Slack's API says.
func (a *App) download(ctx context.Context, d desk, ids []string) (inbox.Enclosed, error) {
	var files []inbox.File
	for _, id := range ids {
		info, _, _, err := d.api.GetFileInfoContext(ctx, id, 0, 0)
		if err != nil {
			return inbox.Enclosed{}, fileFault(err, id)
		}
		if info.Size > maxReplyBytes {
			return inbox.Enclosed{}, fmt.Errorf("%s: %w", draw.OneLine(info.Name, draw.MaxName), inbox.ErrTooLarge)
		}
		b, err := a.downloadOne(ctx, d, info.URLPrivateDownload)
		if err != nil {
			return inbox.Enclosed{}, fileFault(err, draw.OneLine(info.Name, draw.MaxName))
		}
		files = append(files, inbox.File{Name: info.Name, ContentType: info.Mimetype, Bytes: b})
	}
	return a.files.Enclose(ctx, d.tenant, files)
}

func (a *App) downloadOne(ctx context.Context, d desk, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, downloadTime)
	defer cancel()
	var b bytes.Buffer
	patient := &http.Client{Transport: a.http.Transport} // a call's limit is too short for large files
	if err := webapi.New(patient, a.apiURL, d.BotToken.Reveal()).GetFileContext(ctx, url, &bounded{&b, maxReplyBytes}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// bounded fails once more than so many bytes are written.
type bounded struct {
	w    io.Writer
	left int
}

func (l *bounded) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, inbox.ErrTooLarge
	}
	return l.w.Write(p)
}

// fileFault makes a refusal of what trying again does not mend.
func fileFault(err error, name string) error {
	switch what, after := webapi.Judge(err); {
	case errors.Is(err, inbox.ErrTooLarge):
		return err
	case what == webapi.Limited:
		return &laterError{after, "Slack's rate limit"}
	case webapi.ErrorName(err) == "missing_scope":
		return &refusal{"Nothing was sent: the app may not read files. An administrator can add the scope `files:read` and reinstall it."}
	case webapi.ErrorName(err) == "file_not_found", webapi.ErrorName(err) == "file_deleted":
		return &refusal{fmt.Sprintf("Nothing was sent: the file %s is no longer in Slack.", draw.Escape(name))}
	}
	return fmt.Errorf("fetch the file %s: %w", name, err)
}
