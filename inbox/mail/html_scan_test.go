package mail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

func TestHTMLIsCutWhereTheStandardTokenizerCutsIt(t *testing.T) {
	for _, s := range oddHTML() {
		sameTokens(t, s)
	}
}

func FuzzHTMLTokens(f *testing.F) {
	for _, s := range oddHTML() {
		f.Add(s)
	}
	mailtest.Seed(f, func(b []byte) {
		if _, page, ok := strings.Cut(string(b), "<html"); ok {
			f.Add("<html" + page)
		}
	})
	f.Fuzz(func(t *testing.T, s string) { sameTokens(t, Newlines(Clean(s))) })
}

func oddHTML() []string {
	return []string{
		"", "<", "a<", "a</", "</", "</>b", "</ a>b", "<3 a < b <", "<<p>>", "<p", "<p a", "<p a=", "<p a='b", "</p", "a<p", "<?php a > b", "<!a>b", "<!>b", "<!", "<!d",
		"<P Class=x STYLE=\"a>b\" Hidden>", "<a href=x href=y style=a style=b hIdden>", "<a/href=x/>", "<a / href = 'x' >", "<a =href=x b==c>", "<a href=>b", "<a href=\"x\"alt='y'>", "<br/>", "<br a/>", "<br a=b/>", "<br a=b />", "<br a='b'/>", "<br/ >",
		"<!--a-->b", "<!-->b", "<!--->b", "<!---->b", "<!--a--!>b", "<!--a--!-->b", "<!--a--!", "<!--a--", "<!--a--!x-->b", "<!--a->b-->c", "<!DOCTYPE html>a", "<!doctype", "<![CDATA[a>b]]>c", "<![if !mso]>a<![endif]>",
		"<title>a<b>&amp;</title >c", "<title>a</titles>b</TITLE/>c", "<title/>a</title>b", "<title></title>a", "<textarea>&lt;</textarea>", "<style>a<b>&amp;</style>c", "<noscript>a<b>&amp;c</noscript>", "<plaintext>a</plaintext>&amp;", "<xmp><b></xmp>", "<title>a</title",
		"<script>a</script>b", "<script><!--a</script>b", "<script><!--<script>a</script>b--></script>c", "<script><!--<script>a--></script>b", "<script><!--a--></script>b", "<script><!--<scripts></script>b", "<script><!--><script></script>b", "<script><!-- <3 <script></script>b",
		"<script></script", "<script><!-", "<script><!--<", "<script><!--<script", "<script><!--<script >--</script></script>a", "<script>--></script>a",
		"&amp;&ampx&notit;&nosuch;&#65;&#x42&#0;&#;&", "&nbsp;", "<a href='?a&amp;b&copy=c&copy;d&copyx&not;it&notit;&semi;&fjlig;&#67;&#x44x&amp'>", "<xml><o:p>a</o:p></xml>", "<verylongnamethatisnoelementofthestandard>a",
	}
}

// sameTokens compares the tokens of a scanner with those of the tokenizer that browsers' rules are written out in.
func sameTokens(t *testing.T, s string) {
	t.Helper()
	z, want := tagScanner{source: s}, html.NewTokenizer(strings.NewReader(s))
	for {
		kind, expected := z.next(), want.Next()
		begun := want.Token()
		if kind == emptyToken && begun.Type == html.StartTagToken || kind == startToken && begun.Type == html.SelfClosingTagToken {
			if strings.Contains(s, "=") { // the tokenizer takes an attribute that is there twice for none
				begun.Type = map[tokenKind]html.TokenType{emptyToken: html.SelfClosingTagToken, startToken: html.StartTagToken}[kind]
			}
		}
		if got, read := shownToken(&z, kind), shownLibraryToken(begun); got != read {
			t.Fatalf("%q: %s, want %s", s, got, read)
		}
		if expected == html.ErrorToken {
			return
		}
	}
}

func shownToken(z *tagScanner, kind tokenKind) string {
	switch kind {
	case textToken:
		return "text " + z.unescaped()
	case startToken, emptyToken:
		var list []string
		for _, a := range z.attributes {
			list = append(list, fmt.Sprint([]string{"", "alt", "href", "style", "hidden"}[a.key], " ", unescapeAttribute(a.value)))
		}
		return fmt.Sprint(kind == emptyToken, " start ", z.element, z.isXML, list)
	case closeToken:
		return fmt.Sprint("close ", z.element, z.isXML)
	case endToken:
		return "end"
	}
	return "other"
}

func shownLibraryToken(k html.Token) string {
	element := atom.Lookup([]byte(k.Data))
	switch k.Type {
	case html.TextToken:
		return "text " + k.Data
	case html.StartTagToken, html.SelfClosingTagToken:
		var list []string
		for _, a := range k.Attr {
			if slices.Contains([]string{"alt", "href", "style", "hidden"}, a.Key) {
				list = append(list, a.Key+" "+a.Val)
			}
		}
		return fmt.Sprint(k.Type == html.SelfClosingTagToken, " start ", element, k.Data == "xml", list)
	case html.EndTagToken:
		return fmt.Sprint("close ", element, k.Data == "xml")
	case html.ErrorToken:
		return "end"
	}
	return "other"
}
