package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // machines without the database have zones too
)

// Settings are a tenant's own choices. Each has a default that fits most.
type Settings struct {
	// CloseAfter is how long a ticket stays resolved before it is closed; default 72 hours.
	CloseAfter Duration `json:"close_after"`
	// UndoWindow is how long an answer can be taken back before it is sent; default 10 seconds.
	UndoWindow Duration `json:"undo_window"`
	// Signature stands below every answer; default: the tenant's name.
	Signature string `json:"signature"`
	// AttachmentQuota is how much the files of mails may take up before doctor and Slack warn; default: no limit. Mail is stored
	// all the same.
	AttachmentQuota Size `json:"attachment_quota"`
	// FooterLinks has answers end with links by which the customer resolves, closes or reopens the ticket; default true.
	FooterLinks bool `json:"footer_links"`
	// Language is that of what mail says by itself where the customer's own is not told, as an ISO 639 code; default: English.
	Language string `json:"language,omitempty"`
	// Timezone is that of times in mail, as a name of the IANA time zone database; default: UTC.
	Timezone string `json:"timezone,omitempty"`
	// ThreadDefault is what becomes of a message that a member types below a ticket in Slack; default ThreadNote.
	ThreadDefault ThreadDefault `json:"thread_default"`
}

// ThreadDefault says what becomes of a message that a member types below a ticket in Slack. Whatever it is, a message
// that mentions somebody or begins with // is a note.
type ThreadDefault string

// The choices.
const (
	ThreadNote  ThreadDefault = "note"  // an internal note, which can be sent afterwards
	ThreadAsk   ThreadDefault = "ask"   // an internal note, and its author is asked each time whether to send it
	ThreadReply ThreadDefault = "reply" // an answer to the customer, which can be taken back for the undo window
)

func defaultSettings() Settings {
	return Settings{CloseAfter: Duration(72 * time.Hour), UndoWindow: Duration(10 * time.Second), FooterLinks: true, ThreadDefault: ThreadNote}
}

// MaxUndoWindow is the longest window for taking an answer back.
const MaxUndoWindow = 10 * time.Minute

// ReadSettings reads what tenants.settings holds; what is missing there has its default.
func ReadSettings(raw []byte) (Settings, error) {
	s := defaultSettings()
	if err := json.Unmarshal(raw, &s); err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	return s, nil
}

// A Duration is a time.Duration that reads and writes itself as text, such as "72h" or "14d".
type Duration time.Duration

// MarshalText writes d as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads, and whole days as "3d".
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	var days int
	if n, err := fmt.Sscanf(s, "%dd", &days); err == nil && n == 1 && s == fmt.Sprintf("%dd", days) {
		*d = Duration(time.Duration(days) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is no duration: write 90m, 72h or 14d", s)
	}
	*d = Duration(v)
	return nil
}

// String writes d without the zero parts that time.Duration adds.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// A Setting is one key that `tenant set` knows.
type Setting struct {
	Key  string
	Help string
	set  func(t *Tenant, value string) error
	get  func(t Tenant) string
}

// Value returns what t has for the setting, as Set reads it.
func (s Setting) Value(t Tenant) string { return s.get(t) }

