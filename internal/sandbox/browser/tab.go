package browser

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// Open loads an address and waits for it.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	tab.do("open "+url, chromedp.Navigate(url))
}

// Resize sets the size of the page in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	tab.do("resize", chromedp.EmulateViewport(width, height))
}

// Click waits for the first visible element that the CSS selector finds, until it stands still and nothing
// covers it, and clicks into its middle; again where the element had moved away by then.
func (tab *Tab) Click(css string) {
	tab.t.Helper()
	tab.click(css, "null")
}

// ClickText is Click on the first visible element with exactly this text.
func (tab *Tab) ClickText(css, text string) {
	tab.t.Helper()
	tab.click(css, quote(text))
}

func (tab *Tab) click(css, text string) {
	tab.t.Helper()
	end := time.Now().Add(Patience)
	for {
		at := poll[[]float64](tab, "click "+css+" "+text, fmt.Sprintf(clickable, quote(css), text, text))
		tab.do("click "+css, chromedp.MouseClickXY(at[0], at[1]))
		// A page that the click left does not know of it any more.
		if Eval[bool](tab, `window.clickArrived !== false`) {
			return
		}
		if time.Now().After(end) {
			tab.t.Fatalf("click %s %s: it never reached the element", css, text)
		}
	}
}

// clickable is where an element is to be clicked, or null. A person clicks what lies on top and stands still;
// both are asked for, some frames apart.
const clickable = `(() => {
	for (const e of document.querySelectorAll(%s)) {
		if (!e.checkVisibility({visibilityProperty: true}) || %s !== null && e.textContent.trim() !== %s) continue;
		e.scrollIntoView({block: 'nearest'});
		const r = e.getBoundingClientRect();
		const x = r.x + r.width / 2, y = r.y + r.height / 2;
		const still = e.clickAt === x + ' ' + y + ' ' + r.width;
		e.clickAt = x + ' ' + y + ' ' + r.width;
		e.clickFrames = still ? (e.clickFrames ?? 0) + 1 : 0;
		if (e.clickFrames < 4 || !e.contains(document.elementFromPoint(x, y))) return null;
		window.clickArrived = false;
		e.addEventListener('click', () => { window.clickArrived = true; }, {capture: true, once: true});
		return [x, y];
	}
	return null;
})()`

// Hover moves the mouse over an element.
func (tab *Tab) Hover(css string) {
	tab.t.Helper()
	at := poll[[]float64](tab, "hover "+css, fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		if (!e) return null;
		e.scrollIntoView({block: 'nearest'});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, quote(css)))
	tab.do("hover "+css, chromedp.MouseEvent("mouseMoved", at[0], at[1]))
}

// Type focuses an element and types into it, over what stands there.
func (tab *Tab) Type(css, text string) {
	tab.t.Helper()
	poll[bool](tab, "type into "+css, fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		if (!e || !e.checkVisibility()) return null;
		e.focus();
		if (e.select) e.select();
		return document.activeElement === e;
	})()`, quote(css)))
	tab.Keys(text)
}

// Keys types into what has the focus; kb names special keys (kb.Enter, kb.Escape).
func (tab *Tab) Keys(keys string) {
	tab.t.Helper()
	tab.do("type", chromedp.KeyEvent(keys))
}

// Choose picks the option with a value in a select element and tells the page.
func (tab *Tab) Choose(css, value string) {
	tab.t.Helper()
	poll[bool](tab, "choose in "+css, fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		if (!e || ![...e.options].some(o => o.value === %s)) return null;
		e.value = %s;
		e.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	})()`, quote(css), quote(value), quote(value)))
}

// Wait waits until the selector finds something visible.
func (tab *Tab) Wait(css string) {
	tab.t.Helper()
	tab.Until(fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.checkVisibility())`, quote(css)))
}

// WaitGone waits until the selector finds nothing visible.
func (tab *Tab) WaitGone(css string) {
	tab.t.Helper()
	tab.Until(fmt.Sprintf(`![...document.querySelectorAll(%s)].some(e => e.checkVisibility())`, quote(css)))
}

// WaitText waits until one of the elements contains the text.
func (tab *Tab) WaitText(css, text string) {
	tab.t.Helper()
	tab.Until(fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.textContent.includes(%s))`, quote(css), quote(text)))
}

// Until waits until a JavaScript expression is true.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	poll[bool](tab, "wait for "+expression, expression)
}

// Text is the text of the first element now, empty if there is none.
func (tab *Tab) Text(css string) string {
	tab.t.Helper()
	return Eval[string](tab, fmt.Sprintf(`document.querySelector(%s)?.textContent ?? ''`, quote(css)))
}

// Count is how many elements the selector finds now.
func (tab *Tab) Count(css string) int {
	tab.t.Helper()
	return Eval[int](tab, fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(css)))
}

// Eval is the value of a JavaScript expression in the page.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	v, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// poll waits until an expression is truthy and returns it.
func poll[T any](tab *Tab, what, expression string) T {
	tab.t.Helper()
	v, err := chromedp.Run(tab.ctx, chromedp.Poll[T](expression, chromedp.WithPollingTimeout(Patience)))
	if err != nil {
		tab.Shot("failed")
		tab.t.Fatalf("%s: %v", what, err)
	}
	return v
}

func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatalf("%s: %v", what, err)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
