package ai

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// maxResponse is the size in bytes from which on an answer is an error, whatever it says.
const maxResponse = 1 << 20

var errTooLarge = errors.New("the answer is larger than 1 MB")

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newClient makes the HTTP client for model calls: time-outs at every stage, answers of limited size, no
// redirects (they would carry the key elsewhere).
func newClient(timeout time.Duration) *http.Client {
	base := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: timeout,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	return &http.Client{
		Transport:     &modelTransport{next: base},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// modelTransport limits answers and leaves the temperature out for models that refuse it: langchaingo always
// sends one, and some models answer 400 to that.
type modelTransport struct {
	next http.RoundTripper
	cold atomic.Bool // the model refused a temperature before
}

func (t *modelTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.send(r)
	if tr := traceOf(r.Context()); tr != nil {
		tr.err = err
		if res != nil {
			tr.status = res.StatusCode
			res.Body = &tracedBody{ReadCloser: res.Body, trace: tr}
		}
	}
	return res, err
}

func (t *modelTransport) send(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost || r.Body == nil {
		return limited(t.next.RoundTrip(r))
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	if t.cold.Load() {
		return limited(t.next.RoundTrip(withBody(r, withoutTemperature(body))))
	}
	res, err := limited(t.next.RoundTrip(withBody(r, body)))
	if err != nil || res.StatusCode != http.StatusBadRequest {
		return res, err
	}
	reason, err := io.ReadAll(res.Body)
	res.Body.Close()
	bare := withoutTemperature(body)
	if err == nil && bytes.Contains(reason, []byte("temperature")) && !bytes.Equal(bare, body) {
		t.cold.Store(true)
		return limited(t.next.RoundTrip(withBody(r, bare)))
	}
	res.Body = io.NopCloser(bytes.NewReader(reason))
	return res, nil
}

// CloseIdleConnections lets http.Client close what is kept open.
func (t *modelTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func withBody(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return r
}

// withoutTemperature takes the field "temperature" of the top level out of a JSON object; anything else is
// returned as it is.
func withoutTemperature(body []byte) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body
	}
	if _, ok := fields["temperature"]; !ok {
		return body
	}
	delete(fields, "temperature")
	bare, err := json.Marshal(fields)
	if err != nil {
		return body
	}
	return bare
}

func limited(res *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	if res.ContentLength > maxResponse {
		res.Body.Close()
		return nil, errTooLarge
	}
	res.Body = &limitedBody{ReadCloser: res.Body, left: maxResponse}
	return res, nil
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
