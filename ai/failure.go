package ai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// A trace keeps what became of one call on the wire: the library above it turns many failures into the same words.
// Calls within one trace follow each other.
type trace struct {
	status int // of the last answer; 0: none came
	err    error
}

type traceKey struct{}

func withTrace(ctx context.Context) (context.Context, *trace) {
	tr := new(trace)
	return context.WithValue(ctx, traceKey{}, tr), tr
}

func traceOf(ctx context.Context) *trace {
	tr, _ := ctx.Value(traceKey{}).(*trace)
	return tr
}

// tracedBody notes why reading an answer failed.
type tracedBody struct {
	io.ReadCloser
	trace *trace
}

func (b *tracedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.trace.err = err
	}
	return n, err
}

// A callError is a failed call of a model. Its text is for people: what the provider sent is never repeated, since
// it may hold the request or parts of a key.
type callError struct {
	why string
	err error
}

func (e *callError) Error() string { return e.why }

func (e *callError) Unwrap() error { return e.err }

func (tr *trace) failure(err error) *callError {
	return &callError{why: tr.reason(err), err: err}
}

func (tr *trace) reason(err error) string {
	var netErr net.Error
	var dns *net.DNSError
	for _, e := range []error{tr.err, err} {
		switch {
		case errors.Is(e, errTooLarge):
			return errTooLarge.Error()
		case errors.Is(e, context.DeadlineExceeded), errors.Is(e, os.ErrDeadlineExceeded), errors.As(e, &netErr) && netErr.Timeout():
			return "it did not answer in time"
		case errors.Is(e, context.Canceled):
			return "the call was cancelled"
		case errors.As(e, &dns):
			return "its host name is not known"
		}
	}
	switch s := tr.status; {
	case s == 401 || s == 403:
		return fmt.Sprintf("it refused the API key (HTTP %d)", s)
	case s == 404:
		return "it does not know the model or the address (HTTP 404)"
	case s == 429:
		return "it refused because of too many requests (HTTP 429)"
	case s >= 300:
		return fmt.Sprintf("it answered HTTP %d", s)
	case s == 0:
		return "it cannot be reached"
	case errors.Is(err, errEmpty):
		return errEmpty.Error()
	}
	return "its answer was not understood"
}

// notice tells a support member that the built-in writer stood in, and why.
func notice(p Provider, err error) string {
	why := "its answer could not be used"
	var call *callError
	if errors.As(err, &call) {
		why = call.why
	}
	return fmt.Sprintf("%s failed: %s. Written by %s instead.", p.label(), why, Builtin)
}
