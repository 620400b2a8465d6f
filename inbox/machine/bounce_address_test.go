package machine

import "testing"

func TestAddressesEndWhereTheTextAroundThemGoesOn(t *testing.T) {
	for text, want := range map[string]string{
		"收件人（kim@shop.example）不存在，邮件无法送达。": "kim@shop.example",
		"kim@shop.exampleさんのメール":           "kim@shop.example",
		"您发给kim@shop.example的邮件":           "kim@shop.example",
		"「kim@shop.example」は":              "kim@shop.example",
		"<kim@bücher.example>:":            "kim@bücher.example",
		"kim@例え.テスト。":                      "kim@例え.テスト",
		"kim@shop.example, please":         "kim@shop.example",
		"kim@shop.example.":                "kim@shop.example",
	} {
		got := addressesIn(text)
		if len(got) != 1 || got[0].email != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
