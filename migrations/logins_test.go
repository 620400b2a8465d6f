package migrations

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var key = []byte("0123456789abcdef0123456789abcdef")

func TestTwoUsersAreOwnerAndService(t *testing.T) {
	l, err := LoginsFor("postgres://app:geheim@h/d", "postgres://boss:x@h/d", key)
	if err != nil {
		t.Fatal(err)
	}
	want := Logins{Owner: "postgres://boss:x@h/d", OwnerSetting: SettingMigrate, Service: "postgres://app:geheim@h/d", Role: "app", Password: "geheim"}
	if l != want {
		t.Errorf("got %+v", l)
	}
}

func TestOneUserIsTheOwnerAndTheServiceIsDerived(t *testing.T) {
	const owner = "postgres://boss:x@h:5433/shop?sslmode=disable"
	for _, migrate := range []string{"", owner} {
		l, err := LoginsFor(owner, migrate, key)
		if err != nil {
			t.Fatal(err)
		}
		if l.Owner != owner || l.Role != "shop_service" || !l.Derived || l.Password == "" {
			t.Errorf("got %+v", l)
		}
		cc, err := pgx.ParseConfig(l.Service)
		if err != nil {
			t.Fatal(err)
		}
		if cc.Host != "h" || cc.Port != 5433 || cc.Database != "shop" || cc.User != "shop_service" || cc.Password != l.Password || cc.TLSConfig != nil {
			t.Errorf("got %s", l.Service)
		}
		if service, err := ServiceURL(owner, key); err != nil || service != l.Service {
			t.Errorf("ServiceURL says %s, %v", service, err)
		}
	}
}

func TestLoginInTheQueryIsReplacedToo(t *testing.T) {
	s, err := ServiceURL("postgres:///shop?host=/run/x&user=boss&password=geheim", key)
	if err != nil {
		t.Fatal(err)
	}
	cc, err := pgx.ParseConfig(s)
	if err != nil {
		t.Fatal(err)
	}
	if cc.User != "shop_service" || cc.Host != "/run/x" || strings.Contains(s, "geheim") {
		t.Errorf("got %s", s)
	}
}

func TestDerivedPasswordDependsOnKeyAndDatabase(t *testing.T) {
	password := func(database string, key []byte) string {
		l, err := LoginsFor("postgres://boss@h/"+database, "", key)
		if err != nil {
			t.Fatal(err)
		}
		return l.Password
	}
	a := password("a", key)
	if password("a", key) != a {
		t.Error("two runs derive two passwords")
	}
	if password("b", key) == a || password("a", []byte("another key of thirty-two bytes!")) == a {
		t.Error("the password is the same for another database or key")
	}
	if len(a) < 22 || url.QueryEscape(a) != a {
		t.Errorf("%q is short or needs quoting", a)
	}
}

func TestBadURLsNameTheSettingAndNeverThePassword(t *testing.T) {
	const good = "postgres://u:geheim@h/d"
	for name, c := range map[string]struct {
		database, migrate, setting string
		key                        []byte
	}{
		"empty":            {"", "", SettingDatabase, key},
		"no URL":           {"host=h password=geheim", "", SettingDatabase, key},
		"broken":           {"postgres://u:geheim@[/d", "", SettingDatabase, key},
		"stray percent":    {"postgres://u:geheim%@h/d", "", SettingDatabase, key},
		"broken migrate":   {good, "postgres://u:geheim@h:x/d", SettingMigrate, key},
		"another database": {good, "postgres://o:geheim@h/other", SettingMigrate, key},
		"short key":        {good, "", "CUSTOMERDESK_SECRET_KEY", nil},
	} {
		_, err := LoginsFor(c.database, c.migrate, c.key)
		if err == nil || !strings.Contains(err.Error(), c.setting) || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestServiceRoleFitsPostgresNames(t *testing.T) {
	a, b := serviceRole(strings.Repeat("x", 62)+"a"), serviceRole(strings.Repeat("x", 62)+"b")
	if len(a) > 63 || a == b {
		t.Errorf("got %s and %s", a, b)
	}
}

func FuzzLoginsFor(f *testing.F) {
	f.Add("postgres://u:geheim@h/d", "")
	f.Add("postgres:///d?host=/x&user=u&password=geheim", "postgres://o@h/d")
	f.Fuzz(func(t *testing.T, database, migrate string) {
		l, err := LoginsFor(database, migrate, key)
		if err != nil || !l.Derived {
			return
		}
		cc, err := pgx.ParseConfig(l.Service)
		if err != nil {
			t.Fatalf("the derived URL cannot be read: %v", err)
		}
		if cc.User != l.Role || cc.Password != l.Password {
			t.Errorf("the derived URL of %q logs in as %q", database, cc.User)
		}
	})
}
