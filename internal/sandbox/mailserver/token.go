package mailserver

import (
	"bytes"
	"errors"

	"github.com/emersion/go-sasl"
)

const xoauth2 = "XOAUTH2"

// tokenMechanisms are those that take access tokens, where there are any.
func (s *Server) tokenMechanisms() []string {
	if s.config.Token == nil {
		return nil
	}
	return []string{xoauth2, sasl.OAuthBearer}
}

// tokenServer takes an access token by the mechanism, or is nil; enter is told who is let in.
func (s *Server) tokenServer(mechanism string, enter func(*account)) sasl.Server {
	check := func(user, token string) bool {
		a := s.accounts[canonical(user)]
		if a == nil || !s.config.Token(a.Address, token) {
			return false
		}
		enter(a)
		return true
	}
	switch {
	case s.config.Token == nil:
		return nil
	case mechanism == xoauth2:
		return &xoauth2Server{check: check}
	case mechanism == sasl.OAuthBearer:
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if !check(o.Username, o.Token) {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		})
	}
	return nil
}

// xoauth2Server speaks https://developers.google.com/workspace/gmail/imap/xoauth2-protocol.
type xoauth2Server struct {
	check   func(user, token string) bool
	refused bool
}

var errToken = errors.New("invalid credentials")

// Next implements sasl.Server.
func (x *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.refused {
		return nil, true, errToken
	}
	if response == nil {
		return []byte{}, false, nil
	}
	var user, token string
	for _, field := range bytes.Split(response, []byte{1}) {
		if v, ok := bytes.CutPrefix(field, []byte("user=")); ok {
			user = string(v)
		}
		if v, ok := bytes.CutPrefix(field, []byte("auth=Bearer ")); ok {
			token = string(v)
		}
	}
	if x.check(user, token) {
		return nil, true, nil
	}
	x.refused = true
	return []byte(`{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}`), false, nil
}
