package blockkit

import (
	"fmt"
	"strconv"
)

// A Surface is a place in Slack where blocks appear.
type Surface string

// The surfaces blocks are validated for.
const (
	Message Surface = "message"
	Modal   Surface = "modal"
	Home    Surface = "home"
)

// Block limits of the surfaces (https://docs.slack.dev/reference/block-kit/blocks).
const (
	maxMessageBlocks = 50
	maxViewBlocks    = 100
)

// A Problem is one reason why Slack refuses blocks.
type Problem struct {
	Pointer string // JSON pointer to the offending value, such as /blocks/0/text
	Text    string // Slack's words, such as "missing required field: text"
}

// String is the problem as it stands in the "errors" of Slack's answer; with the prefix "[ERROR] " it
// stands in response_metadata.messages too.
func (p Problem) String() string {
	return p.Text + " [json-pointer:" + p.Pointer + "]"
}

// A Validator holds the rule tables. It is immutable and safe for concurrent use.
type Validator struct {
	text     texts
	blocks   map[string]blockSpec
	elements map[string]elementSpec
}

// New builds the tables.
func New() *Validator {
	v := &Validator{}
	v.elements = v.elementSpecs()
	v.blocks = v.blockSpecs()
	return v
}

// MessageBlocks validates the blocks of a message; pointers start with base, usually "/blocks".
// Nil means Slack would take them.
func (v *Validator) MessageBlocks(blocks any, base string) []Problem {
	c := &checker{v: v, surface: Message, ids: map[string]bool{}}
	c.blocks(base, blocks)
	return c.problems
}

// A checker collects the problems of one document.
type checker struct {
	v        *Validator
	surface  Surface
	problems []Problem
	ids      map[string]bool // block_id values seen
	focused  bool            // some element has focus_on_load
	inputs   int             // input blocks seen
}

func (c *checker) fail(at, format string, args ...any) {
	c.problems = append(c.problems, Problem{Pointer: at, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) blocks(at string, v any) {
	list, ok := v.([]any)
	if !ok {
		c.fail(at, "must provide an array")
		return
	}
	limit := maxMessageBlocks
	if c.surface != Message {
		limit = maxViewBlocks
	}
	if len(list) > limit {
		c.fail(at, "no more than %d items allowed", limit)
		return
	}
	for i, b := range list {
		c.block(at+"/"+strconv.Itoa(i), b)
	}
}

func (c *checker) block(at string, v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	kind, ok := obj["type"].(string)
	if !ok {
		c.fail(at, "missing required field: type")
		return
	}
	spec, ok := c.v.blocks[kind]
	if !ok || !spec.surfaces[c.surface] {
		c.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	c.object(at, obj, spec.fields)
	if spec.check != nil {
		spec.check(c, at, obj)
	}
	if id, ok := obj["block_id"].(string); ok && id != "" {
		if c.ids[id] {
			c.fail(at+"/block_id", "`block_id` already exists : `%s`", id)
		}
		c.ids[id] = true
	}
}
