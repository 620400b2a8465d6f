package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func source(env map[string]string) Source {
	s := Source{Getenv: func(k string) (string, bool) { v, ok := env[k]; return v, ok }}
	for k, v := range env {
		s.Environ = append(s.Environ, k+"="+v)
	}
	return s
}

func TestFlagWinsOverEnvironmentAndEnvironmentOverFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.env")
	text := "# comment\n\nexport CUSTOMERDESK_HTTP_ADDR='127.0.0.1:1'\nCUSTOMERDESK_METRICS_ADDR=\"127.0.0.1:2\"\nCUSTOMERDESK_TENANT=file\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src := source(map[string]string{"HOME": "/home/u", "CUSTOMERDESK_METRICS_ADDR": "127.0.0.1:3", "CUSTOMERDESK_TENANT": "env"})
	src.File = file
	src.Flags = map[string]string{"TENANT": "flag"}
	c, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTPAddr != "127.0.0.1:1" || c.MetricsAddr != "127.0.0.1:3" || c.Tenant != "flag" {
		t.Errorf("got %q, %q, %q", c.HTTPAddr, c.MetricsAddr, c.Tenant)
	}
	if c.DataDir != "/home/u/.local/share/customerdesk" {
		t.Errorf("DataDir = %q", c.DataDir)
	}
}

func TestEveryFaultIsToldAtOnceWithItsVariable(t *testing.T) {
	_, err := Load(source(map[string]string{
		"CUSTOMERDESK_DATABASE_URL": "mysql://me:hunter2@db/x", "CUSTOMERDESK_HTTP_ADDR": "8080", "CUSTOMERDESK_PUBLIC_URL": "desk.example",
		"CUSTOMERDESK_AI_PROVIDER": "openai", "CUSTOMERDESK_AI_TIMEOUT": "soon", "CUSTOMERDESK_LOG_LEVEL": "loud",
		"CUSTOMERDESK_SECRET_KEY": "c2hvcnQ=",
	}))
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, want := range []string{"DATABASE_URL", "HTTP_ADDR", "PUBLIC_URL", "AI_MODEL", "AI_API_KEY", "AI_TIMEOUT", "LOG_LEVEL", "DATA_DIR", "SECRET_KEY"} {
		if !strings.Contains(err.Error(), Prefix+want) {
			t.Errorf("%s is not named in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the message shows a password")
	}
}

func TestOneWrongSettingIsOneFault(t *testing.T) {
	for name, value := range map[string]string{"AI_PROVIDER": "psychic", "EMBED_PROVIDER": "psychic", "SECRET_KEY_FILE": "/nowhere/key", "SECRET_KEY": "short"} {
		_, err := Load(source(map[string]string{"HOME": "/home/u", Prefix + name: value}))
		if err == nil || !strings.HasPrefix(err.Error(), Prefix+name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

func TestEverySettingThatLoadReadsIsDocumented(t *testing.T) {
	asked := map[string]bool{}
	_, _ = Load(Source{Getenv: func(k string) (string, bool) { asked[k] = true; return "", false }})
	for _, s := range Settings() {
		if !asked[Prefix+s.Name] {
			t.Errorf("%s is documented but never read", s.Name)
		}
		delete(asked, Prefix+s.Name)
	}
	delete(asked, "HOME")
	delete(asked, "XDG_DATA_HOME")
	if len(asked) > 0 {
		t.Errorf("read but not documented: %v", asked)
	}
}

func TestSeveralCommandsAtOnceMakeOneSecretKey(t *testing.T) {
	c := Config{DataDir: filepath.Join(t.TempDir(), "data")}
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, generated, err := c.Key()
			if err != nil || !generated {
				t.Errorf("key: %v, generated %v", err, generated)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	for _, k := range keys[1:] {
		if !bytes.Equal(k, keys[0]) {
			t.Fatal("two different keys were handed out")
		}
	}
	info, err := os.Stat(filepath.Join(c.DataDir, "secret.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info.Mode(), err)
	}
}

func TestMisspeltNameIsAFaultInTheFileAndADoubtInTheEnvironment(t *testing.T) {
	c, err := Load(source(map[string]string{"HOME": "/home/u", "CUSTOMERDESK_DATABSE_URL": "x"}))
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "DATABSE_URL") {
		t.Errorf("warnings %q, error %v", c.Warnings, err)
	}
	file := filepath.Join(t.TempDir(), "settings.env")
	if err := os.WriteFile(file, []byte("CUSTOMERDESK_DATABSE_URL=x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	src := source(map[string]string{"HOME": "/home/u"})
	src.File = file
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "DATABSE_URL") {
		t.Errorf("error %v", err)
	}
}

func TestPlaceThatCannotBeReadIsToldWithItsSettingAndTheCure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(t.TempDir(), "missing")
	for _, tc := range []struct {
		name          string
		config        Config
		setting, cure string
	}{
		{"a file as the data folder", Config{DataDir: file}, "CUSTOMERDESK_DATA_DIR", "--data-dir"},
		{"a data folder below a file", Config{DataDir: filepath.Join(file, "data")}, "CUSTOMERDESK_DATA_DIR", "--data-dir"},
		{"no file of the key", Config{SecretKeyFile: missing}, "CUSTOMERDESK_SECRET_KEY_FILE", "openssl rand"},
	} {
		_, _, err := tc.config.Key()
		if err == nil {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		if said := err.Error(); !strings.HasPrefix(said, tc.setting+": ") || !strings.Contains(said, tc.cure) {
			t.Errorf("%s: %q names not both %s and the cure %s", tc.name, said, tc.setting, tc.cure)
		}
	}
	if _, err := readFile(missing); err == nil || !strings.HasPrefix(err.Error(), "--config: ") || !strings.Contains(err.Error(), "name a file") {
		t.Errorf("a missing settings file: %v", err)
	}
}
