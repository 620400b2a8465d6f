package machine

import (
	"slices"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// SendsForOthers says whether a mail's sender is one that forms and systems write under, such as noreply@, wordpress@
// or kontaktformular@, or a list that puts its address in the place of its members' ("Ann via Support"), so that
// Reply-To names the person. It says nothing of Reply-To itself.
func SendsForOthers(from mail.Address) bool {
	if strings.Contains(strings.ToLower(from.Name), " via ") {
		return true
	}
	local, _, _ := strings.Cut(strings.ToLower(from.Email), "@")
	local, _, _ = strings.Cut(local, "+")
	plain := strings.TrimRight(strings.NewReplacer("-", "", "_", "", ".", "").Replace(local), "0123456789")
	if isNobody(from.Email) || slices.Contains(formSenders, plain) {
		return true
	}
	return slices.ContainsFunc(formParts, func(part string) bool { return strings.HasPrefix(plain, part) || strings.HasSuffix(plain, part) })
}

// TakesNoAnswers says whether an address tells that nobody reads what is sent to it.
func TakesNoAnswers(email string) bool { return isNobody(email) || isMailSystem(email) }
