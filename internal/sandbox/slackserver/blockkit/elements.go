package blockkit

// Block elements: https://docs.slack.dev/reference/block-kit/block-elements

// A place is a field of a block that holds elements.
type place string

const (
	inSection place = "section"
	inActions place = "actions"
	inInput   place = "input"
	inContext place = "context"
)

type elementSpec struct {
	places   map[place]bool
	surfaces map[Surface]bool // nil: all
	fields   []field
	check    func(c *checker, at string, obj map[string]any)
}

func in(places ...place) map[place]bool {
	set := map[place]bool{}
	for _, p := range places {
		set[p] = true
	}
	return set
}

// element is the rule for an element in a place.
func element(p place) rule {
	return func(c *checker, at string, v any) {
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
		if p == inContext && (kind == "plain_text" || kind == "mrkdwn") {
			c.v.text.any(1, 3000)(c, at, obj)
			return
		}
		spec, ok := c.v.elements[kind]
		if !ok || !spec.places[p] || spec.surfaces != nil && !spec.surfaces[c.surface] {
			c.fail(at+"/type", "unsupported type: %s", kind)
			return
		}
		c.object(at, obj, spec.fields)
		if spec.check != nil {
			spec.check(c, at, obj)
		}
		if focus, _ := obj["focus_on_load"].(bool); focus {
			if c.focused {
				c.fail(at+"/focus_on_load", "only one element can have focus_on_load set to true")
			}
			c.focused = true
		}
	}
}

func (v *Validator) elementSpecs() map[string]elementSpec {
	everywhere := in(inSection, inActions, inInput)
	noActions := in(inSection, inInput)
	action := opt("action_id", str(1, 255))
	confirm := opt("confirm", v.confirm())
	focus := opt("focus_on_load", boolean)
	placeholder := opt("placeholder", v.text.plain(1, 150))
	base := func(more ...field) []field {
		return append([]field{action, confirm, focus, placeholder}, more...)
	}
	maxSelected := opt("max_selected_items", integer(1, 100))
	menuOption := v.option(v.text.plain(1, 75), false)
	listOption := v.option(v.text.any(1, 75), false)
	ids := array(0, 0, str(1, 255))
	filter := opt("filter", objectOf(
		opt("include", array(1, 4, enum("im", "mpim", "private", "public"))),
		opt("exclude_external_shared_channels", boolean),
		opt("exclude_bot_users", boolean),
	))
	responseURL := opt("response_url_enabled", boolean)
	menu := func(p map[place]bool, check func(*checker, string, map[string]any), more ...field) elementSpec {
		return elementSpec{places: p, fields: base(more...), check: check}
	}
	options := opt("options", array(1, 100, menuOption))
	groups := opt("option_groups", array(1, 100, v.optionGroup()))
	return map[string]elementSpec{
		"button": {places: in(inSection, inActions), fields: []field{
			req("text", v.text.plain(1, 75)), action, confirm, opt("value", str(1, 2000)),
			opt("url", webURL(3000, "http", "https", "mailto")), opt("style", enum("primary", "danger")),
			opt("accessibility_label", str(1, 75)),
		}},
		"image": {places: in(inSection, inContext), fields: []field{
			opt("image_url", webURL(3000)), req("alt_text", str(1, 2000)), opt("slack_file", anything),
		}, check: imageSource},
		"overflow": {places: in(inSection, inActions), fields: []field{
			action, confirm, req("options", array(1, 5, v.option(v.text.plain(1, 75), true))),
		}},
		"static_select":         menu(everywhere, choices, options, groups, opt("initial_option", menuOption)),
		"multi_static_select":   menu(noActions, choices, options, groups, opt("initial_options", array(1, 100, menuOption)), maxSelected),
		"external_select":       menu(everywhere, nil, opt("initial_option", menuOption), opt("min_query_length", integer(0, 100))),
		"multi_external_select": menu(noActions, nil, opt("initial_options", array(1, 100, menuOption)), opt("min_query_length", integer(0, 100)), maxSelected),
		"users_select":          menu(everywhere, nil, opt("initial_user", str(1, 255))),
		"multi_users_select":    menu(noActions, nil, opt("initial_users", ids), maxSelected),
		"conversations_select":  menu(everywhere, nil, opt("initial_conversation", str(1, 255)), opt("default_to_current_conversation", boolean), responseURL, filter),
		"multi_conversations_select": menu(noActions, nil, opt("initial_conversations", ids),
			opt("default_to_current_conversation", boolean), maxSelected, filter),
		"channels_select":       menu(everywhere, nil, opt("initial_channel", str(1, 255)), responseURL),
		"multi_channels_select": menu(noActions, nil, opt("initial_channels", ids), maxSelected),
		"datepicker":            menu(everywhere, nil, opt("initial_date", pattern(datePattern, "date"))),
		"timepicker":            menu(everywhere, nil, opt("initial_time", pattern(timePattern, "time")), opt("timezone", str(1, 100))),
		"datetimepicker": {places: in(inActions, inInput), fields: []field{
			action, confirm, focus, opt("initial_date_time", integer(1_000_000_000, 9_999_999_999)),
		}},
		"checkboxes": {places: everywhere, fields: []field{
			action, confirm, focus, req("options", array(1, 10, listOption)), opt("initial_options", array(1, 10, listOption)),
		}, check: choices},
		"radio_buttons": {places: everywhere, fields: []field{
			action, confirm, focus, req("options", array(1, 10, listOption)), opt("initial_option", listOption),
		}, check: choices},
		"plain_text_input": {places: in(inInput), fields: textInput(base(), 3000,
			opt("initial_value", str(0, 3000)), opt("multiline", boolean)), check: lengthRange},
		"email_text_input": {places: in(inInput), fields: append(base(), opt("initial_value", str(0, 3000)), dispatch())},
		"url_text_input":   {places: in(inInput), fields: append(base(), opt("initial_value", str(0, 3000)), dispatch())},
		"number_input": {places: in(inInput), fields: append(base(), req("is_decimal_allowed", boolean),
			opt("initial_value", str(0, 100)), opt("min_value", str(0, 100)), opt("max_value", str(0, 100)), dispatch())},
		"rich_text_input": {places: in(inInput), fields: append(base(), opt("initial_value", anything), dispatch())},
		"file_input": {places: in(inInput), surfaces: map[Surface]bool{Modal: true}, fields: []field{
			action, opt("filetypes", array(1, 0, str(1, 100))), opt("max_files", integer(1, 10)),
		}},
	}
}

func textInput(fields []field, max int64, more ...field) []field {
	fields = append(fields, more...)
	return append(fields, opt("min_length", integer(0, max)), opt("max_length", integer(1, max)), dispatch())
}

// dispatch says when typing in an input sends block_actions.
func dispatch() field {
	return opt("dispatch_action_config", objectOf(
		req("trigger_actions_on", array(1, 2, enum("on_enter_pressed", "on_character_entered")))))
}

func lengthRange(c *checker, at string, obj map[string]any) {
	low, ok1 := number(obj["min_length"])
	high, ok2 := number(obj["max_length"])
	if ok1 && ok2 && low > high {
		c.fail(at, "min_length must be less than or equal to max_length")
	}
}

func imageSource(c *checker, at string, obj map[string]any) {
	_, byURL := obj["image_url"]
	_, byFile := obj["slack_file"]
	if byURL == byFile {
		c.fail(at, "must provide exactly one of image_url or slack_file")
	}
}
