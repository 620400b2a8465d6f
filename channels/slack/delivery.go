package slack

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

const (
	handleTime = 30 * time.Second
	maxAtOnce  = 64 // deliveries worked on at once on one way
	lanes      = 8  // in which messages of people are worked on, each in its order
)

// A delivery is what Slack brought. Whether a Socket Mode connection or a request did, it is worked on alike.
type delivery struct {
	app  string // whose way it came; empty: of the app that the payload names, which was signed
	data any    // slackevents.EventsAPIEvent, slackapi.InteractionCallback or slackapi.SlashCommand

	// ack tells Slack that it was taken, and what to do next; nil: nothing. What is never acknowledged, Slack
	// brings again if it is an event, and tells the person that it failed if they did something.
	ack func(ctx context.Context, answer any)
}

// An intake works on the deliveries of one way.
type intake struct {
	life  context.Context // of the work that deliveries cause, which outlives the way they came
	work  *sync.WaitGroup
	slots chan struct{}
	typed [lanes]chan delivery // messages of people, by conversation
	seed  maphash.Seed

	mu     sync.RWMutex // held for reading while something is taken
	closed bool
}

// close makes the intake take no more.
func (in *intake) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
}

// openIntake makes an intake. Its lanes work until ctx ends.
func (a *App) openIntake(ctx, life context.Context, work *sync.WaitGroup) *intake {
	in := &intake{life: life, work: work, slots: make(chan struct{}, maxAtOnce), seed: maphash.MakeSeed()}
	for i := range in.typed {
		in.typed[i] = make(chan delivery, maxAtOnce)
		work.Go(func() { a.typedLane(ctx, in, in.typed[i]) })
	}
	return in
}

// lane is where the messages of a conversation wait for their turn.
func (in *intake) lane(m typedMessage) chan delivery {
	return in.typed[maphash.String(in.seed, m.channel+m.thread)%lanes]
}

// take hands a delivery to its handler. It returns at once, or when a place is free; false where ctx ended before
// that, the line is full, or the intake closed.
func (a *App) take(ctx context.Context, in *intake, e delivery) bool {
	in.mu.RLock()
	defer in.mu.RUnlock()
	if in.closed {
		return false
	}
	if m, ok := typedIn(e); ok {
		select {
		case in.lane(m) <- e:
			return true
		default:
			a.log.Warn("too many messages at once; Slack brings this one again", "app", e.app, "ts", m.ts)
			return false
		}
	}
	select {
	case in.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	in.work.Go(func() {
		defer func() { <-in.slots }()
		ctx, cancel := context.WithTimeout(in.life, handleTime)
		defer cancel()
		a.handle(ctx, e)
	})
	return true
}

// handle works on one delivery: acknowledge, then work; a submission's answer is its acknowledgement.
func (a *App) handle(ctx context.Context, e delivery) {
	switch data := e.data.(type) {
	case slackapi.InteractionCallback:
		if data.Type == slackapi.InteractionTypeViewSubmission {
			a.answerSubmission(ctx, e, data)
			return
		}
		e.ack(ctx, nil)
		if data.Type != slackapi.InteractionTypeBlockActions {
			return
		}
		if d, ok := a.deskOf(ctx, e, interactionOrigin(data)); ok {
			a.pressed(ctx, d, data)
		}
	case slackevents.EventsAPIEvent:
		e.ack(ctx, nil)
		a.event(ctx, e, data)
	default:
		e.ack(ctx, nil)
	}
}

func (a *App) answerSubmission(ctx context.Context, e delivery, cb slackapi.InteractionCallback) {
	d, ok := a.deskOf(ctx, e, interactionOrigin(cb))
	if !ok {
		e.ack(ctx, nil)
		return
	}
	if answer := a.submitted(ctx, d, cb); answer != nil {
		e.ack(ctx, answer)
		return
	}
	e.ack(ctx, nil)
}
