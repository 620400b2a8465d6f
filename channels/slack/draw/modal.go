package draw

import (
	"fmt"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Callback ids of modals and ids of their inputs.
const (
	ViewReply = "reply"
	ViewEdit  = "edit"

	ViewSignature = "signature"

	InputText = "text" // the parts of a long text have a number behind it
	InputKind = "kind"
	InputFile = "files"

	KindPublic   = "public"
	KindInternal = "internal"
)

// maxReplyFiles is how many files an answer takes along; it is the most a file input may have.
const maxReplyFiles = 10

// ReplyModal asks for an answer to the customer or an internal note; who may not answer can only note.
func ReplyModal(t tickets.Ticket, answer bool) slackapi.ModalViewRequest {
	text := slackapi.NewPlainTextInputBlockElement(nil, InputText)
	text.Multiline, text.MaxLength, text.FocusOnLoad = true, MaxSection, true
	to := fmt.Sprintf("Send to %s", OneLine(t.Requester.Called(), 60))
	note := slackapi.NewOptionBlockObject(KindInternal, plain("Keep as internal note"), nil)
	kind := slackapi.NewRadioButtonsBlockElement(InputKind, note)
	kind.InitialOption = note
	if answer {
		public := slackapi.NewOptionBlockObject(KindPublic, plain(to), nil)
		kind.Options, kind.InitialOption = []*slackapi.OptionBlockObject{public, note}, public
	}
	files := slackapi.NewFileInputBlockElement(InputFile).WithMaxFiles(maxReplyFiles)
	return modal(ViewReply, fmt.Sprintf("Reply to #%d", t.Number), "Send",
		fine("*"+strong(subject(t.Title))+"*", Escape(OneLine(t.Requester.Email, MaxName))),
		slackapi.NewInputBlock(InputText, label("Your words"), nil, text),
		slackapi.NewInputBlock(InputFile, label("Files that go along"), nil, files).WithOptional(true),
		slackapi.NewInputBlock(InputKind, label("What to do with it"), nil, kind),
	)
}

// EditModal has a suggestion's text to be changed and sent. Slack's inputs take 3,000 characters, so a
// longer text has several.
func EditModal(v ai.Suggestion) slackapi.ModalViewRequest {
	blocks := []slackapi.Block{fine("What you send goes to the customer in place of the suggestion")}
	for i, part := range parts(v.Text, MaxSection-500) { // room for additions
		id := fmt.Sprintf("%s%d", InputText, i)
		text := slackapi.NewPlainTextInputBlockElement(nil, id)
		text.Multiline, text.MaxLength, text.InitialValue = true, MaxSection, part
		in := slackapi.NewInputBlock(id, label(map[bool]string{true: "Answer", false: "Answer, continued"}[i == 0]), nil, text)
		in.Optional = i > 0
		blocks = append(blocks, in)
	}
	files := slackapi.NewFileInputBlockElement(InputFile).WithMaxFiles(maxReplyFiles)
	blocks = append(blocks, slackapi.NewInputBlock(InputFile, label("Files that go along"), nil, files).WithOptional(true))
	return modal(ViewEdit, "Edit and send", "Send", blocks...)
}

// SignatureModal asks for what stands below a member's answers.
func SignatureModal(now string) slackapi.ModalViewRequest {
	text := slackapi.NewPlainTextInputBlockElement(nil, InputText)
	text.Multiline, text.MaxLength, text.InitialValue = true, tenant.MaxSignature, now
	return modal(ViewSignature, "Your signature", "Save",
		fine("These lines stand below your name in answers to customers. Leave them empty for the organisation's."),
		slackapi.NewInputBlock(InputText, label("Lines"), nil, text).WithOptional(true),
	)
}

// TextModal shows a text in full.
func TextModal(title, text string) slackapi.ModalViewRequest {
	const most = 60 // blocks; a view may have 100 and 250 kB
	var blocks []slackapi.Block
	for i, part := range parts(text, MaxSection) {
		if i == most {
			blocks = append(blocks, fine("The rest is too long for Slack: `customerdesk ticket show` has all of it"))
			break
		}
		blocks = append(blocks, Literal(part))
	}
	return modal("", title, "", blocks...)
}

func modal(callback, title, submit string, blocks ...slackapi.Block) slackapi.ModalViewRequest {
	v := slackapi.ModalViewRequest{
		Type: slackapi.VTModal, CallbackID: callback, Title: plain(Truncate(title, 24)), Close: plain("Close"),
		Blocks: slackapi.Blocks{BlockSet: blocks},
	}
	if submit != "" {
		v.Submit, v.Close = plain(submit), plain("Cancel")
	}
	return v
}
