package slackserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

// Errors of acts that a person could not have done.
var (
	// ErrNotVisible means the person does not see the message, view, channel, command or shortcut.
	ErrNotVisible = errors.New("not on the person's screen")
	// ErrNoSuchElement means there is no such button or menu in what is on the screen.
	ErrNoSuchElement = errors.New("no such element")
	// ErrBadValue means the element does not take the value.
	ErrBadValue = errors.New("the element does not take the value")
)

// stateKeys says under which name a kind of element keeps its value, and which initial_… it starts with.
func stateKeys(kind string) (key, initial string) {
	switch kind {
	case "static_select", "external_select", "radio_buttons", "overflow":
		return "selected_option", "initial_option"
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options", "initial_options"
	case "users_select":
		return "selected_user", "initial_user"
	case "multi_users_select":
		return "selected_users", "initial_users"
	case "channels_select":
		return "selected_channel", "initial_channel"
	case "multi_channels_select":
		return "selected_channels", "initial_channels"
	case "conversations_select":
		return "selected_conversation", "initial_conversation"
	case "multi_conversations_select":
		return "selected_conversations", "initial_conversations"
	case "datepicker":
		return "selected_date", "initial_date"
	case "timepicker":
		return "selected_time", "initial_time"
	case "datetimepicker":
		return "selected_date_time", "initial_date_time"
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return "value", "initial_value"
	case "rich_text_input":
		return "rich_text_value", "initial_value"
	case "file_input":
		return "files", ""
	}
	return "", ""
}

func isMulti(kind string) bool {
	key, _ := stateKeys(kind)
	return slices.Contains([]string{"selected_options", "selected_users", "selected_channels", "selected_conversations", "files"}, key)
}

// initialValues is state.values of blocks; what kept has for the same block and action stays.
func initialValues(blocks []any, kept Object) Object {
	values := Object{}
	for _, b := range blocks {
		block := object(b)
		for _, el := range blockkit.Elements(block) {
			kind, id, block := str(el["type"]), str(el["action_id"]), str(block["block_id"])
			key, initial := stateKeys(kind)
			if key == "" || kind == "overflow" {
				continue
			}
			v := object(object(kept[block])[id])
			if v == nil || str(v["type"]) != kind {
				v = Object{"type": kind, key: el[initial]}
				if v[key] == nil && isMulti(kind) {
					v[key] = []any{}
				}
			}
			if values[block] == nil {
				values[block] = Object{}
			}
			object(values[block])[id] = v
		}
	}
	return values
}

// found is an element with its block.
type found struct {
	block Object
	el    Object
}

// pick finds the element with the action id, in the block if one is named. If several have the id, the
// first that has the value (button) or offers it (menu) is meant.
func pick(blocks []any, blockID, actionID string, values []string) (found, error) {
	var first found
	for _, b := range blocks {
		block := object(b)
		if blockID != "" && str(block["block_id"]) != blockID {
			continue
		}
		for _, el := range blockkit.Elements(block) {
			if str(el["action_id"]) != actionID {
				continue
			}
			f := found{block, el}
			if first.el == nil {
				first = f
			}
			if len(values) > 0 && (str(el["value"]) == values[0] || optionOf(el, values[0]) != nil) {
				return f, nil
			}
		}
	}
	if first.el == nil {
		return first, fmt.Errorf("action %q among %v: %w", actionID, actionIDs(blocks), ErrNoSuchElement)
	}
	if len(values) > 0 && str(first.el["type"]) == "button" {
		return first, fmt.Errorf("button %q with value %q: %w", actionID, values[0], ErrNoSuchElement)
	}
	return first, nil
}

// optionOf finds an option of a menu by value or by its visible text.
func optionOf(el Object, value string) Object {
	options := list(el["options"])
	for _, g := range list(el["option_groups"]) {
		options = append(options[:len(options):len(options)], list(object(g)["options"])...)
	}
	for _, o := range options {
		if str(object(o)["value"]) == value {
			return object(o)
		}
	}
	for _, o := range options {
		if str(object(object(o)["text"])["text"]) == value {
			return object(o)
		}
	}
	return nil
}

// chosen is the state of an element after a person entered values into it.
func chosen(el Object, values []string) (Object, error) {
	kind := str(el["type"])
	key, _ := stateKeys(kind)
	if key == "" {
		return nil, fmt.Errorf("%s %q: %w", kind, str(el["action_id"]), ErrBadValue)
	}
	state := Object{"type": kind}
	all := []any{}
	for _, v := range values {
		e, err := entered(el, key, v)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	switch {
	case isMulti(kind):
		state[key] = all
	case len(all) == 1:
		state[key] = all[0]
	case len(all) == 0:
		state[key] = nil
	default:
		return nil, fmt.Errorf("%s %q takes one value: %w", kind, str(el["action_id"]), ErrBadValue)
	}
	return state, nil
}

func entered(el Object, key, v string) (any, error) {
	id := str(el["action_id"])
	switch key {
	case "selected_option", "selected_options":
		o := optionOf(el, v)
		if o == nil {
			return nil, fmt.Errorf("option %q of %q: %w", v, id, ErrBadValue)
		}
		return o, nil
	case "selected_date_time":
		return json.Number(v), nil
	case "rich_text_value":
		return Object{"type": "rich_text", "elements": richText(Escape(v), "")[0].(Object)["elements"]}, nil
	case "value":
		if v == "" {
			return nil, nil
		}
		return v, checkLength(el, v)
	}
	return v, nil
}

func checkLength(el Object, v string) error {
	n := utf8.RuneCountInString(v)
	for name, wrong := range map[string]func(int) bool{
		"min_length": func(limit int) bool { return n < limit },
		"max_length": func(limit int) bool { return n > limit },
	} {
		raw, ok := el[name].(json.Number)
		if !ok {
			continue
		}
		limit, err := strconv.Atoi(raw.String())
		if err == nil && wrong(limit) {
			return fmt.Errorf("%q has %d characters, %s is %d: %w", str(el["action_id"]), n, name, limit, ErrBadValue)
		}
	}
	return nil
}

// empty tells whether a state holds nothing.
func empty(state Object) bool {
	key, _ := stateKeys(str(state["type"]))
	switch v := state[key].(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

// action is the entry of the payload's actions for an element that was used.
func (s *Server) action(f found, state Object) Object {
	a := Object{"type": f.el["type"], "action_id": f.el["action_id"], "block_id": f.block["block_id"], "action_ts": s.newTS()}
	if str(f.el["type"]) == "button" {
		a["text"] = f.el["text"]
		for _, k := range []string{"value", "style", "url"} {
			if f.el[k] != nil {
				a[k] = f.el[k]
			}
		}
		return a
	}
	for k, v := range state {
		a[k] = v
	}
	for _, k := range []string{"placeholder", "initial_option"} {
		if f.el[k] != nil {
			a[k] = f.el[k]
		}
	}
	return a
}
