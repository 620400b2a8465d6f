package slackserver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

const dest = slackserver.DemoChannel

func words(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}
func marked(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("mrkdwn", s, false, false)
}

// ticketCard is a card as a help desk posts it.
func ticketCard(number int, subject, customer, summary, status string) []slack.Block {
	option := func(v string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(strings.ToLower(v), words(v), nil)
	}
	menu := func(id string, current string, all ...string) *slack.SelectBlockElement {
		var options []*slack.OptionBlockObject
		for _, v := range all {
			options = append(options, option(v))
		}
		m := slack.NewOptionsSelectBlockElement("static_select", words(id), strings.ToLower(id), options...)
		m.InitialOption = option(current)
		return m
	}
	discard := slack.NewButtonBlockElement("spam", fmt.Sprint(number), words("Spam")).WithStyle(slack.StyleDanger)
	discard.Confirm = slack.NewConfirmationBlockObject(words("Mark as spam?"), marked("The sender is *blocked* and the ticket closed."), words("Mark as spam"), words("Keep"))
	discard.Confirm.Style = slack.StyleDanger
	return []slack.Block{
		slack.NewSectionBlock(marked(fmt.Sprintf("*#%d  %s*\n%s", number, subject, summary)), nil,
			slack.NewAccessory(slack.NewOverflowBlockElement("more", option("Merge"), option("Snooze"), option("History")))),
		slack.NewSectionBlock(nil, []*slack.TextBlockObject{marked("*Customer*\n" + customer), marked("*Waiting since*\n2 hours"),
			marked("*Assignee*\nnobody"), marked("*Came by*\n:email: support@northwind.example")}, nil),
		slack.NewActionBlock(fmt.Sprint("ticket-", number),
			slack.NewButtonBlockElement("reply", fmt.Sprint(number), words("Reply")).WithStyle(slack.StylePrimary),
			slack.NewButtonBlockElement("take", fmt.Sprint(number), words("Assign to me")),
			menu("Status", status, "Open", "In progress", "Resolved"), menu("Priority", "High", "Low", "Medium", "High", "Urgent"), discard),
		slack.NewContextBlock("", marked("Summary by builtin · updated just now")),
	}
}

func suggestion() []slack.Block {
	return []slack.Block{
		slack.NewSectionBlock(marked(":robot_face: *Suggested reply*"), nil, nil),
		slack.NewSectionBlock(marked("> Hello Hannah,\n> thank you for writing. A parcel that is marked as delivered but did not arrive is replaced free of charge within *14 days*.\n> Shall we send it to the same address?"), nil, nil),
		slack.NewContextBlock("", marked("From <https://help.northwind.example/lost|Lost and damaged parcels> · builtin · confidence 0.82")),
		slack.NewActionBlock("suggestion",
			slack.NewButtonBlockElement("approve", "1", words("Approve & send")).WithStyle(slack.StylePrimary),
			slack.NewButtonBlockElement("edit", "1", words("Edit")), slack.NewButtonBlockElement("discard", "1", words("Discard"))),
	}
}

func replyModal() slack.ModalViewRequest {
	m := modal()
	kind := slack.NewRadioButtonsBlockElement("kind",
		slack.NewOptionBlockObject("customer", words("Send to the customer"), words("By mail, in the same thread")),
		slack.NewOptionBlockObject("note", words("Keep as internal note"), nil))
	kind.InitialOption = kind.Options[0]
	who := slack.NewOptionsSelectBlockElement("users_select", words("Nobody"), "assignee")
	assignee := slack.NewInputBlock("assign", words("Assign to"), nil, who).WithOptional(true)
	m.Blocks.BlockSet = append([]slack.Block{slack.NewSectionBlock(marked("*#1* The parcel never arrived · Hannah Weiss"), nil, nil)},
		append(m.Blocks.BlockSet, slack.NewInputBlock("how", words("How"), nil, kind), assignee)...)
	return m
}

