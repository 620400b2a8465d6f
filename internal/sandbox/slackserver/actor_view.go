package slackserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

var (
	// ErrIncomplete means that required inputs of a modal are empty; the client does not submit then.
	ErrIncomplete = errors.New("required inputs are empty")
	// ErrBadAnswer means the app's answer to a submission is none that Slack takes; a person reads "We
	// had some trouble connecting".
	ErrBadAnswer = errors.New("the app's answer is not valid")
)

// PressIn presses a button in the uppermost modal or in a Home tab.
func (a *Actor) PressIn(ctx context.Context, viewID, actionID string, value ...string) error {
	return a.useInView(ctx, viewID, "", actionID, value)
}

// SelectIn chooses in a menu of the uppermost modal or of a Home tab; see Select. It is for elements
// that act at once; the inputs of a form are filled in by Submit.
func (a *Actor) SelectIn(ctx context.Context, viewID, actionID string, values ...string) error {
	return a.useInView(ctx, viewID, "", actionID, values)
}

func (a *Actor) useInView(ctx context.Context, viewID, block, action string, values []string) error {
	d, err := a.use(func() (surface, error) {
		sf, err := a.s.onView(a.user, viewID)
		if err != nil {
			return sf, err
		}
		f, err := pick(sf.view.Blocks, block, action, values)
		if dispatch, _ := f.block["dispatch_action"].(bool); err == nil && f.block["type"] == "input" && !dispatch {
			return sf, fmt.Errorf("input %q does not act by itself: %w", action, ErrNoSuchElement)
		}
		return sf, err
	}, block, action, values)
	if err != nil {
		return err
	}
	_, err = a.s.await(ctx, d)
	return err
}

// Fill enters values into inputs of a view without submitting. The keys of values are action ids or
// block ids; a value is a string or a []string as for Select.
func (a *Actor) Fill(viewID string, values map[string]any) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	sf, err := a.s.onView(a.user, viewID)
	if err != nil {
		return err
	}
	return a.s.fillView(sf.view, values)
}

func (s *Server) fillView(v *View, values map[string]any) error {
	used := map[string]bool{}
	for _, b := range v.Blocks {
		block := object(b)
		id := str(block["block_id"])
		for _, el := range blockkit.Elements(block) {
			action := str(el["action_id"])
			key := action
			raw, ok := values[key]
			if !ok {
				key = id
				raw, ok = values[key]
			}
			if !ok {
				continue
			}
			used[key] = true
			var state Object
			var err error
			if str(el["type"]) == "file_input" {
				state, err = s.attached(v.User, el, texts(raw))
			} else {
				state, err = chosen(s.stocked(v.User, block, el), texts(raw))
			}
			if err != nil {
				return err
			}
			if object(v.Values[id]) != nil {
				object(v.Values[id])[action] = state
			}
		}
	}
	for key := range values {
		if !used[key] {
			return fmt.Errorf("input %q among %v: %w", key, actionIDs(v.Blocks), ErrNoSuchElement)
		}
	}
	return nil
}

func texts(v any) []string {
	switch t := v.(type) {
	case string:
		return []string{t}
	case []string:
		return t
	case []any:
		var out []string
		for _, e := range t {
			out = append(out, scalar(e))
		}
		return out
	}
	return nil
}

