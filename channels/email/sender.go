package email

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrSenderClosed is returned by Send after Close.
var ErrSenderClosed = errors.New("the mail sender is closed")

// Accounts knows through which SMTP account a mailbox sends.
type Accounts interface {
	SMTP(ctx context.Context, t tenant.ID, m inbox.MailboxID) (Account, error)
}

// SenderConfig says how a Sender works. Accounts is needed; a zero number takes its default.
type SenderConfig struct {
	Accounts Accounts
	Dialer   Dialer
	Logger   *slog.Logger     // nil: silent
	Clock    func() time.Time // nil: time.Now
	// Connections is how many a mailbox has at most. A further Send waits for one. Default 4.
	Connections int
	// IdleTimeout is how long an unused connection stays open. Default 30 s.
	IdleTimeout time.Duration
	// AccountTTL is how long an account is remembered; a refused login makes it forgotten at once.
	// Default 1 minute.
	AccountTTL time.Duration
}

// A Sender is an inbox.Transport over SMTP. Its methods may be called from any goroutine.
type Sender struct {
	cfg SenderConfig

	mu      sync.Mutex
	outlets map[inbox.MailboxID]*outlet
	closed  bool
}

var _ inbox.Transport = (*Sender)(nil)

// NewSender does no I/O. Close the sender after use.
func NewSender(c SenderConfig) *Sender {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Connections <= 0 {
		c.Connections = 4
	}
	if c.IdleTimeout <= 0 {
		c.IdleTimeout = 30 * time.Second
	}
	if c.AccountTTL <= 0 {
		c.AccountTTL = time.Minute
	}
	return &Sender{cfg: c, outlets: make(map[inbox.MailboxID]*outlet)}
}

// Send hands the message over to the mailbox's server, byte for byte but for dot-stuffing. Recipients that
// the server refuses are in the receipt, and the rest is sent all the same; where all are refused nothing is
// sent, and the error is nil. Otherwise the error is
//
//   - a *[SendError] where the server (or its announced limits) refused the whole message,
//   - an *inbox.Later where the mailbox's rate is reached, or its server said that we are too fast,
//   - a *[Fault] where the server could not be used,
//   - [ErrUnknownOutcome] where the message was handed over and the answer lost,
//   - another one where the connection was lost before that, or ctx ended.
//
// Except for a SendError that is Permanent, trying again with the same bytes is right. The receipt of an
// error holds refusals only. When ctx ends while the server's final answer is awaited, Send still waits
// a few seconds for it.
//
// A message with a ReturnPath leaves with that as its reverse-path. Where the server takes none but its users' own
// addresses, it leaves with From, and so does whatever follows from that mailbox for a day.
func (s *Sender) Send(ctx context.Context, e inbox.Envelope) (inbox.Receipt, error) {
	if err := checkEnvelope(e); err != nil {
		return inbox.Receipt{}, err
	}
	o, err := s.enter(ctx, e.Mailbox)
	if err != nil {
		return inbox.Receipt{}, err
	}
	defer s.leave(e.Mailbox, o)
	account, remembered, err := s.account(ctx, e, o)
	if err == nil {
		err = s.await(ctx, e, o, account)
	}
	if err != nil {
		return inbox.Receipt{}, err
	}
	if e.ReturnPath == "" || e.ReturnPath == e.From || s.isPlain(o) {
		return s.deliver(ctx, e, o, account, remembered)
	}
	signed := e
	signed.From = e.ReturnPath
	receipt, err := s.deliver(ctx, signed, o, account, remembered)
	if !returnPathRefused(receipt, err) {
		return receipt, err
	}
	receipt, err = s.deliver(ctx, e, o, account, remembered)
	if !returnPathRefused(receipt, err) {
		s.goPlain(o)
	}
	return receipt, err
}

// deliver hands the message over on one connection, with e.From as its reverse-path.
func (s *Sender) deliver(ctx context.Context, e inbox.Envelope, o *outlet, account Account, remembered bool) (inbox.Receipt, error) {
	for {
		conn, err := s.connection(ctx, e, o, account, remembered)
		if err != nil {
			return inbox.Receipt{}, err
		}
		receipt, broken, err := conn.send(ctx, e)
		if broken {
			_ = conn.raw.Close()
		} else {
			conn.used = true
			s.giveBack(o, conn)
		}
		if errors.Is(err, errStale) && ctx.Err() == nil {
			continue // A new connection is never stale, so this ends.
		}
		s.mu.Lock()
		o.pace.judge(isThrottled(receipt, err), s.cfg.Clock())
		s.mu.Unlock()
		if err != nil {
			err = fmt.Errorf("send %s: %w", e.MessageID, err)
		}
		return receipt, err
	}
}

// connection returns an idle connection, else a new one.
func (s *Sender) connection(ctx context.Context, e inbox.Envelope, o *outlet, account Account, remembered bool) (*smtpConn, error) {
	if conn := s.takeIdle(o, account); conn != nil {
		return conn, nil
	}
	conn, err := s.cfg.Dialer.openSMTP(ctx, account)
	if kindOf(err) == FaultCredentials && err != nil {
		s.forget(o)
		if !remembered {
			return nil, err
		}
		// The password may have been changed since.
		fresh, _, again := s.account(ctx, e, o)
		if again != nil || fresh == account {
			return nil, err
		}
		account = fresh
		conn, err = s.cfg.Dialer.openSMTP(ctx, account)
	}
	if err != nil {
		return nil, err
	}
	conn.account = account
	return conn, nil
}

func (s *Sender) account(ctx context.Context, e inbox.Envelope, o *outlet) (a Account, remembered bool, err error) {
	s.mu.Lock()
	a, until := o.account, o.remember
	s.mu.Unlock()
	if s.cfg.Clock().Before(until) {
		return a, true, nil
	}
	a, err = s.cfg.Accounts.SMTP(ctx, e.Tenant, e.Mailbox)
	if err != nil {
		return Account{}, false, storageFault(fmt.Errorf("read the mailbox's settings: %w", err))
	}
	s.mu.Lock()
	o.account, o.remember = a, s.cfg.Clock().Add(s.cfg.AccountTTL)
	s.mu.Unlock()
	return a, false, nil
}

func (s *Sender) forget(o *outlet) {
	s.mu.Lock()
	o.account, o.remember = Account{}, time.Time{}
	s.mu.Unlock()
}

// Close ends the idle connections. A Send that is under way is not disturbed; its connection is closed after it.
func (s *Sender) Close() error {
	s.mu.Lock()
	s.closed = true
	var idle []*smtpConn
	for _, o := range s.outlets {
		idle = append(idle, o.idle...)
		o.idle = nil
		if o.reaper != nil {
			o.reaper.Stop()
		}
	}
	s.mu.Unlock()
	quitAll(idle)
	return nil
}
