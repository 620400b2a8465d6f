package tenant_test

import (
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestAddressKeyIsOneForAllFormsOfAnAddress(t *testing.T) {
	for key, forms := range map[string][]string{
		"ann@home.example":       {"ann@home.example", " Ann@HOME.example", "ann+list@home.example", "ann+@home.example"},
		"+ann@home.example":      {"+ann@home.example"},
		"jürgen@käse.example":    {"jürgen@käse.example", "JÜRGEN@KÄSE.example", "jürgen@xn--kse-qla.example", "jürgen+x@XN--KSE-QLA.example"},
		"ann@xn--\u0161.example": {"ann@xn--\u0161.example"},
		"no address":             {"No address"},
	} {
		for _, form := range forms {
			if got := tenant.AddressKey(form); got != key {
				t.Errorf("%q: %q, want %q", form, got, key)
			}
		}
	}
}