// Submit fills in the uppermost modal (see Fill) and submits it. The app's errors come back by block id
// and leave the modal open; without errors the modal closes, changes or gets another on top, as the app
// answers. ErrIncomplete is returned without asking the app.
func (a *Actor) Submit(ctx context.Context, viewID string, values map[string]any) (fieldErrors map[string]string, err error) {
	d, v, err := a.submit(viewID, values)
	if err != nil {
		return nil, err
	}
	ack, err := a.s.await(ctx, d)
	if err != nil {
		return nil, err
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if a.s.views[v.ID] != v {
		return nil, nil // The app updated it away in the meantime.
	}
	return a.s.submitted(v, ack)
}

func (a *Actor) submit(viewID string, values map[string]any) (*delivery, *View, error) {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	sf, err := s.onView(a.user, viewID)
	if err != nil {
		return nil, nil, err
	}
	v := sf.view
	if v.Type != "modal" || v.Submit == "" {
		return nil, nil, fmt.Errorf("view %s has no submit button: %w", viewID, ErrNoSuchElement)
	}
	if err := s.fillView(v, values); err != nil {
		return nil, nil, err
	}
	if open := unfilled(v); len(open) > 0 {
		return nil, nil, fmt.Errorf("inputs %v: %w", open, ErrIncomplete)
	}
	o := s.payload("view_submission", sf)
	o["response_urls"] = s.viewResponseURLs(sf)
	return s.interact(sf.app, o), v, nil
}

// unfilled lists the block ids of required inputs that are empty.
func unfilled(v *View) []string {
	var open []string
	for _, b := range v.Blocks {
		block := object(b)
		if optional, _ := block["optional"].(bool); block["type"] != "input" || optional {
			continue
		}
		id, el := str(block["block_id"]), object(block["element"])
		if empty(object(object(v.Values[id])[str(el["action_id"])])) {
			open = append(open, id)
		}
	}
	sort.Strings(open)
	return open
}

// viewResponseURLs are those of conversation menus with response_url_enabled.
func (s *Server) viewResponseURLs(sf surface) []any {
	out := []any{}
	for _, b := range sf.view.Blocks {
		block := object(b)
		el := object(block["element"])
		if enabled, _ := el["response_url_enabled"].(bool); !enabled {
			continue
		}
		state := object(object(sf.view.Values[str(block["block_id"])])[str(el["action_id"])])
		key, _ := stateKeys(str(el["type"]))
		if r := sf.team.channels[str(state[key])]; r != nil {
			out = append(out, Object{"block_id": block["block_id"], "action_id": el["action_id"], "channel_id": r.ID,
				"response_url": s.newResponseURL(responseURL{app: sf.app, team: sf.team, room: r, user: sf.user.ID})})
		}
	}
	return out
}

// submitted carries out the app's answer to view_submission. The caller holds mu.
func (s *Server) submitted(v *View, ack json.RawMessage) (map[string]string, error) {
	var answer struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
	}
	var body any
	if len(ack) > 0 {
		if err := json.Unmarshal(ack, &answer); err != nil {
			return nil, fmt.Errorf("answer %.200s: %w", ack, ErrBadAnswer)
		}
		body, _ = decode(string(ack))
	}
	switch answer.Action {
	case "":
		s.closeTop(v.User)
	case "clear":
		s.closeAll(v.User)
	case "errors":
		return answer.Errors, s.showErrors(v, answer.Errors)
	case "update", "push":
		next := object(object(body)["view"])
		if problems := s.blocks.View(next, blockkit.Modal); len(problems) > 0 {
			return nil, fmt.Errorf("%s: %w", problems[0], ErrBadAnswer)
		}
		if answer.Action == "update" {
			s.apply(v, next)
			s.touch(change{Kind: "view", User: v.User})
			break
		}
		if len(s.stacks[v.User]) >= maxStack {
			return nil, fmt.Errorf("push_limit_reached: %w", ErrBadAnswer)
		}
		s.openView(&trigger{app: v.App, team: v.Team, user: v.User}, next, true)
	default:
		return nil, fmt.Errorf("response_action %q: %w", answer.Action, ErrBadAnswer)
	}
	return nil, nil
}

// showErrors puts the app's errors under the inputs; Slack takes block ids of inputs only.
func (s *Server) showErrors(v *View, errs map[string]string) error {
	inputs := map[string]bool{}
	for _, b := range v.Blocks {
		inputs[str(object(b)["block_id"])] = object(b)["type"] == "input"
	}
	for id := range errs {
		if !inputs[id] {
			return fmt.Errorf("error for %q, which is no input block: %w", id, ErrBadAnswer)
		}
	}
	if len(errs) == 0 {
		return fmt.Errorf("no errors in the answer: %w", ErrBadAnswer)
	}
	v.Errors = errs
	s.touch(change{Kind: "view", User: v.User})
	return nil
}

// CloseView closes the uppermost modal by its close button; with clear, the whole stack by its cross.
// The app hears of it if the view has notify_on_close.
func (a *Actor) CloseView(ctx context.Context, viewID string, clear bool) error {
	s := a.s
	s.mu.Lock()
	sf, err := s.onView(a.user, viewID)
	if err == nil && sf.view.Type != "modal" {
		err = fmt.Errorf("view %s is a Home tab: %w", viewID, ErrNoSuchElement)
	}
	if err != nil {
		s.mu.Unlock()
		return err
	}
	clear = clear || sf.view.ClearOnClose
	var waits []*delivery
	for {
		v := s.top(a.user)
		if v == nil {
			break
		}
		if v.NotifyOnClose {
			o := s.payload("view_closed", surface{team: sf.team, user: sf.user, app: s.apps[v.App], view: v})
			delete(o, "trigger_id")
			o["is_cleared"] = clear
			waits = append(waits, s.interact(s.apps[v.App], o))
		}
		s.closeTop(a.user)
		if !clear {
			break
		}
	}
	s.mu.Unlock()
	for _, d := range waits {
		if _, err := s.await(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// OpenHome opens the Home tab of an app; the app hears of it by app_home_opened.
func (a *Actor) OpenHome(appID string) error {
	channel, err := a.Direct(appID)
	if err != nil {
		return err
	}
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	t, _ := s.person(a.user)
	o := Object{"type": "app_home_opened", "user": a.user, "channel": channel, "tab": "home"}
	if v := s.views[s.homes[a.user+"/"+appID]]; v != nil {
		o["view"] = s.wireView(v)
	}
	s.emit(t, s.apps[appID], "app_home_opened", o)
	return nil
}
