package mail

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/html"

	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
)

// hostileHTML is what mail may try in a browser: to run scripts (which would set pwned), to fetch something from
// SPY, to leave its place on the page, to lead people on.
func hostileHTML() []string {
	const run = "window.pwned=1"
	scripts := []string{
		"<script>RUN</script>", "<ScRiPt>RUN</sCrIpT>", "<script src=SPY/x.js></script>", "<script/x>RUN</script>", "<<script>RUN//<</script>", "<script\n>RUN</script\n>",
		"<scr<script>ipt>RUN</scr</script>ipt>", "<svg><script>RUN</script></svg>", "<svg><script href=SPY/x.js /></svg>", "<svg/onload=RUN>", "<svg><animate onbegin=RUN attributeName=x dur=1s>",
		"<svg><set attributeName=href to=javascript:RUN />", "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>RUN</script></svg>#x'/></svg>",
		"<svg><foreignObject><img src=x onerror=RUN></foreignObject></svg>", "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=RUN&gt;'>",
		"<math><mi xlink:href='javascript:RUN'>click</mi></math>", "<math><annotation-xml encoding=text/html><script>RUN</script></annotation-xml></math>",
		"<img src=x onerror=RUN>", "<img src=x onerror='RUN'//", "<img src=\"x\"onerror=RUN>", "<img/src=x/onerror=RUN>", "<IMG \"\"\"><script>RUN</script>\">", "<img src=cid:a onerror=RUN>", "<img src=cid:a onload=RUN>",
		"<img src='cid:a\" onerror=RUN x=\"'>", "<img alt='\" onerror=RUN x=\"' src=cid:a>", "<img src=javascript:RUN>", "<image src=x onerror=RUN>", "<input autofocus onfocus=RUN>", "<input type=image src=x onerror=RUN>",
		"<body onload=RUN>", "<body onpageshow=RUN>", "<html onmouseover=RUN>", "<p onmouseover=RUN style='position:fixed;inset:0'>x</p>", "<div onpointerrawupdate=RUN>x</div>",
		"<details open ontoggle=RUN>x</details>", "<marquee onstart=RUN>x</marquee>", "<video><source onerror=RUN></video>", "<video src=x onerror=RUN></video>", "<audio src=x onerror=RUN></audio>",
		"<select autofocus onfocus=RUN><option>x</select>", "<textarea autofocus onfocus=RUN></textarea>", "<keygen autofocus onfocus=RUN>", "<xss id=x tabindex=1 onfocus=RUN></xss>",
		"<a href=javascript:RUN>x</a>", "<a href=' javascript:RUN'>x</a>", "<a href='jav&#x09;ascript:RUN'>x</a>", "<a href='jav\nascript:RUN'>x</a>", "<a href='&#106;avascript:RUN'>x</a>", "<a href='JaVaScRiPt:RUN'>x</a>",
		"<a href='\x01javascript:RUN'>x</a>", "<a href='vbscript:RUN'>x</a>", "<a href='data:text/html,<script>RUN</script>'>x</a>", "<a href='https:javascript:RUN'>x</a>", "<a href='//SPYHOST/x' ping='SPY/p'>x</a>",
		"<form action=javascript:RUN><input type=submit></form>", "<button formaction=javascript:RUN>x</button>", "<isindex action=javascript:RUN type=image>", "<object data=javascript:RUN></object>",
		"<object data='data:text/html,<script>parent.RUN</script>'></object>", "<embed src=javascript:RUN>", "<embed src='data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg onload=RUN />'>",
		"<iframe src=javascript:RUN></iframe>", "<iframe srcdoc='<script>parent.RUN</script>'></iframe>", "<frameset onload=RUN><frame src=SPY/f></frameset>", "<base href=javascript:RUN//>",
		"<meta http-equiv=refresh content='0;url=javascript:RUN'>", "<meta http-equiv=refresh content='0;url=SPY/r'>", "<meta http-equiv=Set-Cookie content=a=b>", "<noscript><p title='</noscript><img src=x onerror=RUN>'></noscript>",
		"<template><img src=x onerror=RUN></template>", "<noembed><img src='</noembed><img src=x onerror=RUN>'></noembed>", "<style><img src='</style><img src=x onerror=RUN>'></style>", "<title><a title='</title><img src=x onerror=RUN>'></title>",
		"<textarea><img title='</textarea><img src=x onerror=RUN>'></textarea>", "<xmp><p title='</xmp><img src=x onerror=RUN>'></xmp>", "<plaintext><img src=x onerror=RUN>", "<!--><img src=x onerror=RUN>-->", "<!--x--!><img src=x onerror=RUN>",
		"<![CDATA[<img src=x onerror=RUN>]]>", "<?xml-stylesheet href='javascript:RUN'?><img src=x onerror=RUN>", "<!DOCTYPE x [<!ENTITY y '<img src=x onerror=RUN>'>]>&y;", "<p title=\"`><img src=x onerror=RUN>\">x</p>",
		"&lt;script&gt;RUN&lt;/script&gt;", "<table background=javascript:RUN><tr><td>x</table>", "<form><form><svg><style><!--</form></style><img src=x onerror=RUN>--></svg>", "<a title='</a><img src=x onerror=RUN>'>x</a>",
		"<img src=x:x onerror=RUN\x00>", "<scr\x00ipt>RUN</scr\x00ipt>", "\xbcscript\xbeRUN\xbc/script\xbe", "+ADw-script+AD4-RUN+ADw-/script+AD4-", "<portal src=SPY/p></portal>",
		"<form><math><mtext></form><form><mglyph><style></math><img src onerror=RUN>", "<svg></p><style><a id=\"</style><img src=1 onerror=RUN>\">", "<math><mtext><option><x><option></option><mglyph><svg><mtext><style><a title=\"</style><img src onerror=RUN>\">",
		"<select><template><style><!--</style><a rel=\"--></style></template></select><img src onerror=RUN>\">", "<noscript><style></noscript><img src=x onerror=RUN></style>", "<svg><desc><table><thead><style><!--</style></thead></table></desc></svg><img src=x onerror=RUN>-->",
		"<a href='javascript&colon;RUN'>x</a>", "<a href='&#0000106avascript:RUN'>x</a>", "<a href='java\u00adscript:RUN'>x</a>", "<a href='feed:javascript:RUN'>x</a>", "<div id=x popover onbeforetoggle=RUN></div><button popovertarget=x autofocus>x</button>",
		"<div hidden=until-found onbeforematch=RUN>x</div>", "<dialog open onclose=RUN>x</dialog>", "<img name=getElementById src=cid:a><img id=body name=cookie src=cid:b>", "<p contenteditable autofocus onbeforeinput=RUN>x</p>",
	}
	spies := []string{
		"<img src=SPY/1>", "<img srcset='SPY/2 2x'>", "<img src=cid:a srcset='SPY/3 1x' sizes=1px>", "<picture><source srcset=SPY/4><img src=cid:a></picture>", "<img lowsrc=SPY/5 dynsrc=SPY/6>", "<img src=//SPYHOST/7>", "<img src='SP\nY/8'>",
		"<body background=SPY/9>", "<table background=SPY/10><tr><td background=SPY/11>x</table>", "<p style='background:url(SPY/12)'>x</p>", "<p style='background:u\\72l(SPY/13)'>x</p>", "<p style=\"list-style:url('SPY/14');display:list-item\">x</p>",
		"<p style='cursor:url(SPY/15),auto;content:url(SPY/16)'>x</p>", "<p style='width:expression(window.pwned=1)'>x</p>", "<p style='behavior:url(SPY/17);-moz-binding:url(SPY/18)'>x</p>", "<style>@import 'SPY/19';p{background:url(SPY/20)}</style><p>x</p>",
		"<style>@font-face{font-family:a;src:url(SPY/21)}p{font-family:a}</style><p>x</p>", "<link rel=stylesheet href=SPY/22>", "<link rel=prefetch href=SPY/23><link rel=dns-prefetch href=//SPYHOST><link rel=preload as=image href=SPY/24>", "<link rel=icon href=SPY/25>",
		"<video poster=SPY/26 autoplay src=SPY/27></video>", "<audio autoplay src=SPY/28></audio>", "<video><track default src=SPY/29></video>", "<iframe src=SPY/30></iframe>", "<object data=SPY/31></object>", "<embed src=SPY/32>", "<base href=SPY/33/><img src=x>",
		"<svg><image href=SPY/34 /><feImage href=SPY/35 /></svg>", "<svg><use xlink:href=SPY/36#a /></svg>", "<svg style='fill:url(SPY/37#a)'><rect width=9 height=9 /></svg>", "<input type=image src=SPY/38>", "<script src=SPY/39></script>",
		"<bgsound src=SPY/40>", "<layer src=SPY/41></layer>", "<applet code=x codebase=SPY/42></applet>", "<html manifest=SPY/43>", "<img src='data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg><image href=\"SPY/44\"/></svg>'>", "<blockquote cite=SPY/45>x</blockquote>",
		"<del cite=SPY/46>x</del>", "<img usemap=SPY/47 longdesc=SPY/48>", "<a href=x attributionsrc=SPY/49>x</a>", "<input formaction=SPY/50>",
		"<style>*{background-image:url(SPY/51)}@import\"SPY/52\";a[href^='h']{background:url(SPY/53)}</style><a href=https://x.example>x</a>", "<p style=\"background-image:image-set('SPY/54' 1x);border-image:url(SPY/55);mask:url(SPY/56)\">x</p>",
		"<p style='color:red;background:\\75rl(SPY/57)'>x</p>", "<font face='x;background:url(SPY/58)'>x</font>", "<link rel=preconnect href=SPY/59><link rel=modulepreload href=SPY/60>", "<img src='cid:a' src=SPY/61>", "<img crossorigin src=https:SPYHOST/62>",
	}
	list := make([]string, 0, len(scripts)+len(spies))
	for _, s := range append(scripts, spies...) {
		list = append(list, strings.ReplaceAll(s, "RUN", run))
	}
	return list
}

