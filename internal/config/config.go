package config

import (
	"log/slog"
	"time"
)

// Prefix is what the name of every environment variable begins with.
const Prefix = "CUSTOMERDESK_"

// Config is every setting of the service. Load fills it; there are no other defaults.
type Config struct {
	DatabaseURL        string // empty: a private cluster under DataDir
	MigrateDatabaseURL string // empty: DatabaseURL
	DataDir            string
	SecretKey          string // base64 of 32 bytes; empty: SecretKeyFile, else generated into DataDir
	SecretKeyFile      string
	HTTPAddr           string
	HTTPAddrGiven      bool // else HTTPAddr is the default, which may be taken
	MetricsAddr        string
	BlobURL            string // where the bytes of files are kept; empty: in Postgres
	ClamdAddr          string // of a ClamAV daemon; empty: files are not scanned
	PublicURL          string // without a slash at its end; empty: mails carry mailto links only

	DNSServer string // HOST:PORT; empty: the machine's
	NoDNS     bool   // nothing is looked up for verdicts on senders

	SlackAPIURL        string // with a slash at its end; empty: Slack's own
	SlackClientID      string
	SlackClientSecret  string
	SlackSigningSecret string

	AI    Model
	Embed Model

	LogLevel  slog.Level
	LogFormat string // text or json
	Tenant    string // slug; the default of --tenant

	// Warnings are doubts that stop nothing, such as a variable that no setting has.
	Warnings []string
}

// Model says who computes something.
type Model struct {
	Provider string // builtin, openai, anthropic or ollama
	Name     string
	BaseURL  string
	APIKey   string
	Timeout  time.Duration
}
