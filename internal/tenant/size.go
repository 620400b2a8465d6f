package tenant

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Size is a number of bytes that reads and writes itself as text, such as "500MB" or "10GB"; units are powers of
// 1000. Zero is none.
type Size int64

// MarshalText writes s in the largest unit that needs no fraction.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a whole number with kB, MB, GB or TB, or "none".
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if text == "none" {
		*s = 0
		return nil
	}
	for _, u := range units() {
		digits, ok := strings.CutSuffix(strings.ToLower(text), strings.ToLower(u.name))
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 1 || n > math.MaxInt64/u.bytes {
			break
		}
		*s = Size(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is no size: write 500MB, 10GB or none", b)
}

// String writes s as MarshalText does.
func (s Size) String() string {
	if s <= 0 {
		return "none"
	}
	for _, u := range units() {
		if int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return ""
}

type unit struct {
	name  string
	bytes int64
}

// units are what sizes are written in, the largest first.
func units() []unit {
	return []unit{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}
}
