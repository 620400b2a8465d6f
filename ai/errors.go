package ai

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNotFound means that the tenant has no such suggestion.
	ErrNotFound = errors.New("no such suggestion")
	// ErrDecided means that somebody decided about a suggestion before; the error is a *DecidedError.
	ErrDecided = errors.New("already decided")
	// ErrStale means that a suggestion no longer fits its ticket; the error is a *StaleError.
	ErrStale = errors.New("out of date")
	// ErrEmpty means that an edited text has no words.
	ErrEmpty = errors.New("the text is empty")
)

// A DecidedError says what was decided about a suggestion, by whom and when. It is ErrDecided.
type DecidedError struct {
	State State     // approved, sent or discarded
	By    string    // name
	At    time.Time // zero where it is not known
}

func (e *DecidedError) Error() string {
	what := "sent"
	if e.State == Discarded {
		what = "discarded"
	}
	if e.By == "" {
		return "it was " + what + " already"
	}
	return fmt.Sprintf("%s has %s it already, at %s", e.By, what, e.At.UTC().Format("15:04 MST on 2 January"))
}

// Is makes a DecidedError an ErrDecided.
func (e *DecidedError) Is(target error) bool { return target == ErrDecided }

// A StaleError says what came after a suggestion was written. It is ErrStale.
type StaleError struct {
	By       string // name of who wrote since; may be empty
	Customer bool   // the customer, else a colleague
	At       time.Time
}

func (e *StaleError) Error() string {
	switch {
	case e.At.IsZero():
		return "it is out of date: somebody wrote on the ticket since"
	case e.Customer:
		return "it is out of date: the customer has written again since; a new suggestion follows"
	case e.By == "":
		return "it is out of date: a colleague has answered since"
	}
	return fmt.Sprintf("it is out of date: %s has answered since", e.By)
}

// Is makes a StaleError an ErrStale.
func (e *StaleError) Is(target error) bool { return target == ErrStale }
