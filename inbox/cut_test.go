package inbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/blobs"
)

// file makes n bytes that differ for each seed.
func file(seed uint64, n int) []byte {
	b := make([]byte, n)
	dice := rand.New(rand.NewPCG(seed, 1))
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	return b
}

// lines writes b as base64 in lines of n characters.
func lines(b []byte, n int, end string) string {
	var out strings.Builder
	text := base64.StdEncoding.EncodeToString(b)
	for len(text) > n {
		out.WriteString(text[:n] + end)
		text = text[n:]
	}
	return out.String() + text
}

// mixed writes a mail with a text and parts, each with the header lines and the body given.
func mixed(end string, parts ...[2]string) []byte {
	m := "From: ann@customer.example\nSubject: Files\nMessage-ID: <f1@customer.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the files.\n"
	for _, p := range parts {
		m += "--b\n" + p[0] + "\n\n\x00\n"
	}
	m = strings.ReplaceAll(m+"--b--\n", "\n", end)
	for _, p := range parts {
		m = strings.Replace(m, "\x00", p[1], 1)
	}
	return []byte(m)
}

func apart(raw []byte) kept { return takeApart(raw, Parse(raw).Leaves) }

const pngBase64 = "Content-Type: image/png\nContent-Transfer-Encoding: base64"

func TestWhatCanBeMadeAgainExactlyIsTakenOutOfAMail(t *testing.T) {
	f := file(1, 20_000)
	text := lines(f, 76, "\r\n")
	for name, c := range map[string]struct {
		header, body string
		end          string
		cuts         int
	}{
		"lines of 76":         {pngBase64, text, "\r\n", 1},
		"lines of 60, LF":     {pngBase64, lines(f, 60, "\n"), "\n", 1},
		"one line":            {pngBase64, lines(f, 1<<20, ""), "\r\n", 1},
		"with padding":        {pngBase64, lines(f[:19_999], 76, "\r\n"), "\r\n", 1},
		"full last line":      {pngBase64, lines(f[:57*300], 76, "\r\n"), "\r\n", 1},
		"blank lines around":  {pngBase64, "\r\n\r\n" + text + "\r\n \r\n", "\r\n", 1},
		"binary":              {"Content-Type: image/png\nContent-Transfer-Encoding: binary", string(bytes.ReplaceAll(f, []byte("\n--"), nil)), "\r\n", 1},
		"attached text":       {"Content-Type: text/csv\nContent-Disposition: attachment", strings.Repeat("a,b,c\r\n", 2000), "\r\n", 1},
		"two lengths of line": {pngBase64, lines(f[:570], 76, "\r\n") + "\r\n" + lines(f[570:], 72, "\r\n"), "\r\n", 0},
		"a stray character":   {pngBase64, text[:5000] + "!" + text[5000:], "\r\n", 0},
		"two line ends":       {pngBase64, text[:78] + lines(f[57:], 76, "\n"), "\r\n", 0},
		"blanks at line ends": {pngBase64, lines(f, 76, " \r\n"), "\r\n", 0},
		"loose padding bits":  {pngBase64, lines(file(2, 7000)[:6999], 76, "\r\n") + "AB==", "\r\n", 0},
		"lines of 75":         {pngBase64, lines(f, 75, "\r\n"), "\r\n", 0},
		"quoted-printable":    {"Content-Type: image/png\nContent-Transfer-Encoding: quoted-printable", strings.Repeat("=41\r\n", 2000), "\r\n", 0},
		"small":               {pngBase64, lines(f[:1000], 76, "\r\n"), "\r\n", 0},
		"shown text":          {"Content-Type: text/plain", strings.Repeat("words\r\n", 2000), "\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			raw := mixed(c.end, [2]string{c.header, c.body})
			k := apart(raw)
			if len(k.cuts) != c.cuts {
				t.Errorf("%d files taken out, want %d", len(k.cuts), c.cuts)
			}
			if c.cuts > 0 && len(k.rest) > 500 {
				t.Errorf("%d bytes are left", len(k.rest))
			}
			for _, c := range k.cuts {
				if part, ok := mail.Extract(raw, c.path); !ok || !bytes.Equal(part, c.data) || blobs.Of(part) != c.digest {
					t.Errorf("the file of part %s is another one", c.path)
				}
			}
			if got, err := k.whole(); err != nil || !bytes.Equal(got, raw) {
				t.Errorf("put together it is another mail (%v)", err)
			}
		})
	}
}

