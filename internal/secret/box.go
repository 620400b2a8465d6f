package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length of the root key in bytes.
const KeySize = 32

// ErrCannotOpen means that a sealed value was made with another key, for another tenant or column, or was
// changed since.
var ErrCannotOpen = errors.New("cannot decrypt: sealed with another CUSTOMERDESK_SECRET_KEY, or changed since")

// sealed values begin with the version of their format, so that a later one can be told apart.
const version1 = 1

// A Box seals, opens and signs. It is safe for concurrent use.
type Box struct {
	root []byte
}

// New makes a box from the root key.
func New(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the key has %d bytes, %d are needed", len(key), KeySize)
	}
	return &Box{root: append([]byte(nil), key...)}, nil
}

// ParseKey reads a root key written in base64, with or without padding.
func ParseKey(s string) ([]byte, error) {
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(s), "="))
	if err != nil {
		return nil, errors.New("not base64")
	}
	if len(key) != KeySize {
		return nil, fmt.Errorf("%d bytes, %d are needed", len(key), KeySize)
	}
	return key, nil
}

// Seal encrypts plain with AES-256-GCM under the key of owner (a tenant's id), bound to column.
func (b *Box) Seal(owner, column string, plain []byte) ([]byte, error) {
	aead, err := b.aead(owner)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{version1}, nil, plain, bound(owner, column)), nil
}

// Open decrypts what Seal made for the same owner and column; ErrCannotOpen otherwise.
func (b *Box) Open(owner, column string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version1 {
		return nil, ErrCannotOpen
	}
	aead, err := b.aead(owner)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed[1:], bound(owner, column))
	if err != nil {
		return nil, ErrCannotOpen
	}
	return plain, nil
}

// Sign returns the HMAC-SHA-256 of parts under a key of its own for purpose. Parts are delimited, so
// ("ab", "c") and ("a", "bc") differ.
func (b *Box) Sign(purpose string, parts ...[]byte) [sha256.Size]byte {
	mac := hmac.New(sha256.New, b.derive("sign "+purpose))
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		mac.Write(n[:])
		mac.Write(p)
	}
	return [sha256.Size]byte(mac.Sum(nil))
}

// Password derives a stable password for purpose, in characters that need no quoting anywhere.
func (b *Box) Password(purpose string) string {
	return base64.RawURLEncoding.EncodeToString(b.derive("password " + purpose))
}

func (b *Box) aead(owner string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(b.derive("seal " + owner))
	if err != nil {
		return nil, fmt.Errorf("set up AES: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (b *Box) derive(info string) []byte {
	// HKDF fails only for a length over 255 hashes.
	key, err := hkdf.Key(sha256.New, b.root, nil, "customerdesk "+info, KeySize)
	if err != nil {
		panic(err)
	}
	return key
}

func bound(owner, column string) []byte { return []byte(owner + "\x00" + column) }
