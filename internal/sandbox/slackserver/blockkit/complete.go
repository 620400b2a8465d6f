package blockkit

// Complete fills in what Slack fills in when it stores blocks: a block_id for each block and an
// action_id for each interactive element that has none. The blocks are changed in place.
func Complete(blocks []any, newID func() string) {
	for _, b := range blocks {
		block, ok := b.(map[string]any)
		if !ok {
			continue
		}
		if id, _ := block["block_id"].(string); id == "" {
			block["block_id"] = newID()
		}
		for _, el := range Elements(block) {
			if id, _ := el["action_id"].(string); id == "" {
				el["action_id"] = newID()
			}
		}
	}
}

// Elements lists the interactive elements of a block: those of an actions block, the accessory of a
// section, the element of an input.
func Elements(block map[string]any) []map[string]any {
	var out []map[string]any
	add := func(v any) {
		el, ok := v.(map[string]any)
		if ok && el["type"] != "image" {
			out = append(out, el)
		}
	}
	switch block["type"] {
	case "actions":
		list, _ := block["elements"].([]any)
		for _, e := range list {
			add(e)
		}
	case "section":
		add(block["accessory"])
	case "input":
		add(block["element"])
	}
	return out
}
