package mail

import (
	"strings"
	"testing"
)

func readText(t *testing.T, header, body string) Message {
	t.Helper()
	return Read([]byte(strings.ReplaceAll("From: ann@shop.example\nSubject: x\nMIME-Version: 1.0\n"+header+"\n"+body, "\n", "\r\n")), Patience{})
}

func TestAMailThatCannotBeReadSaysWhatItIs(t *testing.T) {
	for name, c := range map[string]struct {
		header, body, want string
		files              int
	}{
		"OpenPGP": {"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n",
			"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n\n--b--\n", "encrypted with OpenPGP", 2},
		"S/MIME":                  {"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n", "MIAGCSqGSIb3DQEHA6CAMIACAQA=\n", "encrypted with S/MIME", 1},
		"S/MIME, signed opaquely": {"Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n", "MIAGCSqGSIb3DQEHAqCAMIACAQE=\n", "signed with S/MIME", 1},
	} {
		m := readText(t, c.header, c.body)
		if !strings.Contains(m.FullText, c.want) || !strings.Contains(m.FullText, "attached as it came") || len(m.Attachments) != c.files {
			t.Errorf("%s: %q with %+v", name, m.FullText, m.Attachments)
		}
	}
	// Beside text it goes without saying.
	m := readText(t, "Content-Type: multipart/mixed; boundary=b\n", "--b\nContent-Type: text/plain\n\nSee the file.\n--b\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nabc\n--b--\n")
	if m.FullText != "See the file." || len(m.Attachments) != 1 {
		t.Errorf("beside text: %q", m.FullText)
	}
}

func TestASignedTextIsReadWithoutItsArmour(t *testing.T) {
	const signature = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
	for in, want := range map[string]string{
		"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nHello,\n\n- -- \nAnn\n- - one\n" + signature + "\nPS: more\n": "Hello,\n\n-- \nAnn\n- one\n\nPS: more",
		"Before\n-----BEGIN PGP SIGNED MESSAGE-----\n\nHello\n" + signature:                                                "Before\nHello",
		"-----BEGIN PGP SIGNED MESSAGE-----\nHello\n" + signature:                                                          "Hello",
		"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nNo signature\n":                                               "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nNo signature",
		"What is -----BEGIN PGP SIGNED MESSAGE----- for?\n" + signature:                                                    "What is -----BEGIN PGP SIGNED MESSAGE----- for?\n" + strings.TrimSpace(signature),
		"-----BEGIN PGP SIGNED MESSAGE-----\n\nHello\n-----BEGIN PGP SIGNATURE-----\n\nPS: cut off\n":                      "Hello\n-----BEGIN PGP SIGNATURE-----\n\nPS: cut off",
		"> -----BEGIN PGP SIGNED MESSAGE-----\n> Quoted\nMine\n":                                                           "> -----BEGIN PGP SIGNED MESSAGE-----\n> Quoted\nMine",
	} {
		if m := readText(t, "Content-Type: text/plain; charset=utf-8\n", in); m.FullText != want {
			t.Errorf("%q is read as %q, want %q", in, m.FullText, want)
		}
	}
}

func TestAnInvitationAloneIsReadable(t *testing.T) {
	m := readText(t, "Content-Type: text/calendar; method=REQUEST; charset=utf-8\n", "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\nEND:VTIMEZONE\n"+
		"BEGIN:VEVENT\nORGANIZER;CN=\"Ann: Berg\":mailto:ann@shop.example\nSUMMARY:Lamp\\, repair\nDTSTART;TZID=Europe/Berlin:20260309T100000\nDTEND;TZID=Europe/Berlin:20260309T110000\nLOCATION:Work\n shop\nDESCRIPTION:Bring the lamp.\\nThanks\n"+
		"BEGIN:VALARM\nDESCRIPTION:Alarm\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n")
	want := "Invitation: Lamp, repair\nWhen: Monday, 9 March 2026, 10:00 Europe/Berlin – Monday, 9 March 2026, 11:00 Europe/Berlin\nWhere: Workshop\nOrganiser: Ann: Berg <ann@shop.example>\n\nBring the lamp.\nThanks"
	if m.FullText != want || len(m.Attachments) != 1 {
		t.Errorf("read as %q", m.FullText)
	}
	if m := readText(t, "Content-Type: text/calendar\n", "no calendar at all\n"); m.FullText != "no calendar at all" {
		t.Errorf("what is none is read as %q", m.FullText)
	}
}

func TestTheStartOfALinkIsNoName(t *testing.T) {
	for in, want := range map[string]Address{
		"mailto:ann@shop.example":                               {"", "ann@shop.example"},
		"<mailto:ann@shop.example>":                             {"", "ann@shop.example"},
		"\"mailto:ann@shop.example\" <mailto:ann@shop.example>": {"", "ann@shop.example"},
		"Ann <mailto:ann@shop.example>":                         {"Ann", "ann@shop.example"},
		"Mailton Ann <ann@shop.example>":                        {"Mailton Ann", "ann@shop.example"},
	} {
		if got := ParseAddresses(in); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %+v, want %+v", in, got, want)
		}
	}
}

func FuzzInvitation(f *testing.F) {
	f.Add("BEGIN:VEVENT\r\nSUMMARY:x\r\nDTSTART:20260309T100000Z\r\nEND:VEVENT\r\n")
	f.Add("METHOD:CANCEL\nBEGIN:VEVENT\nORGANIZER;CN=\"a;b\":mailto:\nEND:VEVENT")
	f.Fuzz(func(_ *testing.T, s string) {
		_ = invitation(s)
		_ = withoutArmour(s)
	})
}
