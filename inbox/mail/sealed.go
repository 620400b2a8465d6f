package mail

import (
	"strings"
)

// sealedNote says of a mail without text that it is encrypted, or signed in a form that hides its text, and how to get at
// it; empty of any other. Its parts are attachments all the same.
func sealedNote(p *Part) string {
	const cure = " The mail is attached as it came; whoever has the key can open it (the command line writes it out whole with --raw)."
	switch p.MediaType {
	case "multipart/encrypted": // RFC 1847 section 2.2
		if strings.EqualFold(p.Params["protocol"], "application/pgp-encrypted") {
			return "[This mail is encrypted with OpenPGP and cannot be read here." + cure + "]"
		}
		return "[This mail is encrypted and cannot be read here." + cure + "]"
	case "application/pkcs7-mime", "application/x-pkcs7-mime": // RFC 8551 section 3.2
		if strings.EqualFold(p.Params["smime-type"], "signed-data") {
			return "[This mail is signed with S/MIME in a form that hides its text, and cannot be read here." + cure + "]"
		}
		return "[This mail is encrypted with S/MIME and cannot be read here." + cure + "]"
	}
	if strings.HasPrefix(p.MediaType, "multipart/") {
		for _, c := range p.Children {
			if note := sealedNote(c); note != "" {
				return note
			}
		}
	}
	return ""
}

// The lines around a text that is signed as it stands (RFC 9580 section 7).
const (
	signedBegin    = "-----BEGIN PGP SIGNED MESSAGE-----"
	signatureBegin = "-----BEGIN PGP SIGNATURE-----"
	signatureEnd   = "-----END PGP SIGNATURE-----"
)

// withoutArmour takes the lines of an OpenPGP signature from around texts, which stay; a text without a signature behind it is
// left as it is. It takes linear time.
func withoutArmour(s string) string {
	if !strings.Contains(s, signedBegin) || !strings.Contains(s, signatureBegin) {
		return s
	}
	var out, held strings.Builder // held is a signed text, which counts once its signature follows
	raw := 0                      // where what is not decided about yet begins
	at, state := 0, 0             // 0 outside, 1 in the header, 2 in the text, 3 in the signature
	for line := range strings.Lines(s) {
		bare := strings.TrimRight(line, " \t\r\n")
		switch {
		case state == 0 && bare == signedBegin:
			state, raw = 1, at
			held.Reset()
		case state == 0:
			out.WriteString(line)
		case state == 1:
			if bare == "" {
				state = 2
			} else if !strings.Contains(bare, ": ") { // no header: the blank line is missing
				state = 2
				held.WriteString(line)
			}
		case state == 2 && bare == signatureBegin:
			state, raw = 3, at
			out.WriteString(held.String())
		case state == 2:
			held.WriteString(strings.TrimPrefix(line, "- "))
		case bare == signatureEnd:
			state = 0
		}
		at += len(line)
	}
	if state != 0 {
		out.WriteString(s[raw:])
	}
	return out.String()
}
