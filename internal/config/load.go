package config

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/clamd"
)

// A Source is where Load reads from.
type Source struct {
	Flags   map[string]string           // by variable name without the prefix; only those given
	Getenv  func(string) (string, bool) // os.LookupEnv
	File    string                      // path; empty: none
	Environ []string                    // os.Environ(), to find misspelt names
	// Terminal says whether standard error is one, for the default of LOG_FORMAT.
	Terminal bool
}

// Load reads and validates all settings. The error joins every fault.
func Load(src Source) (Config, error) {
	file, err := readFile(src.File)
	if err != nil {
		return Config{}, err
	}
	r := reader{src: src, file: file}
	c := Config{
		DatabaseURL:        r.postgresURL("DATABASE_URL"),
		MigrateDatabaseURL: r.postgresURL("MIGRATE_DATABASE_URL"),
		DataDir:            r.dataDir(),
		SecretKey:          r.text("SECRET_KEY", ""),
		SecretKeyFile:      r.text("SECRET_KEY_FILE", ""),
		HTTPAddr:           r.address("HTTP_ADDR", "127.0.0.1:8080"),
		MetricsAddr:        r.address("METRICS_ADDR", "127.0.0.1:9090"),
		BlobURL:            r.blobURL("BLOB_URL"),
		ClamdAddr:          r.clamdAddr("CLAMD_ADDR"),
		PublicURL:          strings.TrimSuffix(r.httpURL("PUBLIC_URL"), "/"),
		SlackAPIURL:        r.httpURL("SLACK_API_URL"),
		SlackClientID:      r.text("SLACK_CLIENT_ID", ""),
		SlackClientSecret:  r.text("SLACK_CLIENT_SECRET", ""),
		SlackSigningSecret: r.text("SLACK_SIGNING_SECRET", ""),
		AI: Model{
			Provider: r.oneOf("AI_PROVIDER", "builtin", "builtin", "openai", "anthropic", "ollama"),
			Name:     r.text("AI_MODEL", ""), BaseURL: r.httpURL("AI_BASE_URL"), APIKey: r.text("AI_API_KEY", ""),
			Timeout: r.duration("AI_TIMEOUT", 30*time.Second),
		},
		Embed: Model{
			Provider: r.oneOf("EMBED_PROVIDER", "builtin", "builtin", "openai", "ollama"),
			Name:     r.text("EMBED_MODEL", ""), BaseURL: r.httpURL("EMBED_BASE_URL"), APIKey: r.text("EMBED_API_KEY", ""),
		},
		LogLevel: r.level(),
		Tenant:   r.text("TENANT", ""),
	}
	c.DNSServer, c.NoDNS = r.dns()
	c.HTTPAddrGiven = r.text("HTTP_ADDR", "") != ""
	format := "json"
	if src.Terminal {
		format = "text"
	}
	c.LogFormat = r.oneOf("LOG_FORMAT", format, "text", "json")
	if c.SlackAPIURL != "" && !strings.HasSuffix(c.SlackAPIURL, "/") {
		c.SlackAPIURL += "/"
	}
	r.needModel("AI", c.AI)
	r.needModel("EMBED", c.Embed)
	if c.SecretKey != "" && c.SecretKeyFile != "" {
		r.fault("SECRET_KEY", "it and %sSECRET_KEY_FILE are both set: keep one", Prefix)
	}
	if c.SecretKey != "" || c.SecretKeyFile != "" { // else it is made, which is not for looking at settings
		if _, _, err := c.Key(); err != nil {
			r.faults = append(r.faults, err)
		}
	}
	c.Warnings = r.unknown()
	return c, errors.Join(r.faults...)
}

type reader struct {
	src    Source
	file   map[string]string
	faults []error
}

func (r *reader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(Prefix+name+": "+format, args...))
}

func (r *reader) text(name, otherwise string) string {
	if v, ok := r.src.Flags[name]; ok {
		return v
	}
	if v, ok := r.src.Getenv(Prefix + name); ok && v != "" {
		return v
	}
	if v := r.file[Prefix+name]; v != "" {
		return v
	}
	return otherwise
}

func (r *reader) oneOf(name, otherwise string, allowed ...string) string {
	v := strings.ToLower(r.text(name, otherwise))
	if !slices.Contains(allowed, v) {
		r.fault(name, "%q is not allowed: it is one of %s", v, strings.Join(allowed, ", "))
	}
	return v
}

func (r *reader) duration(name string, otherwise time.Duration) time.Duration {
	s := r.text(name, "")
	if s == "" {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		r.fault(name, "%q is no duration: write 30s or 2m", s)
	}
	return d
}

