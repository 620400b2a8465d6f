package migrations

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The settings that the URLs come from, as messages name them.
const (
	SettingDatabase = "CUSTOMERDESK_DATABASE_URL"
	SettingMigrate  = "CUSTOMERDESK_MIGRATE_DATABASE_URL"
)

// Logins are the two ways into a database.
type Logins struct {
	Owner        string // URL for migrations
	OwnerSetting string // where Owner comes from
	Service      string // URL for the service
	Role         string // the service's user name
	Password     string // the service's password, may be empty when it was given
	Derived      bool   // Up makes the role and sets its password; else the role was given
}

// LoginsFor says who migrates and who serves. If migrateURL names another user than databaseURL, that is the
// owner and databaseURL the service. Otherwise (migrateURL may be empty) the one login given is the owner's,
// and the service's is named after the database, its password derived from key, which must have 32 bytes.
func LoginsFor(databaseURL, migrateURL string, key []byte) (Logins, error) {
	if databaseURL == "" {
		return Logins{}, fmt.Errorf("%s is empty", SettingDatabase)
	}
	service, err := parse(SettingDatabase, databaseURL)
	if err != nil {
		return Logins{}, err
	}
	l := Logins{Owner: databaseURL, OwnerSetting: SettingDatabase}
	if migrateURL != "" {
		owner, err := parse(SettingMigrate, migrateURL)
		if err != nil {
			return Logins{}, err
		}
		if owner.Database != service.Database {
			return Logins{}, fmt.Errorf("%s names database %q and %s %q: they must be the same", SettingMigrate, owner.Database, SettingDatabase, service.Database)
		}
		l.Owner, l.OwnerSetting = migrateURL, SettingMigrate
		if owner.User != service.User {
			l.Service, l.Role, l.Password = databaseURL, service.User, service.Password
			return l, nil
		}
	}
	l.Derived = true
	l.Role = serviceRole(service.Database)
	if l.Password, err = servicePassword(service.Database, key); err != nil {
		return Logins{}, err
	}
	l.Service, err = replaceLogin(databaseURL, l.Role, l.Password)
	return l, err
}

// ServiceURL returns the URL of the service's derived login, given the owner's: same host, same database.
func ServiceURL(ownerURL string, key []byte) (string, error) {
	l, err := LoginsFor(ownerURL, "", key)
	return l.Service, err
}

func parse(setting, databaseURL string) (*pgx.ConnConfig, error) {
	_, err := url.Parse(databaseURL)
	if err != nil || !strings.HasPrefix(databaseURL, "postgres://") && !strings.HasPrefix(databaseURL, "postgresql://") {
		return nil, fmt.Errorf("%s: not a Postgres URL; write it as postgres://user:password@host:5432/database", setting)
	}
	cc, err := pgx.ParseConfig(databaseURL)
	var pe *pgconn.ParseConfigError
	if errors.As(err, &pe) { // Its text may hold the password.
		return nil, fmt.Errorf("%s: not a Postgres URL; write it as postgres://user:password@host:5432/database", setting)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	if cc.Database == "" {
		cc.Database = cc.User // as libpq does
	}
	return cc, nil
}

// serviceRole is named after the database, within Postgres's 63 bytes for a name.
func serviceRole(database string) string {
	const suffix = "_service"
	if limit := 63 - len(suffix); len(database) > limit {
		sum := sha256.Sum256([]byte(database))
		database = database[:limit-9] + "_" + base64.RawURLEncoding.EncodeToString(sum[:6])
	}
	return database + suffix
}

// servicePassword is HKDF (RFC 5869) of the secret key for this one use.
func servicePassword(database string, key []byte) (string, error) {
	if len(key) < 16 {
		return "", errors.New("CUSTOMERDESK_SECRET_KEY is too short to derive the service login's password from")
	}
	b, err := hkdf.Key(sha256.New, key, nil, "customerdesk postgres login "+serviceRole(database), 24)
	if err != nil {
		return "", fmt.Errorf("derive the service login's password: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// replaceLogin puts another user and password in a URL, wherever it has them.
func replaceLogin(databaseURL, user, password string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", fmt.Errorf("%s: not a URL", SettingDatabase) // url.Error would show the password
	}
	q := u.Query()
	q.Del("user")
	q.Del("password")
	u.RawQuery = q.Encode()
	u.User = url.UserPassword(user, password)
	return u.String(), nil
}