// SettingKeys returns all settings, in the order to show them.
func SettingKeys() []Setting {
	return []Setting{
		{
			Key: "name", Help: "the organisation's name, as customers see it",
			set: func(t *Tenant, v string) error {
				if strings.TrimSpace(v) == "" {
					return fmt.Errorf("name: it must not be empty")
				}
				t.Name = v
				return nil
			},
			get: func(t Tenant) string { return t.Name },
		},
		{
			Key: "close_after", Help: "how long a ticket stays resolved before it is closed, such as 72h or 14d",
			set: func(t *Tenant, v string) error {
				var d Duration
				if err := d.UnmarshalText([]byte(v)); err != nil {
					return fmt.Errorf("close_after: %w", err)
				}
				if d < Duration(time.Minute) {
					return fmt.Errorf("close_after: %s is too short, one minute is the least", d)
				}
				t.Settings.CloseAfter = d
				return nil
			},
			get: func(t Tenant) string { return t.Settings.CloseAfter.String() },
		},
		{
			Key: "undo_window", Help: "how long an answer can be taken back before it is sent, such as 10s; 0s: not at all",
			set: func(t *Tenant, v string) error {
				var d Duration
				if err := d.UnmarshalText([]byte(v)); err != nil {
					return fmt.Errorf("undo_window: %w", err)
				}
				if d < 0 || d > Duration(MaxUndoWindow) {
					return fmt.Errorf("undo_window: %s is not between 0s and %s", d, Duration(MaxUndoWindow))
				}
				t.Settings.UndoWindow = d
				return nil
			},
			get: func(t Tenant) string { return t.Settings.UndoWindow.String() },
		},
		{
			Key: "attachment_quota", Help: "how much the files of mails may take up before doctor and Slack warn, such as 10GB; none: no limit. Mail is never refused for it",
			set: func(t *Tenant, v string) error {
				if err := t.Settings.AttachmentQuota.UnmarshalText([]byte(v)); err != nil {
					return fmt.Errorf("attachment_quota: %w", err)
				}
				return nil
			},
			get: func(t Tenant) string { return t.Settings.AttachmentQuota.String() },
		},
		{
			Key: "footer_links", Help: "whether answers end with links by which customers resolve, close or reopen their ticket: on or off",
			set: func(t *Tenant, v string) error {
				if v != "on" && v != "off" {
					return fmt.Errorf("footer_links: %q is neither on nor off", v)
				}
				t.Settings.FooterLinks = v == "on"
				return nil
			},
			get: func(t Tenant) string {
				if t.Settings.FooterLinks {
					return "on"
				}
				return "off"
			},
		},
		{
			Key: "language", Help: "the language of the line above quotations where the customer's own is not told, such as de; empty: en",
			set: func(t *Tenant, v string) error {
				if v = strings.ToLower(strings.TrimSpace(v)); v != "" && !isLanguage(v) {
					return fmt.Errorf("language: %q is no code of two letters, such as en, de or ja", v)
				}
				t.Settings.Language = v
				return nil
			},
			get: func(t Tenant) string { return t.Settings.Language },
		},
		{
			Key: "timezone", Help: "the time zone of times in mail to customers, such as Europe/Berlin; empty: UTC",
			set: func(t *Tenant, v string) error {
				v = strings.TrimSpace(v)
				if v != "" && Zone(v) == nil {
					return fmt.Errorf("timezone: %q is no name such as Europe/Berlin or America/New_York", v)
				}
				t.Settings.Timezone = v
				return nil
			},
			get: func(t Tenant) string { return t.Settings.Timezone },
		},
		{
			Key: "thread_default", Help: "what a message is that a member types below a ticket in Slack: note (internal), ask (internal, and asks whether to send it) or reply (sent to the customer)",
			set: func(t *Tenant, v string) error {
				switch d := ThreadDefault(v); d {
				case ThreadNote, ThreadAsk, ThreadReply:
					t.Settings.ThreadDefault = d
					return nil
				}
				return fmt.Errorf("thread_default: %q is not note, ask or reply", v)
			},
			get: func(t Tenant) string { return string(t.Settings.ThreadDefault) },
		},
		{
			Key: "signature", Help: "the lines below every answer; empty: the organisation's name",
			set: func(t *Tenant, v string) error { t.Settings.Signature = v; return nil },
			get: func(t Tenant) string { return t.Settings.Signature },
		},
	}
}

// Zone is the time zone of a name; nil where there is none of that name. The machine's own has none.
func Zone(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

func isLanguage(code string) bool {
	return len(code) == 2 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") == ""
}

// Set changes settings given as KEY=VALUE, all or none.
func Set(ctx context.Context, tx Tx, pairs []string) (Tenant, error) {
	t, err := Current(ctx, tx)
	if err != nil {
		return Tenant{}, err
	}
	for _, p := range pairs {
		key, value, ok := strings.Cut(p, "=")
		if !ok {
			return Tenant{}, fmt.Errorf("%q: write KEY=VALUE", p)
		}
		if err := setOne(&t, key, value); err != nil {
			return Tenant{}, err
		}
	}
	settings, err := json.Marshal(t.Settings)
	if err != nil {
		return Tenant{}, fmt.Errorf("write settings: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tenants SET name = $2, settings = $3, updated_at = now() WHERE id = $1`, tx.Tenant(), t.Name, settings); err != nil {
		return Tenant{}, fmt.Errorf("write settings: %w", err)
	}
	return t, nil
}

func setOne(t *Tenant, key, value string) error {
	var known []string
	for _, s := range SettingKeys() {
		if s.Key == key {
			return s.set(t, value)
		}
		known = append(known, s.Key)
	}
	return fmt.Errorf("setting %q is not known: there are %s", key, strings.Join(known, ", "))
}
