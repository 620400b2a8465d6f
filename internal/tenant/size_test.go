package tenant

import "testing"

func TestSizesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]Size{"none": 0, "500MB": 500e6, "10gb": 10e9, "1 TB": 1e12, "1500kB": 1_500_000, "12B": 12} {
		var s, again Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s is %d, %v", text, s, err)
		}
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s is written as %s", text, s)
		}
	}
	for _, text := range []string{"", "10", "GB", "-1GB", "0GB", "1.5GB", "99999999999TB", "10 bananas"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %d", text, s)
		}
	}
}
