package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

const (
	// commandTimeout bounds a command with a short answer.
	commandTimeout = time.Minute
	// transferTimeout bounds the download of one range.
	transferTimeout = 10 * time.Minute
)

// A session is one logged-in IMAP connection with a folder selected. It belongs to one goroutine.
type session struct {
	cfg     *settings
	ref     Ref
	mailbox Mailbox // without its password

	client *imapclient.Client
	raw    net.Conn
	news   chan struct{} // holds one token once the server spoke of new messages

	// What the server can do; its own set of capabilities would be larger.
	canIdle, canMove, canExpunge bool

	*folder           // the one that is selected
	folders []*folder // all that are read
	home    *folder   // the one to wait in: the first that is there
	pending *storing

	waited time.Duration // in IDLE or without, since home was selected
	missed int           // how often mail had come that IDLE had not told of
}

// openSession connects, logs in, selects the first folder that is there and finds where to go on. Errors are
// *Fault, or the context's.
func openSession(ctx context.Context, cfg *settings, ref Ref, m Mailbox, d doubtful) (*session, error) {
	if m.MaxSize <= 0 {
		m.MaxSize = DefaultMaxSize
	}
	s := &session{cfg: cfg, ref: ref, news: make(chan struct{}, 1)}
	for _, name := range m.folders() {
		f := &folder{name: name, path: name, doubts: d.of(name)}
		var err error
		if f.cursor, err = cfg.Cursors.LoadCursor(ctx, ref.Route, name); err != nil {
			return nil, storageFault(fmt.Errorf("load the cursor: %w", err))
		}
		s.folders = append(s.folders, f)
	}
	var err error
	s.client, s.raw, err = cfg.Dialer.openIMAP(ctx, m.Account, &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: s.announce},
	})
	if err != nil {
		return nil, err
	}
	m.Account.Password = ""
	s.mailbox = m
	if err := s.prepare(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// announce runs in the library's reader and must not block it.
func (s *session) announce(data *imapclient.UnilateralDataMailbox) {
	if data.NumMessages == nil {
		return
	}
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *session) close() {
	_ = s.raw.Close()
	_ = s.client.Close()
}

// command runs one step of the conversation and explains its failure.
func (s *session) command(ctx context.Context, step string, do func() error) error {
	err := guard{raw: s.raw, limit: commandTimeout}.run(ctx, step, do)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%s: %w", step, readerError(s.client, err))
}

// prepare asks for the capabilities after login (those from before may still be cached in the library)
// together with the first SELECT.
func (s *session) prepare(ctx context.Context) error {
	var caps imap.CapSet
	asked := s.client.Capability()
	lost := s.selectHome(ctx)
	if lost != nil && kindOf(lost) != FaultFolder {
		return lost
	}
	err := s.command(ctx, "capabilities", func() (err error) {
		caps, err = asked.Wait()
		return err
	})
	if err != nil {
		return s.lost(err)
	}
	s.canIdle = caps.Has(imap.CapIdle)
	s.canMove = caps.Has(imap.CapMove)
	s.canExpunge = caps.Has(imap.CapUIDPlus)
	return lost
}

// selectFolder (re-)selects the folder, which tells UIDVALIDITY and UIDNEXT without reading any message.
func (s *session) selectFolder(ctx context.Context) error {
	var data *imap.SelectData
	err := s.command(ctx, "select", func() (err error) {
		data, err = s.client.Select(s.path, nil).Wait()
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return folderFault(s.mailbox.Account, s.name, err)
	}
	s.uidNext = uint32(data.UIDNext)
	s.doubts.reset(data.UIDValidity)
	if s.cursor.UIDValidity == data.UIDValidity && s.cursor != (inbox.Cursor{}) {
		return nil
	}
	return s.restart(ctx, data.UIDValidity)
}

// restart begins a folder from the start: one never seen, or one whose UIDs were given out anew
// (RFC 9051 section 2.3.1.1).
func (s *session) restart(ctx context.Context, validity uint32) error {
	if s.uidNext == 0 {
		if err := s.askUIDNext(ctx); err != nil {
			return err
		}
	}
	s.checked = 0
	s.cursor = inbox.Cursor{UIDValidity: validity}
	if !s.mailbox.Since.IsZero() && s.uidNext > 0 {
		s.cursor.Backlog = s.uidNext - 1
	}
	return s.saveCursor(ctx)
}

// askUIDNext is for servers whose SELECT leaves it out (RFC 3501 section 6.3.1 permits that).
func (s *session) askUIDNext(ctx context.Context) error {
	err := s.command(ctx, "status", func() error {
		data, err := s.client.Status(s.path, &imap.StatusOptions{UIDNext: true}).Wait()
		if err == nil {
			s.uidNext = uint32(data.UIDNext)
		}
		return err
	})
	if err != nil {
		return s.lost(err)
	}
	return nil
}

func (s *session) saveCursor(ctx context.Context) error {
	if err := s.cfg.Cursors.SaveCursor(ctx, s.ref.Route, s.name, s.cursor); err != nil {
		return storageFault(fmt.Errorf("save the cursor: %w", err))
	}
	return nil
}

// lost explains an error of the connection; one of the context stays as it is.
func (s *session) lost(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return lostFault(s.mailbox.Account, readerError(s.client, err))
}

// run takes what is new and waits for more until the connection fails or ctx ends. It calls looked after
// each look, with what became of the folders.
func (s *session) run(ctx context.Context, looked func(context.Context, []inbox.FolderState)) error {
	announced := false
	for {
		if err := s.look(ctx, announced); err != nil {
			return err
		}
		if err := s.lookElsewhere(ctx); err != nil {
			return err
		}
		looked(ctx, s.states())
		var err error
		if announced, err = s.wait(ctx); err != nil {
			return err
		}
		// What the server announced is fetched at once; otherwise a SELECT tells whether there is anything.
		if !announced && s.waited >= s.interval() {
			if err := s.selectAgain(ctx); err != nil {
				return err
			}
		}
	}
}

// interval is how often home is looked into unasked.
func (s *session) interval() time.Duration {
	if s.canIdle && s.missed < deafAfter {
		return s.cfg.IdlePoll
	}
	return s.cfg.Poll
}

// selectAgain selects home once more. Mail that is found so has not been announced: an IDLE that keeps silent is as
// good as none.
func (s *session) selectAgain(ctx context.Context) error {
	if err := s.selectFolder(ctx); err != nil {
		return err
	}
	s.waited = 0
	if s.canIdle && s.uidNext != 0 && !s.nothingNew() && len(s.news) == 0 {
		s.missed++
	}
	return nil
}

// wait returns when the server announced something, or when it is time for a look without that.
func (s *session) wait(ctx context.Context) (announced bool, err error) {
	select {
	case <-s.news:
		return true, nil
	default:
	}
	limit := jitter(s.interval())
	if len(s.folders) > 1 {
		limit = min(limit, jitter(s.cfg.FolderPoll))
	}
	s.waited += limit * 10 / 9 // a jitter's worth more, so that one whole wait is enough
	if !s.canIdle {
		return s.await(ctx, limit)
	}
	var idle *imapclient.IdleCommand
	err = s.command(ctx, "idle", func() (err error) {
		idle, err = s.client.Idle()
		return err
	})
	var refused *imap.Error
	if errors.As(err, &refused) {
		s.canIdle = false
		return s.await(ctx, min(limit, jitter(s.cfg.Poll)))
	}
	if err != nil {
		return false, s.lost(err)
	}
	announced, err = s.await(ctx, limit)
	if err != nil {
		// The connection is of no more use; ending IDLE would only wait for it.
		_ = s.raw.Close()
		_ = idle.Close()
		return false, err
	}
	err = s.command(ctx, "end idle", func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
	if err != nil {
		return false, s.lost(err)
	}
	return announced, nil
}

func (s *session) await(ctx context.Context, limit time.Duration) (announced bool, err error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.news:
		return true, nil
	case <-timer.C:
		return false, nil
	case <-s.client.Closed():
		return false, s.lost(fmt.Errorf("closed by the server: %w", net.ErrClosed))
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
