package ai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Status says whether the configured provider can be used.
type Status struct {
	Provider  string   `json:"provider"`
	Model     string   `json:"model"` // "builtin" for the built-in writer
	Reachable bool     `json:"reachable"`
	Offers    []string `json:"offers"`  // models the provider lists; empty where it lists none
	Problem   string   `json:"problem"` // what is wrong and what to do; empty: nothing
}

// Check asks a provider what it offers. It writes no text and costs nothing.
func (p Provider) Check(ctx context.Context) Status {
	if p.Name == "" || p.Name == Builtin {
		return Status{Provider: Builtin, Model: Builtin, Reachable: true, Offers: []string{}}
	}
	s := Status{Provider: p.Name, Model: p.Model, Offers: []string{}}
	if err := p.Validate(); err != nil && p.Model != "" {
		s.Problem = strings.ReplaceAll(err.Error(), "\n", "; ")
		return s
	}
	if p.Timeout == 0 {
		p.Timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	ctx, tr := withTrace(ctx)
	offers, err := p.offers(ctx)
	switch {
	case err != nil && tr.status == http.StatusNotFound && p.Name == "openai" && p.BaseURL != "": // some compatible servers have no list
		s.Reachable = true
	case err != nil:
		s.Problem = fmt.Sprintf("%s at %s: %s; check CUSTOMERDESK_AI_BASE_URL and CUSTOMERDESK_AI_API_KEY", p.Name, p.baseURL(), tr.failure(err).why)
	default:
		s.Reachable = true
		slices.Sort(offers)
		s.Offers = offers
		if !slices.Contains(offers, p.Model) && !slices.Contains(offers, p.Model+":latest") && len(offers) > 0 {
			s.Problem = fmt.Sprintf("%s does not offer the model %q; set CUSTOMERDESK_AI_MODEL to one of: %s", p.Name, p.Model, some(offers, 12))
		}
	}
	return s
}

// maxModelList is how much of a list of models is read, in bytes.
const maxModelList = 4 << 20

func (p Provider) offers(ctx context.Context) ([]string, error) {
	address := p.baseURL() + "/models"
	if p.Name == "ollama" {
		address = p.baseURL() + "/api/tags"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Name == "anthropic":
		r.Header.Set("X-Api-Key", p.APIKey)
		r.Header.Set("Anthropic-Version", "2023-06-01")
	case p.APIKey != "":
		r.Header.Set("Authorization", "Bearer "+p.APIKey)
	}
	client := newClient(p.Timeout)
	defer client.CloseIdleConnections()
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	var list struct {
		Data   []struct{ ID string }   // OpenAI, Anthropic
		Models []struct{ Name string } // Ollama
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxModelList)).Decode(&list); err != nil {
		return nil, err
	}
	var names []string
	for _, m := range list.Data {
		names = append(names, m.ID)
	}
	for _, m := range list.Models {
		names = append(names, m.Name)
	}
	return names, nil
}

// some joins the first n names.
func some(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}
