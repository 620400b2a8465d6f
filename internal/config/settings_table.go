package config

import "strings"

// A Setting is one variable, as --help shows it.
type Setting struct {
	Name string // without Prefix
	Help string
}

// Flag returns the setting's flag: DATABASE_URL is --database-url.
func (s Setting) Flag() string { return strings.ReplaceAll(strings.ToLower(s.Name), "_", "-") }

// Secret reports whether the value must not be shown, nor given as a flag (any user of the machine can
// read the arguments of a process).
func (s Setting) Secret() bool {
	switch s.Name {
	case "SECRET_KEY", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "AI_API_KEY", "EMBED_API_KEY":
		return true
	}
	return false
}

// Settings returns all settings in the order to show them.
func Settings() []Setting {
	return []Setting{
		{"DATABASE_URL", "the service's login on a Postgres with pgvector; empty: a private cluster under DATA_DIR"},
		{"MIGRATE_DATABASE_URL", "the owner's login, for migrate; empty: DATABASE_URL"},
		{"DATA_DIR", "private cluster, generated secret key, model files; empty: $XDG_DATA_HOME/customerdesk, else ~/.local/share/customerdesk"},
		{"SECRET_KEY", "base64 of 32 bytes: encrypts stored credentials, signs reply addresses and links; empty: generated once into DATA_DIR"},
		{"SECRET_KEY_FILE", "a file that holds SECRET_KEY"},
		{"BLOB_URL", "where the files of mails are kept: file:///FOLDER or s3://BUCKET?region=REGION&endpoint=URL, with credentials as the AWS SDK reads them; empty: in Postgres"},
		{"CLAMD_ADDR", "a ClamAV daemon that scans the files of mails: tcp://HOST:PORT or unix:///PATH; empty: they are not scanned"},
		{"HTTP_ADDR", "where customers' browsers are answered (127.0.0.1:8080; where it is not set and that is taken, they are not)"},
		{"METRICS_ADDR", "/metrics, /healthz, /readyz; never public (127.0.0.1:9090)"},
		{"PUBLIC_URL", "how customers reach HTTP_ADDR, such as https://help.example.com: answers then have signed links to confirm pages, and automatic mail is unsubscribed from by one click; empty: mails carry mailto links only"},
		{"DNS_SERVER", "HOST:PORT of the DNS server that verdicts on senders ask, off: none is asked; empty: the machine's"},
		{"SLACK_API_URL", "for a Slack stand-in; empty: Slack's own"},
		{"SLACK_CLIENT_ID", "of the app, for `slack install` and tokens that expire"},
		{"SLACK_CLIENT_SECRET", "of the app, likewise"},
		{"SLACK_SIGNING_SECRET", "for the Events API; not used in this version (Socket Mode is)"},
		{"AI_PROVIDER", "builtin, openai, anthropic or ollama (builtin)"},
		{"AI_MODEL", "the provider's model; `doctor` lists what it offers"},
		{"AI_BASE_URL", "of a compatible server"},
		{"AI_API_KEY", "the provider's key"},
		{"AI_TIMEOUT", "how long to wait for the provider (30s)"},
		{"EMBED_PROVIDER", "builtin, openai or ollama (builtin); not used in this version: search is by words"},
		{"EMBED_MODEL", "the provider's model for embeddings"},
		{"EMBED_BASE_URL", "of a compatible server"},
		{"EMBED_API_KEY", "the provider's key"},
		{"LOG_LEVEL", "debug, info, warn or error (info)"},
		{"LOG_FORMAT", "text or json (text on a terminal, else json)"},
		{"TENANT", "the default of --tenant"},
	}
}
