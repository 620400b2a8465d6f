package dkim

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// An Algorithm is how a key signs.
type Algorithm string

// The algorithms. Every verifier knows RSA; Ed25519 (RFC 8463) has short records, and some large mail providers do not
// know it.
const (
	RSA     Algorithm = "rsa"
	Ed25519 Algorithm = "ed25519"
)

// Algorithms lists what keys can be made for, the usual one first.
func Algorithms() []Algorithm { return []Algorithm{RSA, Ed25519} }

const (
	rsaBits = 2048
	minBits = 1024 // RFC 8301 section 3.2
)

// Generate makes a private key.
func Generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case RSA:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("%q is no algorithm for DKIM: it is one of rsa, ed25519", a)
}

// ParseKey reads a private key in PEM: PKCS #8, or PKCS #1 for RSA.
func ParseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no private key in PEM form (-----BEGIN PRIVATE KEY-----)")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return usable(key)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("no private key of RSA or Ed25519 without a passphrase: %w", err)
	}
	return usable(key)
}

func usable(key any) (crypto.Signer, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if n := key.N.BitLen(); n < minBits {
			return nil, fmt.Errorf("the key has %d bits, and verifiers refuse those with less than %d", n, minBits)
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, fmt.Errorf("a key of the type %T cannot sign for DKIM: it takes RSA or Ed25519", key)
}

// recordOf is the text that verifiers find the public key in (RFC 6376 section 3.6.1, RFC 8463 section 4).
func recordOf(key crypto.Signer) (string, error) {
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return "", err
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	}
	return "", fmt.Errorf("a key of the type %T cannot sign for DKIM", key)
}

// tag is a tag's value in a record, without white space, which may stand anywhere in it (RFC 6376 section 3.2).
func tag(record, name string) (value string, found bool) {
	for part := range strings.SplitSeq(record, ";") {
		n, v, ok := strings.Cut(part, "=")
		if ok && strings.TrimSpace(n) == name {
			return strings.Join(strings.Fields(v), ""), true
		}
	}
	return "", false
}

// domainName brings a domain into its ASCII form.
func domainName(s string) (string, error) {
	hostname := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
	name, err := hostname.ToASCII(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if err != nil || !strings.Contains(name, ".") {
		return "", fmt.Errorf("%q is no domain: it is what stands behind the @ of the mailbox's address, such as example.com", s)
	}
	return strings.ToLower(name), nil
}

// selectorName checks a selector, which is one or more labels of a domain name (RFC 6376 section 3.1).
func selectorName(s string) (string, error) {
	s = strings.ToLower(s)
	for label := range strings.SplitSeq(s, ".") {
		plain := strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && !strings.HasPrefix(label, "-") && !strings.HasSuffix(label, "-")
		if label == "" || len(label) > 63 || !plain {
			return "", fmt.Errorf("%q is no selector: letters, digits and hyphens make one", s)
		}
	}
	return s, nil
}

// A Resolver looks TXT records up in DNS, each record's strings joined; net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}
