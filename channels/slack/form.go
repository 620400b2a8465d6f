package slack

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/google/uuid"
)

// formState is what a modal is about. It comes back with the submission, signed.
type formState struct {
	Ticket     uuid.UUID `json:"t,omitzero"`
	Suggestion uuid.UUID `json:"s,omitzero"`
	Place      [2]string `json:"p"` // channel, thread
}

func statePlace(p place) [2]string { return [2]string{p.channel, p.thread} }

// seal writes and signs a state for the desk's tenant.
func (a *App) seal(d desk, s formState) string {
	b, _ := json.Marshal(s) // ids and strings always can be written
	mac := a.box.Sign("slack form", d.tenant[:], b)
	return base64.RawURLEncoding.EncodeToString(b) + "." + base64.RawURLEncoding.EncodeToString(mac[:])
}

// unseal reads what seal wrote for the same tenant, or fails with errBadState.
func (a *App) unseal(d desk, text string) (formState, error) {
	var s formState
	body, sig, _ := strings.Cut(text, ".")
	b, err1 := base64.RawURLEncoding.DecodeString(body)
	got, err2 := base64.RawURLEncoding.DecodeString(sig)
	mac := a.box.Sign("slack form", d.tenant[:], b)
	if err1 != nil || err2 != nil || !hmac.Equal(got, mac[:]) || json.Unmarshal(b, &s) != nil {
		return formState{}, errBadState
	}
	return s, nil
}
