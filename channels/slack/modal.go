package slack

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/tickets"
)

// Callback ids of modals and ids of their inputs.
const (
	viewReply = "reply"
	viewEdit  = "edit"

	inputText = "text" // the parts of a long text have a number behind it
	inputKind = "kind"
	inputFile = "files"

	kindPublic   = "public"
	kindInternal = "internal"
)

// replyModal asks for an answer to the customer or an internal note; who may not answer can only note.
func replyModal(t tickets.Ticket, answer bool) slackapi.ModalViewRequest {
	text := slackapi.NewPlainTextInputBlockElement(nil, inputText)
	text.Multiline, text.MaxLength, text.FocusOnLoad = true, maxSection, true
	to := fmt.Sprintf("Send to %s", oneLine(t.Requester.Called(), 60))
	note := slackapi.NewOptionBlockObject(kindInternal, plain("Keep as internal note"), nil)
	kind := slackapi.NewRadioButtonsBlockElement(inputKind, note)
	kind.InitialOption = note
	if answer {
		public := slackapi.NewOptionBlockObject(kindPublic, plain(to), nil)
		kind.Options, kind.InitialOption = []*slackapi.OptionBlockObject{public, note}, public
	}
	files := slackapi.NewFileInputBlockElement(inputFile).WithMaxFiles(maxReplyFiles)
	return modal(viewReply, fmt.Sprintf("Reply to #%d", t.Number), "Send",
		fine("*"+strong(subject(t.Title))+"*", escape(oneLine(t.Requester.Email, maxName))),
		slackapi.NewInputBlock(inputText, label("Your words"), nil, text),
		slackapi.NewInputBlock(inputFile, label("Files that go along"), nil, files).WithOptional(true),
		slackapi.NewInputBlock(inputKind, label("What to do with it"), nil, kind),
	)
}

// editModal has a suggestion's text to be changed and sent. Slack's inputs take 3,000 characters, so a
// longer text has several.
func editModal(v ai.Suggestion) slackapi.ModalViewRequest {
	blocks := []slackapi.Block{fine("What you send goes to the customer in place of the suggestion")}
	for i, part := range parts(v.Text, maxSection-500) { // room for additions
		id := fmt.Sprintf("%s%d", inputText, i)
		text := slackapi.NewPlainTextInputBlockElement(nil, id)
		text.Multiline, text.MaxLength, text.InitialValue = true, maxSection, part
		in := slackapi.NewInputBlock(id, label(map[bool]string{true: "Answer", false: "Answer, continued"}[i == 0]), nil, text)
		in.Optional = i > 0
		blocks = append(blocks, in)
	}
	return modal(viewEdit, "Edit and send", "Send", blocks...)
}

// textModal shows a text in full.
func textModal(title, text string) slackapi.ModalViewRequest {
	const most = 60 // blocks; a view may have 100 and 250 kB
	var blocks []slackapi.Block
	for i, part := range parts(text, maxSection) {
		if i == most {
			blocks = append(blocks, fine("The rest is too long for Slack: `customerdesk ticket show` has all of it"))
			break
		}
		blocks = append(blocks, literal(part))
	}
	return modal("", title, "", blocks...)
}

func modal(callback, title, submit string, blocks ...slackapi.Block) slackapi.ModalViewRequest {
	v := slackapi.ModalViewRequest{
		Type: slackapi.VTModal, CallbackID: callback, Title: plain(truncate(title, 24)), Close: plain("Close"),
		Blocks: slackapi.Blocks{BlockSet: blocks},
	}
	if submit != "" {
		v.Submit, v.Close = plain(submit), plain("Cancel")
	}
	return v
}

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
