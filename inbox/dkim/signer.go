package dkim

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

const (
	// keptFor is how long a key, or that there is none, is remembered.
	keptFor = time.Minute
	// maxKept bounds what is remembered; beyond it everything is read afresh.
	maxKept = 4096
)

// signed are the header fields that a signature covers. Those that stand here once more than a mail has them cannot be
// added to it (RFC 6376 section 8.15).
func signed() []string {
	return []string{
		"From", "From", "To", "To", "Cc", "Cc", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID", "Reply-To", "Reply-To",
		"In-Reply-To", "References", "MIME-Version", "Content-Type", "Content-Type", "Content-Transfer-Encoding",
		"Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Unsubscribe-Post", // RFC 8058 section 4
	}
}

// A Signer signs mail with the keys of tenants. The zero value is of no use: Pool and Box are needed. It is safe for
// concurrent use.
type Signer struct {
	Pool   *pgxpool.Pool
	Box    *secret.Box
	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default

	mu   sync.Mutex
	kept map[owned]entry
}

// owned is a domain of a tenant.
type owned struct {
	tenant tenant.ID
	domain string
}

type entry struct {
	keys  []private // empty: there is none
	until time.Time
}

type private struct {
	domain, selector string
	signer           crypto.Signer
}

// Sign returns a mail (RFC 5322, CRLF line ends) with signatures of the domain of its From address, or of one above it,
// put before it: one for each algorithm, since not every receiver knows Ed25519 (RFC 8463 section 5). It returns the mail as
// it is where the tenant has no key that is published, or where a key fails.
func (s *Signer) Sign(ctx context.Context, owner tenant.ID, from string, mail []byte) []byte {
	keys, err := s.find(ctx, owner, from)
	out := mail
	for _, k := range keys {
		if out, err = k.sign(out); err != nil {
			break
		}
	}
	if err != nil {
		s.logger().WarnContext(ctx, "mail leaves without a DKIM signature", "tenant", owner, "error", err)
		return mail
	}
	return out
}

func (k private) sign(mail []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(mail) + 1024)
	err := msgauth.Sign(&out, bytes.NewReader(mail), &msgauth.SignOptions{
		Domain: k.domain, Selector: k.selector, Signer: k.signer, HeaderKeys: signed(),
		HeaderCanonicalization: msgauth.CanonicalizationRelaxed, BodyCanonicalization: msgauth.CanonicalizationRelaxed,
	})
	return out.Bytes(), err
}

func (s *Signer) find(ctx context.Context, owner tenant.ID, from string) ([]private, error) {
	domain, err := domainName(from[strings.LastIndexByte(from, '@')+1:])
	if err != nil {
		return nil, nil //nolint:nilerr // Nobody has a key for what is no domain.
	}
	at := owned{owner, domain}
	s.mu.Lock()
	known, ok := s.kept[at]
	s.mu.Unlock()
	if ok && s.now().Before(known.until) {
		return known.keys, nil
	}
	keys, err := s.read(ctx, owner, domain)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= maxKept {
		s.kept = make(map[owned]entry)
	}
	s.kept[at] = entry{keys, s.now().Add(keptFor)}
	return keys, nil
}

// read takes the newest key of each algorithm of the longest domain that is the one of the address or above it:
// receivers take the signature of either as the address's own (relaxed alignment, RFC 7489 section 3.1.1).
func (s *Signer) read(ctx context.Context, owner tenant.ID, domain string) ([]private, error) {
	names := []string{domain}
	for rest := domain; ; {
		_, above, ok := strings.Cut(rest, ".")
		if !ok || !strings.Contains(above, ".") {
			break
		}
		names, rest = append(names, above), above
	}
	return tenant.Get(ctx, s.Pool, owner, func(tx tenant.Tx) (list []private, err error) {
		rows, _ := tx.Query(ctx, `SELECT domain, selector, record, private_key FROM dkim_keys WHERE tenant_id = $1 AND domain = ANY ($2) AND published_at IS NOT NULL
			ORDER BY length(domain) DESC, created_at DESC`, tx.Tenant(), names) // ForEachRow reports the error.
		var k Key
		var sealed []byte
		taken := map[Algorithm]bool{}
		_, err = pgx.ForEachRow(rows, []any{&k.Domain, &k.Selector, &k.Record, &sealed}, func() error {
			if taken[k.Algorithm()] || len(list) > 0 && list[0].domain != k.Domain {
				return nil
			}
			taken[k.Algorithm()] = true
			signer, err := open(tx, s.Box, sealed)
			if err != nil {
				return fmt.Errorf("the key %s: %w", k.Name(), err)
			}
			list = append(list, private{k.Domain, k.Selector, signer})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read the keys of %s: %w", domain, err)
		}
		return list, nil
	})
}

func open(tx tenant.Tx, box *secret.Box, sealed []byte) (crypto.Signer, error) {
	der, err := box.Open(tx.Tenant().String(), keyColumn, sealed)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	return usable(key)
}

// Opens says whether the private part of a key can be used; doctor asks.
func Opens(ctx context.Context, tx tenant.Tx, box *secret.Box, k Key) error {
	var sealed []byte
	err := tx.QueryRow(ctx, `SELECT private_key FROM dkim_keys WHERE tenant_id = $1 AND domain = $2 AND selector = $3`, tx.Tenant(), k.Domain, k.Selector).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoKey
	}
	if err == nil {
		_, err = open(tx, box, sealed)
	}
	if err != nil {
		return fmt.Errorf("key %s: %w", k.Name(), err)
	}
	return nil
}

func (s *Signer) now() time.Time {
	if s.Clock == nil {
		return time.Now()
	}
	return s.Clock()
}

func (s *Signer) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}
