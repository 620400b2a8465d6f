package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/customerdesk/customerdesk/internal/secret"
)

// dataDirCure ends each error about a DATA_DIR that cannot hold the key.
const dataDirCure = "name a folder that this user may make or write to (--data-dir)"

// Key returns the root key: SECRET_KEY, else what SECRET_KEY_FILE holds, else the key in DATA_DIR, which is
// made once with mode 0600; generated says that this happened just now or before, so that the caller can
// warn that it is to be kept.
func (c Config) Key() (key []byte, generated bool, err error) {
	switch {
	case c.SecretKey != "":
		key, err = secret.ParseKey(c.SecretKey)
		return key, false, keyFault("SECRET_KEY", err)
	case c.SecretKeyFile != "":
		b, err := os.ReadFile(c.SecretKeyFile)
		if err != nil {
			return nil, false, fmt.Errorf("%sSECRET_KEY_FILE: %w; name a file that this user may read, with a key from `openssl rand -base64 32`", Prefix, err)
		}
		key, err = secret.ParseKey(string(b))
		return key, false, keyFault("SECRET_KEY_FILE", err)
	}
	key, err = c.generatedKey()
	return key, true, err
}

func keyFault(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s%s: %w; make one with `openssl rand -base64 32`", Prefix, name, err)
}

// generatedKey reads the key in DATA_DIR and makes it where it is missing. Several commands may come here
// at once: the file appears whole, by a link that fails where another was faster.
func (c Config) generatedKey() ([]byte, error) {
	path := filepath.Join(c.DataDir, "secret.key")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := c.makeKey(path); err != nil {
			return nil, fmt.Errorf("%sDATA_DIR: make the secret key: %w; %s", Prefix, err, dataDirCure)
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%sDATA_DIR: read the secret key: %w; %s", Prefix, err, dataDirCure)
	}
	key, err := secret.ParseKey(string(b))
	if err != nil {
		return nil, fmt.Errorf("%sDATA_DIR: %s: %w; put the right key back, or remove the file and add credentials again", Prefix, path, err)
	}
	return key, nil
}

func (c Config) makeKey(path string) error {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return err
	}
	raw := make([]byte, secret.KeySize)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	f, err := os.CreateTemp(c.DataDir, ".secret-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(raw) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