func spying(on string) func(string) string {
	host := strings.TrimPrefix(on, "http://")
	return strings.NewReplacer("SPYHOST", host, "SPY", on).Replace
}

func TestHostileHTMLIsSanitised(t *testing.T) {
	place := spying("http://spy.example")
	for _, vector := range hostileHTML() {
		in := "<p>before</p>" + place(vector)
		out := SanitiseHTML(in)
		if again := SanitiseHTML(out); again != out {
			t.Errorf("%s: %q becomes %q when it is read again", vector, out, again)
		}
		if !strings.Contains(out, "before") {
			t.Errorf("%s: what was before is lost: %q", vector, out)
		}
		doc, err := html.Parse(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode {
				harmless(t, vector, n)
			}
		}
	}
	kept := SanitiseHTML(`<p dir="rtl">Hi <a href="https://x.example/a?b=1&amp;c=2">you</a> <img src="cid:a@b" alt="logo"></p><table><tr><td colspan="2">x</td></tr></table>`)
	for _, want := range []string{`src="cid:a@b"`, `href="https://x.example/a?b=1&amp;c=2"`, "noopener", "noreferrer", `alt="logo"`, `dir="rtl"`, `colspan="2"`} {
		if !strings.Contains(kept, want) {
			t.Errorf("lacks %s: %s", want, kept)
		}
	}
}

