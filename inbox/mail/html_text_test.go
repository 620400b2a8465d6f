package mail

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

func TestHTMLBecomesTheTextThatAPersonReads(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"blocks":                  {"<h1>Order</h1><p>One</p><p>Two<br>three</p><div>Four</div><div>Five</div>", "Order\n\nOne\n\nTwo\nthree\n\nFour\nFive"},
		"blanks":                  {"<p>One \n  two&nbsp;&nbsp;three</p>", "One two three"},
		"lists":                   {"<p>Steps:</p><ol><li>Plug in<li>Wait<ul><li>a minute</li></ul></li><li>Try</li></ol>", "Steps:\n\n1. Plug in\n2. Wait\n\n- a minute\n\n3. Try"},
		"tables":                  {"<table><tr><th>Item</th><th>Price</th></tr><tr><td>Ink</td><td>9.50</td></tr></table>", "Item Price\nInk 9.50"},
		"quotations":              {"<p>Yes</p><blockquote><p>One</p><blockquote>Two</blockquote></blockquote>No", "Yes\n>\n> One\n>>\n>> Two\nNo"},
		"code":                    {"<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"},
		"a link":                  {`<a href="https://x.example/a?b=1&amp;c=2">this page</a>, and <a href="https://x.example/a?b=1&c=2">again</a>`, "this page <https://x.example/a?b=1&c=2>, and again"},
		"a link that is text":     {`<a href="https://www.x.example/">x.example</a> <a href="mailto:a@x.example">write</a> <a href="#top">up</a>`, "x.example write up"},
		"a link in disguise":      {`<a href="https://evil.example">https://bank.example/?u=evil.example</a> <a href="https://x.example">x.example.bank.example</a>`, "https://bank.example/?u=evil.example <https://evil.example> x.example.bank.example <https://x.example>"},
		"a link with words":       {`<a href="https://x.example/a/">See (https://www.x.example/a).</a>`, "See (https://www.x.example/a)."},
		"a linked picture":        {`<a href="https://x.example/"><img src="http://x.example/1.gif"></a>Hello`, "Hello"},
		"a quoted link":           {`<blockquote><a href="https://x.example/">here</a></blockquote>`, "> here"},
		"hidden":                  {`<div style="DISPLAY : none">preview <div>more</div> text</div><span hidden>x</span><p style="mso-hide:all">y</p><div style="max-height:0;overflow:hidden">z</div>Hello`, "Hello"},
		"hidden without end":      {`<div style="display:none">preview<p>Hello</p>`, "preview\n\nHello"},
		"all hidden":              {`<div style="display:none">Hello</div>`, "Hello"},
		"not hidden":              {`<p style="margin:0;display:block">Hello</p>`, "Hello"},
		"entities":                {"&lt;b&gt; &auml;&#8364;&#x1F600; &amp;amp; &nosuch;", "<b> ä€😀 &amp; &nosuch;"},
		"Office":                  {"<html xmlns:o=x><head><xml><o:P>96</o:P></xml><!--[if mso]><p>no</p><![endif]--></head><![if !mso]><p class=MsoNormal>Hello<o:p></o:p></p><![endif]><p><o:p>&nbsp;</o:p></p>", "Hello"},
		"scripts and styles":      {"<style>p{}</style><script>if (a<b) x()</script><title>T</title><p>Hello</p>", "Hello"},
		"noscript":                {"<noscript><p>Hello <b>you</b></p></noscript>", "Hello you"},
		"an endless title":        {"<title>T<body><p>Hello</p>", "T\n\nHello"},
		"frames":                  {"<iframe><p>no</p></iframe><noframes>no</noframes>Hello", "Hello"},
		"invisible letters":       {"\u200b\ufeffHe\u00adllo \u034f", "Hello"},
		"Arabic":                  {"<p dir=rtl>مرحبا \u200fالطابعة</p>", "مرحبا \u200fالطابعة"},
		"pictures with words":     {`Hi <img alt="😀" src="x">`, "Hi 😀"},
		"tags in the wrong order": {"<b><i>Hel</b>lo</i></div></p></table> you", "Hello\n\nyou"},
	} {
		if got := HTMLText(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestHostileHTMLBecomesTextInLinearTime(t *testing.T) {
	const mb = 1 << 20
	for name, in := range map[string]string{
		"divisions": strings.Repeat("<div>", mb/5), "tables": strings.Repeat("<table><tr><td>a", mb/16), "lists": strings.Repeat("<ol><li>a", mb/9),
		"links": strings.Repeat(`<a href="https://x.example/">`, mb/29), "open links": strings.Repeat(`<a href="https://x.example/">a`, mb/30),
		"attributes": "<p " + strings.Repeat("a=b ", mb/4) + ">", "styles": strings.Repeat(`<p style="display:none">`, mb/24),
		"noscript": strings.Repeat("<noscript>a", mb/11), "titles": strings.Repeat("<title>a", mb/8), "hidden": strings.Repeat("<div hidden>a</div>", mb/19),
		"comments": strings.Repeat("<!--", mb/4), "entities": strings.Repeat("&amp", mb/4), "pre": "<pre>" + strings.Repeat("\n", mb),
	} {
		t.Run(name, func(t *testing.T) {
			mailtest.Linear(t, in, func(s string) { HTMLText(s) })
		})
	}
}

func FuzzHTMLText(f *testing.F) {
	for _, s := range []string{"<p>a<br>b", "<ol><li>a<ul><li>b", `<div style="display:none">a</div>b`, `<a href="https://x.example">y</a>`, "<noscript><p>a</noscript>", "<title>a<p>b"} {
		f.Add(s)
	}
	mailtest.Seed(f, func(b []byte) {
		if _, page, ok := strings.Cut(string(b), "<html"); ok {
			f.Add("<html" + page)
		}
	})
	f.Fuzz(func(t *testing.T, s string) {
		if out := HTMLText(s); len(out) > 25*len(s)+100 {
			t.Errorf("%d bytes of %d", len(out), len(s))
		}
		if once := SanitiseHTML(s); SanitiseHTML(once) != once {
			t.Errorf("%q becomes %q and then %q", s, once, SanitiseHTML(once))
		}
	})
}
