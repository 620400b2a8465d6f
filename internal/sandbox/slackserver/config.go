package slackserver

import (
	"log/slog"
	"time"
)

// A Config describes the workspaces and apps of a stand-in. The zero value has neither; DemoConfig has
// one of each.
type Config struct {
	Clock  func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discard
	Teams  []Team
	Apps   []App

	// BaseURL is where the handler is reached, without a trailing slash, for the addresses that stand
	// in payloads (response URLs, uploads, Socket Mode). Start fills it in. Without it the Host of the
	// latest request counts.
	BaseURL string

	// RateLimits makes the Web API refuse what exceeds Slack's published limits, measured on Clock.
	RateLimits bool

	// AckTimeout is how long an app has to acknowledge; 0 means Slack's 3 seconds.
	AckTimeout time.Duration
	// RetryDelays are the waits before each redelivery of an event; nil means Slack's: nearly at
	// once, 1 minute, 5 minutes.
	RetryDelays []time.Duration
	// PingInterval is the time between WebSocket pings; 0 means 10 seconds.
	PingInterval time.Duration
}

// Defaults that Slack documents or shows.
const (
	defaultAckTimeout   = 3 * time.Second
	defaultPingInterval = 10 * time.Second
	triggerLifetime     = 3 * time.Second
	responseURLLifetime = 30 * time.Minute
	responseURLUses     = 5
)

// A Team is a workspace.
type Team struct {
	ID           string
	Name         string
	Domain       string // the part before .slack.com
	EnterpriseID string // set in an Enterprise Grid organisation
	Users        []User
	Channels     []Channel
}

// A User is a person in a workspace. The users of apps' bots come from Install and are not listed.
type User struct {
	ID       string
	Name     string // the handle
	RealName string
	Title    string
	Email    string
	TZ       string // IANA name; empty means Europe/Berlin
	Admin    bool
	Deleted  bool

	bot   bool
	botID string
	appID string
}

// A Channel is a public or private channel. Direct messages come into being when needed.
type Channel struct {
	ID       string
	Name     string // without #
	Topic    string
	Purpose  string
	Private  bool
	Archived bool
	Members  []string // user ids, those of bots included
	// SharedWith are further workspaces that have the channel too, by Slack Connect.
	SharedWith []string

	im string // the person of a direct message with a bot
	// bot is the bot's user id of a direct message.
	bot     string
	created time.Time
}

// An App is an app as its manifest describes it.
type App struct {
	ID                string
	Name              string
	Description       string
	ClientID          string
	ClientSecret      string
	SigningSecret     string
	VerificationToken string
	AppToken          string // xapp-…, with connections:write

	// EventsURL switches the app from Socket Mode to HTTP. InteractivityURL is used for buttons, views
	// and shortcuts and, unless a Command has its own, for commands; empty means EventsURL.
	EventsURL        string
	InteractivityURL string

	// Events are the subscriptions by their manifest names, such as message.channels or app_mention;
	// an event that is not listed is not sent.
	Events []string
	// MetadataEvents narrows message_metadata_posted to these event types; empty means all.
	MetadataEvents []string
	Commands       []Command
	Shortcuts      []Shortcut
	Installs       []Install

	// RedirectURLs are the beginnings of where OAuth may lead back to; empty: anywhere on loopback.
	RedirectURLs []string
	// TokenRotation has the tokens that OAuth makes live for twelve hours and come with a refresh token.
	TokenRotation bool
	// OrgDeploy lets the app be installed in a whole organisation.
	OrgDeploy bool
}

// A Command is a slash command.
type Command struct {
	Name        string // with the slash
	Description string
	UsageHint   string
	URL         string // over HTTP; empty: the app's InteractivityURL
}

// ShortcutKind says where a shortcut is found.
type ShortcutKind string

// The kinds of shortcuts.
const (
	GlobalShortcut  ShortcutKind = "global"
	MessageShortcut ShortcutKind = "message"
)

// A Shortcut is an entry in the shortcuts menu or in a message's menu.
type Shortcut struct {
	CallbackID string
	Name       string
	Kind       ShortcutKind
}

// An Install is an app in a workspace, or in all workspaces of an organisation.
type Install struct {
	TeamID    string // T…, or E… for an organisation
	BotUserID string
	BotID     string
	BotToken  string // xoxb-…
	Scopes    []string
	Installer string // user id of who installed it
}