// harmless allows the elements and attributes that a mail needs to be read, and no others.
func harmless(t *testing.T, vector string, n *html.Node) {
	t.Helper()
	elements := strings.Fields("html head body p div span br hr b strong i em u s strike del ins sub sup small code pre tt kbd samp blockquote h1 h2 h3 h4 h5 h6 " +
		"ul ol li dl dt dd table thead tbody tfoot tr td th caption a img")
	if !slices.Contains(elements, n.Data) || n.Namespace != "" {
		t.Errorf("%s: element %s", vector, n.Data)
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "alt", "rel", "colspan", "rowspan", "dir", "type":
		case "target":
		case "src":
			if n.Data != "img" || !strings.HasPrefix(a.Val, "cid:") {
				t.Errorf("%s: src %q", vector, a.Val)
			}
		case "href":
			scheme, _, ok := strings.Cut(a.Val, ":")
			if !ok || !slices.Contains([]string{"http", "https", "mailto", "tel", "cid"}, scheme) {
				t.Errorf("%s: href %q", vector, a.Val)
			}
		default:
			t.Errorf("%s: attribute %s=%q on %s", vector, a.Key, a.Val, n.Data)
		}
	}
}

func TestSanitisedHTMLRunsAndFetchesNothingInABrowser(t *testing.T) {
	var fetched atomic.Pointer[string]
	spy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		path := r.URL.String()
		fetched.Store(&path)
	}))
	defer spy.Close()
	place := spying(spy.URL)
	shown := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, "<!DOCTYPE html><title>mail</title><link rel=icon href=data:,>")
		for _, vector := range hostileHTML() {
			// Pictures that came with the mail are shown as a mail program shows them.
			fmt.Fprintf(w, "<section>%s</section>", strings.ReplaceAll(SanitiseHTML(place(vector)), `src="cid:`, `src="data:,`))
		}
		fmt.Fprint(w, "<p id=end>end</p>")
	}))
	defer shown.Close()
	tab := browser.New(t)
	tab.Open(shown.URL + "/")
	tab.Wait("#end")
	// Whoever reads the mail hovers, focuses and clicks; and the page may put the HTML in once more.
	if browser.Eval[bool](tab, `(() => {
		for (const s of document.querySelectorAll('section')) s.innerHTML = s.innerHTML;
		for (const e of document.querySelectorAll('section *')) {
			for (const kind of ['mouseover', 'focus', 'pointerdown', 'toggle', 'load', 'error']) e.dispatchEvent(new Event(kind, {bubbles: true}));
			if (e.tagName === 'A' && !/^https?:/.test(e.href)) e.click();
		}
		return true;
	})()`) {
		tab.Until("document.readyState === 'complete'")
	}
	if browser.Eval[bool](tab, "'pwned' in window") {
		t.Error("a script ran")
	}
	if path := fetched.Load(); path != nil {
		t.Errorf("the page fetched %s", *path)
	}
	// Had there been anything, it would have been noticed.
	browser.Eval[bool](tab, fmt.Sprintf("document.body.insertAdjacentHTML('beforeend', '<img src=%s/1><img src=/none onerror=window.pwned=1>') || true", spy.URL))
	tab.Until("window.pwned === 1 && [...document.images].every(i => i.complete)")
	if fetched.Load() == nil {
		t.Error("what the page fetches is not noticed")
	}
}
