package blockkit

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	datePattern = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	timePattern = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
)

// A rule judges one value.
type rule func(c *checker, at string, v any)

// A field is one property of an object.
type field struct {
	name     string
	required bool
	rule     rule
}

func req(name string, r rule) field { return field{name, true, r} }
func opt(name string, r rule) field { return field{name, false, r} }

// object checks required, unknown and each known property, in the order of the table.
func (c *checker) object(at string, obj map[string]any, fields []field) {
	known := map[string]bool{"type": true}
	for _, f := range fields {
		known[f.name] = true
		v, ok := obj[f.name]
		switch {
		case ok && v != nil:
			f.rule(c, at+"/"+f.name, v)
		case f.required:
			c.fail(at, "missing required field: %s", f.name)
		}
	}
	var unknown []string
	for name := range obj {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	sort.Strings(unknown)
	for _, name := range unknown {
		c.fail(at, "invalid additional property: %s", name)
	}
}

// str takes a string of min to max characters; Slack counts characters, not bytes.
func str(min, max int) rule {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok {
			c.fail(at, "must provide a string")
			return
		}
		c.length(at, s, min, max)
	}
}

func (c *checker) length(at, s string, min, max int) {
	n := utf8.RuneCountInString(s)
	if n < min {
		c.fail(at, "must be more than %d characters", min-1)
	}
	if max > 0 && n > max {
		c.fail(at, "must be less than %d characters", max+1)
	}
}

func enum(values ...string) rule {
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(values, s) {
			c.fail(at, "must be a valid enum value")
		}
	}
}

func boolean(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.fail(at, "must provide a boolean")
	}
}

func integer(min, max int64) rule {
	return func(c *checker, at string, v any) {
		n, ok := number(v)
		if !ok || n != float64(int64(n)) {
			c.fail(at, "must provide an integer")
			return
		}
		if n < float64(min) {
			c.fail(at, "must be greater than %d", min-1)
		}
		if n > float64(max) {
			c.fail(at, "must be less than %d", max+1)
		}
	}
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

// webURL takes an absolute http or https address (mailto where the field is a link of a button).
func webURL(max int, schemes ...string) rule {
	if len(schemes) == 0 {
		schemes = []string{"http", "https"}
	}
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok {
			c.fail(at, "must provide a string")
			return
		}
		c.length(at, s, 1, max)
		u, err := url.Parse(s)
		if err != nil || !slices.Contains(schemes, strings.ToLower(u.Scheme)) {
			c.fail(at, "must be a valid URL")
		}
	}
}

func pattern(p *regexp.Regexp, what string) rule {
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !p.MatchString(s) {
			c.fail(at, "must be a valid %s", what)
		}
	}
}

func array(min, max int, item rule) rule {
	return func(c *checker, at string, v any) {
		list, ok := v.([]any)
		if !ok {
			c.fail(at, "must provide an array")
			return
		}
		if len(list) < min {
			c.fail(at, "no fewer than %d items allowed", min)
		}
		if max > 0 && len(list) > max {
			c.fail(at, "no more than %d items allowed", max)
			return
		}
		for i, e := range list {
			item(c, at+"/"+strconv.Itoa(i), e)
		}
	}
}

func objectOf(fields ...field) rule {
	return func(c *checker, at string, v any) {
		obj, ok := v.(map[string]any)
		if !ok {
			c.fail(at, "must provide an object")
			return
		}
		c.object(at, obj, fields)
	}
}

// anything is for values that Slack does not look into here.
func anything(*checker, string, any) {}
