package ai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/anthropic"
	"github.com/tmc/langchaingo/llms/ollama"
	"github.com/tmc/langchaingo/llms/openai"
)

// Builtin names the provider that needs none: texts are made of the ticket's and the articles' own sentences. It
// is also the model's name in what it writes.
const Builtin = "builtin"

const (
	defaultTimeout = 60 * time.Second
	maxAnswer      = 1200 // tokens that a model may write
)

// Provider says which model writes. The zero value is Builtin.
type Provider struct {
	Name    string        // builtin, openai, anthropic or ollama
	Model   string        // required unless builtin
	BaseURL string        // default: the provider's own, for ollama http://127.0.0.1:11434
	APIKey  string        // required for anthropic, and for openai without BaseURL
	Timeout time.Duration // of one call; default 60 s
}

// Validate returns every fault of the settings at once, each naming its variable.
func (p Provider) Validate() error {
	names := []string{Builtin, "openai", "anthropic", "ollama"}
	if p.Name == "" || p.Name == Builtin {
		return nil
	}
	if !slices.Contains(names, p.Name) {
		return fmt.Errorf("CUSTOMERDESK_AI_PROVIDER is %q; it is one of %s", p.Name, strings.Join(names, ", "))
	}
	var faults []error
	if p.Model == "" {
		faults = append(faults, fmt.Errorf("CUSTOMERDESK_AI_MODEL is empty; name the model that %s is to use (`customerdesk doctor` lists what it offers)", p.Name))
	}
	if p.BaseURL != "" {
		if u, err := url.Parse(p.BaseURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			faults = append(faults, errors.New("CUSTOMERDESK_AI_BASE_URL is no address like https://host/v1"))
		}
	}
	if p.APIKey == "" && (p.Name == "anthropic" || p.Name == "openai" && p.BaseURL == "") {
		faults = append(faults, fmt.Errorf("CUSTOMERDESK_AI_API_KEY is empty; %s needs one", p.Name))
	}
	if p.Timeout < 0 {
		faults = append(faults, fmt.Errorf("CUSTOMERDESK_AI_TIMEOUT is %s; it must be positive, such as 60s", p.Timeout))
	}
	return errors.Join(faults...)
}

// label is what a stored text says about who wrote it.
func (p Provider) label() string { return p.Name + "/" + p.Model }

func (p Provider) baseURL() string {
	if p.BaseURL != "" {
		return strings.TrimSuffix(p.BaseURL, "/")
	}
	switch p.Name {
	case "openai":
		return "https://api.openai.com/v1"
	case "anthropic":
		return "https://api.anthropic.com/v1"
	}
	return "http://127.0.0.1:11434"
}

// A model writes one text. It has no tools.
type model interface {
	generate(ctx context.Context, system, user string) (text string, used usage, err error)
}

var errEmpty = errors.New("it answered nothing")

// usage counts tokens; 0 where the provider does not say.
type usage struct{ in, out int }

// chain is a model behind langchaingo.
type chain struct {
	llm     llms.Model
	timeout time.Duration
}

// newModel connects to a provider; nil for Builtin. Settings that langchaingo would take from its own environment variables
// are all given, so that only ours count.
func newModel(p Provider) (model, error) {
	if p.Name == "" || p.Name == Builtin {
		return nil, nil
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if p.Timeout == 0 {
		p.Timeout = defaultTimeout
	}
	client := newClient(p.Timeout)
	var llm llms.Model
	var err error
	switch p.Name {
	case "openai":
		key := p.APIKey
		if key == "" {
			key = "none" // a local server asks for none, the library for any
		}
		llm, err = openai.New(openai.WithModel(p.Model), openai.WithToken(key), openai.WithBaseURL(p.baseURL()),
			openai.WithOrganization(""), openai.WithHTTPClient(client))
	case "anthropic":
		llm, err = anthropic.New(anthropic.WithModel(p.Model), anthropic.WithToken(p.APIKey), anthropic.WithBaseURL(p.baseURL()),
			anthropic.WithHTTPClient(client))
	case "ollama":
		llm, err = ollama.New(ollama.WithModel(p.Model), ollama.WithServerURL(p.baseURL()), ollama.WithHTTPClient(withKey(client, p.APIKey)))
	}
	if err != nil {
		return nil, fmt.Errorf("set up AI provider %s: %w", p.Name, err)
	}
	return &chain{llm: llm, timeout: p.Timeout}, nil
}

func (c *chain) generate(ctx context.Context, system, user string) (text string, used usage, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx, tr := withTrace(ctx)
	// The library takes an unexpected answer apart without looking; a panic over it must not end the service.
	defer func() {
		if r := recover(); r != nil {
			err = tr.failure(fmt.Errorf("unexpected answer: %v", r))
		}
	}()
	res, err := c.llm.GenerateContent(ctx, []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, system),
		llms.TextParts(llms.ChatMessageTypeHuman, user),
	}, llms.WithMaxTokens(maxAnswer))
	if err != nil {
		return "", usage{}, tr.failure(errors.Join(err, ctx.Err()))
	}
	var b strings.Builder
	for _, choice := range res.Choices {
		if choice == nil {
			continue
		}
		if b.Len() == 0 { // further ones are alternatives, or thoughts come first and are empty
			b.WriteString(choice.Content)
		}
		used.in = max(used.in, tokens(choice.GenerationInfo, "PromptTokens", "InputTokens"))
		used.out = max(used.out, tokens(choice.GenerationInfo, "CompletionTokens", "OutputTokens"))
	}
	if strings.TrimSpace(b.String()) == "" {
		return "", used, tr.failure(errEmpty)
	}
	return b.String(), used, nil
}

func tokens(info map[string]any, keys ...string) int {
	for _, k := range keys {
		if n, ok := info[k].(int); ok {
			return n
		}
	}
	return 0
}

// withKey sends an API key with every request, for an Ollama behind a gateway.
func withKey(c *http.Client, key string) *http.Client {
	if key == "" {
		return c
	}
	inner := c.Transport
	c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+key)
		return inner.RoundTrip(r)
	})
	return c
}
