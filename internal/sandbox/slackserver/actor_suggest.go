package slackserver

import (
	"context"
	"encoding/json"
	"fmt"
)

// Suggest types a query into an external_select of the uppermost modal or a Home tab and returns the
// option values the app offers (https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload).
// Only what was offered last can be chosen afterwards.
func (a *Actor) Suggest(ctx context.Context, viewID, actionID, query string) (values []string, err error) {
	options, err := a.suggest(ctx, func() (surface, error) { return a.s.onView(a.user, viewID) }, "", actionID, query)
	return optionValues(options), err
}

// SuggestOn is Suggest in a message.
func (a *Actor) SuggestOn(ctx context.Context, channel, ts, actionID, query string) (values []string, err error) {
	options, err := a.suggest(ctx, func() (surface, error) { return a.s.onMessage(a.user, channel, ts) }, "", actionID, query)
	return optionValues(options), err
}

func optionValues(options []any) []string {
	var values []string
	for _, o := range options {
		values = append(values, str(object(o)["value"]))
	}
	return values
}

func (a *Actor) suggest(ctx context.Context, where func() (surface, error), block, action, query string) ([]any, error) {
	s := a.s
	s.mu.Lock()
	sf, err := where()
	var f found
	if err == nil {
		f, err = pick(sf.blocks(), block, action, nil)
	}
	if err == nil && !isExternal(str(f.el["type"])) {
		err = fmt.Errorf("%q has its own options: %w", action, ErrNoSuchElement)
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	o := s.payload("block_suggestion", sf)
	delete(o, "trigger_id")
	o["action_id"], o["block_id"], o["value"] = f.el["action_id"], f.block["block_id"], query
	if sf.view != nil {
		o["container"] = Object{"type": "view", "view_id": sf.view.ID}
	} else {
		s.describeMessage(o, sf)
		delete(o, "response_url")
	}
	d := s.interact(sf.app, o)
	s.mu.Unlock()
	ack, err := s.await(ctx, d)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offer(a.user, f, ack)
}

// offer validates what the app suggests and remembers it. The caller holds mu.
func (s *Server) offer(user string, f found, ack json.RawMessage) ([]any, error) {
	v, err := decode(string(ack))
	if err != nil {
		return nil, fmt.Errorf("suggestions %.200s: %w", ack, ErrBadAnswer)
	}
	menu := Object{"type": "static_select"}
	for _, k := range []string{"options", "option_groups"} {
		if l := list(object(v)[k]); l != nil {
			menu[k] = l
		}
	}
	options := list(menu["options"])
	for _, g := range list(menu["option_groups"]) {
		options = append(options, list(object(g)["options"])...)
	}
	if len(options) > 0 {
		probe := []any{Object{"type": "actions", "elements": []any{menu}}}
		if problems := s.blocks.MessageBlocks(probe, ""); len(problems) > 0 {
			return nil, fmt.Errorf("suggestions: %s: %w", problems[0], ErrBadAnswer)
		}
	}
	s.offered[offerKey(user, f.block, f.el)] = options
	return options, nil
}

func isExternal(kind string) bool {
	return kind == "external_select" || kind == "multi_external_select"
}

func offerKey(user string, block, el Object) string {
	return user + " " + str(block["block_id"]) + " " + str(el["action_id"])
}

// stocked is an element with the options that were offered for it, if it gets them from the app; its
// initial choice stays possible.
func (s *Server) stocked(user string, block, el Object) Object {
	if !isExternal(str(el["type"])) {
		return el
	}
	out := clone(el)
	options := append([]any{}, s.offered[offerKey(user, block, el)]...)
	if o := el["initial_option"]; o != nil {
		options = append(options, o)
	}
	out["options"] = append(options, list(el["initial_options"])...)
	return out
}