func homeTab() slack.HomeTabViewRequest {
	row := func(n int, subject, who string) slack.Block {
		return slack.NewSectionBlock(marked(fmt.Sprintf("*#%d  %s*\n%s · open · high", n, subject, who)), nil,
			slack.NewAccessory(slack.NewButtonBlockElement("open", fmt.Sprint(n), words("Open"))))
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewHeaderBlock(words("My open tickets")), row(1, "The parcel never arrived", "Hannah Weiss"), row(4, "Invoice 2026-118 has the wrong address", "Tom Brandt"),
		slack.NewDividerBlock(), slack.NewHeaderBlock(words("Unassigned")), row(6, "Discount for schools?", "Lea Fontaine"),
		slack.NewActionBlock("tools", slack.NewButtonBlockElement("new", "", words("New ticket")).WithStyle(slack.StylePrimary), slack.NewButtonBlockElement("article", "", words("New article"))),
	}}}
}

// desk is a small help desk over Socket Mode, with a real client, for the page to talk to.
func desk(t *testing.T, srv *slackserver.Server, api *slack.Client) {
	t.Helper()
	listen(t, srv, api, func(e socketmode.Event) (any, bool) {
		switch data := e.Data.(type) {
		case slack.InteractionCallback:
			return deskInteraction(api, data), true
		case slack.SlashCommand:
			return map[string]any{"text": "*3 open tickets*\n• #1 The parcel never arrived\n• #4 Invoice 2026-118\n• #6 Discount for schools?"}, true
		}
		if e.Type == socketmode.EventTypeEventsAPI && strings.Contains(string(e.Request.Payload), "app_home_opened") {
			_, _ = api.PublishView(slackserver.DemoMaya, homeTab(), "")
		}
		return nil, true
	})
}

func deskInteraction(api *slack.Client, cb slack.InteractionCallback) any {
	ctx := context.Background()
	switch cb.Type {
	case slack.InteractionTypeViewSubmission:
		text := cb.View.State.Values["answer"]["text"].Value
		if len(text) < 10 {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"answer": "Please write at least a sentence."})
		}
		_, _, _ = api.PostMessageContext(ctx, dest, slack.MsgOptionTS(cb.View.PrivateMetadata), slack.MsgOptionText(":outbox_tray: *Sent to Hannah Weiss*\n"+slackserver.Escape(text), false))
		return nil
	case slack.InteractionTypeShortcut:
		_, _ = api.OpenViewContext(ctx, cb.TriggerID, replyModal())
		return nil
	}
	if len(cb.ActionCallback.BlockActions) == 0 {
		return nil
	}
	if cb.User.ID == slackserver.DemoOskar {
		_, _ = api.PostEphemeralContext(ctx, cb.Channel.ID, cb.User.ID, slack.MsgOptionText("You are no support member of Northwind, so nothing happened. Ask Maya Okafor to add you.", false))
		return nil
	}
	switch a := cb.ActionCallback.BlockActions[0]; a.ActionID {
	case "reply", "edit":
		v := replyModal()
		v.PrivateMetadata = cb.Message.Timestamp
		_, _ = api.OpenViewContext(ctx, cb.TriggerID, v)
	case "status":
		_, _, _, _ = api.UpdateMessageContext(ctx, dest, cb.Message.Timestamp, slack.MsgOptionBlocks(
			ticketCard(1, "The parcel never arrived", "Hannah Weiss", "Parcel 4411 is shown as delivered but did not come.", a.SelectedOption.Text.Text)...), slack.MsgOptionText("#1", false))
	}
	return nil
}