func TestFilesOfAForwardedMailAreTakenOutUnderNoWrongPath(t *testing.T) {
	inner := mixed("\r\n", [2]string{pngBase64, lines(file(1, 9000), 76, "\r\n")})
	alone := "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines(file(2, 9000), 76, "\r\n")
	raw := mixed("\r\n", [2]string{"Content-Type: message/rfc822", strings.ReplaceAll(string(inner), "--b", "--c")}, [2]string{"Content-Type: message/rfc822", alone})
	raw = bytes.Replace(raw, []byte("boundary=b\r\n\r\n--c"), []byte("boundary=c\r\n\r\n--c"), 1)
	k := apart(raw)
	if len(k.cuts) != 2 || k.cuts[1].path != "" {
		t.Errorf("cuts %d, path of the second %q", len(k.cuts), k.cuts[len(k.cuts)-1].path)
	}
	if got, err := k.whole(); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("put together it is another mail (%v)", err)
	}
}

func TestAMailWhoseFilesAreAlteredIsNotPutTogether(t *testing.T) {
	k := apart(mixed("\r\n", [2]string{pngBase64, lines(file(1, 9000), 76, "\r\n")}))
	k.cuts[0].data = file(2, 9000)
	if _, err := k.whole(); err == nil {
		t.Error("nothing is said of another file")
	}
	k = apart(mixed("\r\n", [2]string{pngBase64, lines(file(1, 9000), 76, "\r\n")}))
	k.cuts[0].at = 1 << 30
	if _, err := k.whole(); err == nil {
		t.Error("nothing is said of a place that there is not")
	}
}

func TestALargeMailIsTakenApartInLinearTime(t *testing.T) {
	size := func(n int) time.Duration {
		parts := make([][2]string, 0, 20)
		for i := range 20 {
			parts = append(parts, [2]string{pngBase64, lines(file(uint64(i), n/20), 76, "\r\n")})
		}
		raw := mixed("\r\n", parts...)
		m := Parse(raw)
		began := time.Now()
		if k := takeApart(raw, m.Leaves); len(k.cuts) != 20 {
			t.Fatalf("%d cuts", len(k.cuts))
		}
		return time.Since(began)
	}
	size(1 << 20)
	small, large := size(1<<20), size(16<<20)
	if large > 160*max(small, time.Millisecond) {
		t.Errorf("1 MB takes %v, 16 MB %v", small, large)
	}
}

func FuzzTakeApart(f *testing.F) {
	b := file(1, 3200)
	for _, p := range []string{lines(b, 76, "\r\n"), lines(b, 72, "\n"), lines(b, 1<<20, ""), "\r\n" + lines(b, 76, "\r\n") + "==", string(b)} {
		f.Add(mixed("\r\n", [2]string{pngBase64, p}), 0)
		f.Add(mixed("\n", [2]string{pngBase64, p}, [2]string{"Content-Type: message/rfc822", p}, [2]string{"Content-Type: image/gif", p}), 60)
	}
	f.Fuzz(func(t *testing.T, raw []byte, line int) {
		k := apart(raw)
		got, err := k.whole()
		if err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("put together it is another mail (%v)", err)
		}
		// The same bytes as one part in lines of any length.
		n := min(max(line%200, 1), 200)
		text := []byte(lines(append(bytes.Clone(raw), make([]byte, mail.MinBlob)...), n, "\n"))
		if c, ok := cutOf("base64", text); ok {
			out := []byte{}
			if err := c.write(func(b []byte) error { out = append(out, b...); return nil }); err != nil || !bytes.Equal(out, text) || c.size() != len(text) {
				t.Fatalf("lines of %d: another text, or %d bytes instead of %d (%v)", n, c.size(), len(text), err)
			}
		} else if n%4 == 0 {
			t.Fatalf("lines of %d are not understood", n)
		}
	})
}

func BenchmarkTakeApart(b *testing.B) {
	for _, n := range []int{50 << 10, 18 << 20} {
		raw := mixed("\r\n", [2]string{pngBase64, lines(file(1, n), 76, "\r\n")})
		m := Parse(raw)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if k := takeApart(raw, m.Leaves); len(k.cuts) != 1 {
					b.Fatal("nothing taken out")
				}
			}
		})
	}
}
