package slackserver

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Object is a JSON object.
type Object = map[string]any

// newID makes an id such as C0000000A1: prefix and nine characters. The caller holds mu.
func (s *Server) newID(prefix string) string {
	s.counter++
	id := strings.ToUpper(strconv.FormatUint(s.counter*46657+7, 36))
	return prefix + "0" + strings.Repeat("0", max(0, 9-len(id))) + id
}

// newTS is the next message timestamp: seconds and microseconds of the clock, never the same twice.
// The caller holds mu.
func (s *Server) newTS() string {
	now := s.clock().UnixMicro()
	if now <= s.lastTS {
		now = s.lastTS + 100
	}
	s.lastTS = now
	return fmt.Sprintf("%d.%06d", now/1e6, now%1e6)
}

// secret is n random bytes in hexadecimal.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return hex.EncodeToString(b)
}

// decode reads JSON keeping numbers as they are written.
func decode(raw string) (any, error) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// clone is a deep copy of decoded JSON.
func clone[T any](v T) T {
	return cloneAny(any(v)).(T)
}

func cloneAny(v any) any {
	switch t := v.(type) {
	case map[string]any:
		if t == nil {
			return t
		}
		out := make(map[string]any, len(t))
		for k, e := range t {
			out[k] = cloneAny(e)
		}
		return out
	case []any:
		if t == nil {
			return t
		}
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = cloneAny(e)
		}
		return out
	}
	return v
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func object(v any) Object {
	o, _ := v.(map[string]any)
	return o
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
