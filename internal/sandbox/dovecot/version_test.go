package dovecot

import "testing"

func TestVersionDecidesTheConfigurationLanguage(t *testing.T) {
	for output, isNew := range map[string]bool{
		"2.3.19.1 (9b53102964)\n": false,
		"2.4.1-4 (7d8c0e5759)\n":  true,
		"3.0.0\n":                 true,
	} {
		v, err := parseVersion(output)
		if err != nil || v.isNew() != isNew {
			t.Errorf("%q: %+v, %v, want new %v", output, v, err, isNew)
		}
	}
	if _, err := parseVersion("sh: not found"); err == nil {
		t.Error("nonsense taken for a version")
	}
}