// furnish posts a few cards and a thread, as after a morning of work.
func furnish(t *testing.T, srv *slackserver.Server, api *slack.Client) (card string) {
	t.Helper()
	post := func(opts ...slack.MsgOption) string {
		t.Helper()
		_, ts, err := api.PostMessageContext(ctx(t), dest, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	jonas := srv.As(slackserver.DemoJonas)
	_ = must(jonas.Say(dest, "", "Morning! I take everything about invoices today. Opening hours are at https://help.northwind.example/hours"))(t)
	post(slack.MsgOptionBlocks(ticketCard(4, "Invoice 2026-118 has the wrong address", "Tom Brandt, Brandt & Söhne", "The invoice names the old address in Kiel. He asks for a corrected one before Friday.", "Open")...), slack.MsgOptionText("#4", false))
	card = post(slack.MsgOptionBlocks(ticketCard(1, "The parcel never arrived", "Hannah Weiss", "Parcel 4411 is shown as delivered but did not come. She asks for another one.", "Open")...), slack.MsgOptionText("#1", false))
	post(slack.MsgOptionTS(card), slack.MsgOptionText(":incoming_envelope: *Hannah Weiss* by mail\n"+slackserver.Escape("Hi, tracking says <delivered> & signed, but nobody here has it. <!channel>"), false))
	post(slack.MsgOptionTS(card), slack.MsgOptionBlocks(suggestion()...), slack.MsgOptionText("Suggested reply", false))
	_ = must(jonas.Say(dest, card, "The driver's scan is from another street, *so it is their fault*."))(t)
	if err := jonas.React(dest, card, "eyes"); err != nil {
		t.Fatal(err)
	}
	if _, err := api.UploadFileContext(ctx(t), slack.UploadFileParameters{Filename: "label.pdf", FileSize: 6, Reader: strings.NewReader("%PDF-1"), Title: "label.pdf", Channel: dest, ThreadTimestamp: card}); err != nil {
		t.Fatal(err)
	}
	return card
}

func TestPageDoesAWholeJob(t *testing.T) {
	srv, api := start(t)
	desk(t, srv, api)
	card := furnish(t, srv, api)
	tab := browser.New(t)
	tab.Open(srv.URL() + "/?as=" + slackserver.DemoMaya)
	onCard := fmt.Sprintf("[data-ts=%q] ", card)

	tab.WaitText(".message", "The parcel never arrived")
	tab.WaitText("#sidebar .place", "CustomerDesk")
	tab.Shot("slack-channel")

	// Reply by the modal: the client's own check, the app's error at the field, then success.
	tab.Click(onCard + "[data-action=reply]")
	tab.Wait("dialog.view")
	tab.Shot("slack-modal")
	tab.ClickText("dialog.view footer button", "Send")
	tab.WaitText("dialog.view .problem", "Please complete this required field.")
	tab.Type("dialog.view textarea", "short")
	tab.ClickText("dialog.view footer button", "Send")
	tab.WaitText("dialog.view .problem", "Please write at least a sentence.")
	tab.Shot("slack-modal-error")
	tab.Type("dialog.view textarea", "We send another one today.")
	tab.ClickText("dialog.view footer button", "Send")
	tab.WaitGone("dialog.view")

	// The thread shows what was sent, and takes a reply.
	tab.Click(onCard + ".replies")
	tab.WaitText("#thread .message", "We send another one today.")
	tab.WaitText("#thread .message", "tracking says <delivered> & signed, but nobody here has it. <!channel>")
	tab.Type("#thread textarea", "Thanks <b>all</b> & done")
	tab.Keys(kb.Enter)
	tab.WaitText("#thread .message", "Thanks <b>all</b> & done")
	tab.Shot("slack-thread")
	replies := srv.Thread(dest, card)
	if last := replies[len(replies)-1]; last.Text != "Thanks &lt;b&gt;all&lt;/b&gt; &amp; done" || last.User != slackserver.DemoMaya {
		t.Errorf("reply = %+v", last)
	}

	// A menu changes the card in place.
	tab.WaitText(onCard+".replies", "6 replies")
	tab.Click(onCard + "[data-action=status]")
	tab.Click(".menu [data-value=resolved]")
	tab.WaitText(onCard+"[data-action=status]", "Resolved")

	// Someone else gets a private message; it can be dismissed.
	tab.Keys(kb.Escape)
	tab.WaitGone("#thread")
	tab.Click("#sidebar .self")
	tab.WaitText(".menu", "Oskar Lind")
	tab.Shot("slack-people")
	tab.Click(".menu [data-value=" + slackserver.DemoOskar + "]")
	tab.WaitText("#sidebar .self", "Oskar Lind")
	tab.Click(onCard + "[data-action=take]")
	tab.WaitText(".message.private", "nothing happened")
	tab.Shot("slack-private")
	tab.ClickText(".message.private button", "Dismiss message")
	tab.WaitGone(".message.private")
}

func TestPageShowsHomeCommandsAndConfirmations(t *testing.T) {
	srv, api := start(t)
	desk(t, srv, api)
	card := furnish(t, srv, api)
	tab := browser.New(t)
	tab.Open(srv.URL() + "/?as=" + slackserver.DemoMaya)
	onCard := fmt.Sprintf("[data-ts=%q] ", card)

	tab.Click(onCard + "[data-action=spam]")
	tab.WaitText("dialog.confirm", "The sender is blocked")
	tab.Shot("slack-confirm")
	tab.ClickText("dialog.confirm button", "Keep")
	tab.WaitGone("dialog.confirm")

	tab.Click("#main .composer textarea")
	tab.Keys("/")
	tab.WaitText(".menu", "/desk")
	tab.Shot("slack-commands")
	tab.Keys("de" + kb.Enter)
	tab.Until(`document.querySelector('#main .composer textarea').value === '/desk '`)
	tab.Keys("list" + kb.Enter)
	tab.WaitText(".message.private", "3 open tickets")

	tab.Hover(onCard + ".by")
	tab.Click(onCard + ".hoverbar button[aria-label='Add reaction']")
	tab.Shot("slack-reactions")
	tab.Click(".menu [data-value=tada]")
	tab.Wait(onCard + ".reaction [aria-label=tada]")

	tab.Type("#main .composer textarea", "Ask @Jon")
	tab.WaitText(".menu", "Jonas Brekke")
	tab.Keys(kb.Enter)
	tab.Keys("please" + kb.Enter)
	tab.WaitText(".message .mention", "@Jonas Brekke")

	tab.Hover(onCard + ".by")
	tab.Click(onCard + ".hoverbar button[aria-label='More actions']")
	tab.WaitText(".menu", "Make a ticket")
	tab.Shot("slack-more")
	tab.Keys(kb.Escape)

	tab.Click("#sidebar .place:has(.avatar)")
	tab.WaitText(".home", "My open tickets")
	tab.Shot("slack-home")
	tab.ClickText("[role=tab]", "Messages")
	tab.Wait("#main .composer")

	tab.Resize(900, 800)
	tab.ClickText("#sidebar .place .name", "support")
	tab.Click(onCard + ".replies")
	tab.WaitText("#thread .message", "Suggested reply")
	tab.Shot("slack-narrow")
}

func TestPageFollowsWhatOthersDo(t *testing.T) {
	srv, api := start(t)
	tab := browser.New(t)
	tab.Open(srv.URL() + "/?as=" + slackserver.DemoMaya)
	tab.WaitText("#sidebar", "general")
	ts := must(srv.As(slackserver.DemoJonas).Say(slackserver.DemoGeneral, "", "Lunch, <!channel>?"))(t)
	tab.WaitText("#sidebar .place:has(.count) .name", "general")
	tab.ClickText("#sidebar .place .name", "general")
	tab.WaitText(".message", "Lunch, @channel?")
	if err := srv.As(slackserver.DemoJonas).Edit(slackserver.DemoGeneral, ts, "Dinner?"); err != nil {
		t.Fatal(err)
	}
	tab.WaitText(".message", "Dinner?")
	if _, _, err := api.PostMessageContext(ctx(t), slackserver.DemoMaya, slack.MsgOptionText("A note for you", false)); err != nil {
		t.Fatal(err)
	}
	tab.WaitText("#sidebar .place:has(.avatar) .count", "1")
	if err := srv.As(slackserver.DemoJonas).Delete(slackserver.DemoGeneral, ts); err != nil {
		t.Fatal(err)
	}
	tab.Until("!document.querySelector('.message')")
	if got := srv.Messages(slackserver.DemoGeneral); slices.ContainsFunc(got, func(m slackserver.Message) bool { return m.TS == ts }) {
		t.Errorf("messages = %+v", got)
	}
}
