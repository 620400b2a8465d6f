package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/customerdesk/customerdesk/internal/config"
)

// examinePublicURL looks whether links to PUBLIC_URL can reach this service.
func examinePublicURL(e *examination, cfg config.Config) {
	const check = "public url"
	if cfg.PublicURL == "" {
		return
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || u.Hostname() == "" {
		return // said with the settings
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		e.wrong(check, errors.New("links are made by adding a path: leave out user, ? and # of "+config.Prefix+"PUBLIC_URL"))
	case u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()):
		e.warn(check, fmt.Sprintf("%s is this machine: customers cannot open links to it", u.Host))
	case u.Scheme != "https":
		e.warn(check, fmt.Sprintf("%s is not encrypted: put a proxy with a certificate before %s, and write https://", cfg.PublicURL, cfg.HTTPAddr))
	default:
		e.fine(check, fmt.Sprintf("links lead to %s, which must pass on to %s", cfg.PublicURL, cfg.HTTPAddr))
	}
}