func (r *reader) level() slog.Level {
	var l slog.Level
	s := r.oneOf("LOG_LEVEL", "info", "debug", "info", "warn", "error")
	// A level that oneOf did not allow is a fault already.
	_ = l.UnmarshalText([]byte(s))
	return l
}

func (r *reader) address(name, otherwise string) string {
	s := r.text(name, otherwise)
	if _, port, err := net.SplitHostPort(s); err != nil || port == "" {
		r.fault(name, "%q is no address: write HOST:PORT such as %s", s, otherwise)
	}
	return s
}

func (r *reader) dns() (server string, off bool) {
	s := r.text("DNS_SERVER", "")
	switch s {
	case "":
		return "", false
	case "off":
		return "", true
	}
	if host, port, err := net.SplitHostPort(s); err != nil || host == "" || port == "" {
		r.fault("DNS_SERVER", "%q is no DNS server: write HOST:PORT such as 127.0.0.1:53, or off", s)
	}
	return s, false
}

func (r *reader) httpURL(name string) string {
	s := r.text(name, "")
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		r.fault(name, "%q is no address of the web: write http://HOST or https://HOST", s)
	}
	return s
}

func (r *reader) blobURL(name string) string {
	s := r.text(name, "")
	if s != "" {
		if err := blobs.CheckURL(s); err != nil {
			r.fault(name, "%s", err)
		}
	}
	return s
}

func (r *reader) clamdAddr(name string) string {
	s := r.text(name, "")
	if s != "" {
		if err := clamd.CheckAddress(s); err != nil {
			r.fault(name, "%s", err)
		}
	}
	return s
}

func (r *reader) postgresURL(name string) string {
	s := r.text(name, "")
	if s == "" || strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		return s
	}
	// What was read is not repeated: it may hold a password.
	r.fault(name, "it is no URL of a Postgres database: write postgres://USER:PASSWORD@HOST:5432/DATABASE")
	return s
}

func (r *reader) dataDir() string {
	dir := r.text("DATA_DIR", "")
	if dir == "" {
		if base, ok := r.src.Getenv("XDG_DATA_HOME"); ok && filepath.IsAbs(base) {
			return filepath.Join(base, "customerdesk")
		}
		home, ok := r.src.Getenv("HOME")
		if !ok || home == "" {
			r.fault("DATA_DIR", "it is empty and there is no home folder to take its place: name a folder")
			return ""
		}
		return filepath.Join(home, ".local", "share", "customerdesk")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		r.fault("DATA_DIR", "%q: %v", dir, err)
	}
	return abs
}

func (r *reader) needModel(prefix string, m Model) {
	switch m.Provider {
	case "openai", "anthropic", "ollama":
	default: // builtin needs nothing, and of what is not allowed nobody knows
		return
	}
	if m.Name == "" {
		r.fault(prefix+"_MODEL", "it is empty, and the provider %s needs one: `customerdesk doctor` lists what it offers", m.Provider)
	}
	if m.APIKey == "" && m.BaseURL == "" && m.Provider != "ollama" {
		r.fault(prefix+"_API_KEY", "it is empty, and %s asks for a key (unless %s%s_BASE_URL names a server of yours)", m.Provider, Prefix, prefix)
	}
}

// unknown finds misspelt names, which would otherwise silently do nothing: a fault in the file, which is
// ours alone, and a doubt in the environment, which is not.
func (r *reader) unknown() (warnings []string) {
	known := map[string]bool{}
	for _, s := range Settings() {
		known[Prefix+s.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.file)) {
		if !known[name] {
			r.faults = append(r.faults, fmt.Errorf("%s: there is no such setting (`customerdesk --help` lists them)", name))
		}
	}
	for _, kv := range r.src.Environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, Prefix) && !strings.HasPrefix(name, Prefix+"TEST") && !known[name] {
			warnings = append(warnings, name+": there is no such setting (`customerdesk --help` lists them)")
		}
	}
	slices.Sort(warnings)
	return warnings
}

// readFile reads KEY=VALUE lines: empty ones and those that begin with # are passed over, "export " before
// the name and quotes around the value are taken off.
func readFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w; name a file that this user may read", err)
	}
	defer f.Close()
	values := map[string]string{}
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			return nil, fmt.Errorf("--config %s line %d: write NAME=VALUE", path, n)
		}
		values[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("--config %s: %w; it is to be a text file of NAME=VALUE lines", path, err)
	}
	return values, nil
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
