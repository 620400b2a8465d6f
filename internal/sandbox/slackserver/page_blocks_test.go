package slackserver_test

import (
	"net/url"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// gallery is one of each block and element that messages take, with text that must not become markup.
const gallery = `[
 {"type":"header","text":{"type":"plain_text","text":"Everything at once :tada:"}},
 {"type":"section","text":{"type":"mrkdwn","text":"*bold* _italic_ ~gone~ ` + "`code <b>`" + ` <https://help.northwind.example|a link> <mailto:a@b.example|mail> <!here> <@U01JONASBRK> <#C01SUPPORT0> :eyes: 2*3*4 snake_case_name\n&gt; a quote\n&gt; of two lines\n• one\n• two\n1. first\n2. second"}},
 {"type":"section","text":{"type":"mrkdwn","text":"` + "```" + `{\n  \"pre\": \"formatted\"\n}` + "```" + `"},"accessory":{"type":"image","image_url":"https://elsewhere.example/x.png","alt_text":"a chart from elsewhere"}},
 {"type":"section","text":{"type":"plain_text","text":"<img src=x onerror=alert(1)> & <b>plain</b>"}},
 {"type":"divider"},
 {"type":"rich_text","elements":[
  {"type":"rich_text_section","elements":[{"type":"text","text":"Rich ","style":{"bold":true}},{"type":"emoji","name":"rocket"},{"type":"text","text":" text with "},{"type":"link","url":"javascript:alert(1)","text":"a bad link"}]},
  {"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"item"}]}]},
  {"type":"rich_text_quote","elements":[{"type":"text","text":"quoted"}]},
  {"type":"rich_text_preformatted","elements":[{"type":"text","text":"code"}]}]},
 {"type":"actions","block_id":"pickers","elements":[
  {"type":"datepicker","action_id":"date","initial_date":"2026-03-02"},
  {"type":"timepicker","action_id":"time","initial_time":"09:30"},
  {"type":"users_select","action_id":"user","placeholder":{"type":"plain_text","text":"Who?"},"initial_user":"U01PRIYANAI"},
  {"type":"overflow","action_id":"over","options":[{"text":{"type":"plain_text","text":"One"},"value":"1"}]}]},
 {"type":"actions","block_id":"choices","elements":[
  {"type":"checkboxes","action_id":"checks","options":[{"text":{"type":"mrkdwn","text":"*Urgent*"},"value":"u","description":{"type":"plain_text","text":"within the hour"}},{"text":{"type":"plain_text","text":"Refund"},"value":"r"}],"initial_options":[{"text":{"type":"plain_text","text":"Refund"},"value":"r"}]},
  {"type":"radio_buttons","action_id":"radio","options":[{"text":{"type":"plain_text","text":"Mail"},"value":"m"},{"text":{"type":"plain_text","text":"Phone"},"value":"p"}]}]},
 {"type":"context","elements":[{"type":"image","image_url":"https://elsewhere.example/y.png","alt_text":"logo"},{"type":"mrkdwn","text":"from *context*"}]}
]`

func TestPageRendersBlocksAndNeverMarkup(t *testing.T) {
	srv, api := start(t)
	desk(t, srv, api)
	if body, _ := raw(t, srv, slackserver.DemoBotToken, "chat.postMessage", url.Values{"channel": {dest}, "blocks": {gallery}}); body["ok"] != true {
		t.Fatalf("post: %v", body)
	}
	tab := browser.New(t)
	tab.Resize(1280, 1100)
	tab.Open(srv.URL() + "/?as=" + slackserver.DemoMaya)
	tab.WaitText(".block-header", "Everything at once")
	tab.Shot("slack-blocks")
	for css, want := range map[string]int{
		".message s":                            1,
		".message code":                         1,
		".message pre":                          2,
		".message blockquote":                   2,
		".message ul":                           2,
		".message ol li":                        2,
		".message a[href^='https:']":            1,
		".message a[href^='mailto:']":           1,
		".message a[href^='javascript']":        0,
		".message img":                          0,
		".message input[type=checkbox]:checked": 1,
		".message input[type=date]":             1,
		".message .mention":                     3,
	} {
		if got := tab.Count(css); got != want {
			t.Errorf("%s: %d, want %d", css, got, want)
		}
	}
	tab.WaitText(".message .mrkdwn", "2*3*4 snake_case_name")
	tab.WaitText(".message .body", "<img src=x onerror=alert(1)> & <b>plain</b>")
	tab.WaitText(".chooser", "Priya Nair")

	tab.Click(".message input[type=radio][value=p]")
	if err := srv.WaitFor(ctx(t), func() bool { return srv.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	tab.Click(".chooser[data-action=user]")
	tab.Shot("slack-menu")
	tab.Click(".menu [data-value=" + slackserver.DemoJonas + "]")
	tab.WaitText(".chooser", "Jonas Brekke")
}
