package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"
)

func testBox(t *testing.T, fill byte) *Box {
	t.Helper()
	b, err := New(bytes.Repeat([]byte{fill}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealedValueOpensOnlyForItsTenantAndColumnAndKey(t *testing.T) {
	b := testBox(t, 1)
	sealed, err := b.Seal("tenant-a", "password", []byte("s3cret"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("s3cret")) {
		t.Fatal("the sealed value shows the secret")
	}
	if plain, err := b.Open("tenant-a", "password", sealed); err != nil || string(plain) != "s3cret" {
		t.Fatalf("open: %q, %v", plain, err)
	}
	changed := append([]byte(nil), sealed...)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"other tenant": func() ([]byte, error) { return b.Open("tenant-b", "password", sealed) },
		"other column": func() ([]byte, error) { return b.Open("tenant-a", "token", sealed) },
		"other key":    func() ([]byte, error) { return testBox(t, 2).Open("tenant-a", "password", sealed) },
		"changed":      func() ([]byte, error) { return b.Open("tenant-a", "password", changed) },
		"empty":        func() ([]byte, error) { return b.Open("tenant-a", "password", nil) },
		"short":        func() ([]byte, error) { return b.Open("tenant-a", "password", sealed[:3]) },
	} {
		if plain, err := open(); !errors.Is(err, ErrCannotOpen) || plain != nil {
			t.Errorf("%s: got %q, %v; want ErrCannotOpen", name, plain, err)
		}
	}
}

func TestSignaturesDifferByPurposeAndByWherePartsEnd(t *testing.T) {
	b := testBox(t, 1)
	sig := b.Sign("reply", []byte("ab"), []byte("c"))
	if sig != b.Sign("reply", []byte("ab"), []byte("c")) {
		t.Error("the same parts sign differently")
	}
	if sig == b.Sign("reply", []byte("a"), []byte("bc")) {
		t.Error("moving a part's end does not change the signature")
	}
	if sig == b.Sign("link", []byte("ab"), []byte("c")) {
		t.Error("two purposes share a signature")
	}
}

func TestParseKeyTakesBase64OfThirtyTwoBytes(t *testing.T) {
	raw := bytes.Repeat([]byte{7}, KeySize)
	for _, s := range []string{base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw) + "\n"} {
		if key, err := ParseKey(s); err != nil || !bytes.Equal(key, raw) {
			t.Errorf("ParseKey(%q) = %x, %v", s, key, err)
		}
	}
	for _, s := range []string{"", "short", "not base64!", base64.StdEncoding.EncodeToString(raw[:31])} {
		if _, err := ParseKey(s); err == nil {
			t.Errorf("ParseKey(%q) took it", s)
		}
	}
}
