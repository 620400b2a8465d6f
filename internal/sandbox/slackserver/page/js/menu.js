// Menus, confirmations and short notices. Menus are popovers: they lie above dialogs, close on Escape or
// a click elsewhere, and give the focus back.
import { h, icon } from "./dom.js";
import { emoji, faces } from "./emoji.js";

function place(menu, anchor) {
  const a = anchor.getBoundingClientRect();
  const m = menu.getBoundingClientRect();
  let top = a.bottom + 6;
  if (top + m.height > innerHeight - 8) top = Math.max(8, a.top - m.height - 6);
  const left = Math.min(Math.max(8, a.left), innerWidth - m.width - 8);
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}

/** popup shows content in a menu at an anchor and returns the function that closes it. */
export function popup(anchor, content, { kind = "", onclose = () => {} } = {}) {
  const menu = h("div", { class: `menu ${kind}`, popover: "auto", role: "menu" }, content);
  (anchor.closest("dialog") ?? document.body).append(menu);
  anchor.setAttribute("aria-expanded", "true");
  menu.addEventListener("toggle", (e) => {
    if (e.newState !== "closed") return;
    anchor.removeAttribute("aria-expanded");
    menu.remove();
    onclose();
  });
  menu.addEventListener("keydown", (e) => arrows(e, menu));
  menu.showPopover();
  place(menu, anchor);
  (menu.querySelector(".filter") ?? menu.querySelector("[aria-checked=true]") ?? menu.querySelector(".item, button"))?.focus();
  return () => {
    if (!menu.isConnected) return;
    menu.hidePopover();
    anchor.focus();
  };
}

function arrows(e, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!step || (e.target.matches(".filter") && e.key !== "ArrowDown")) return;
  const items = [...menu.querySelectorAll("button:not([hidden])")];
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length]?.focus();
  e.preventDefault();
}

/**
 * choose shows a list to pick from. Items are {value, label, more, danger, title, line}; picked gets the
 * value. With multi the menu stays open, and done gets all picked values when it closes.
 */
export function choose(anchor, items, { picked = () => {}, selected = [], multi = false, done = () => {}, kind = "" } = {}) {
  const chosen = new Set(selected);
  let changed = false;
  const list = h("div", {});
  const rows = items.map((item) => {
    if (item.line) return h("hr", {});
    if (item.title) return h("div", { class: "title" }, item.title);
    const tick = h("span", { class: "tick", "aria-hidden": "true" }, chosen.has(item.value) ? "✓" : "");
    const row = h("button", {
      class: item.danger ? "item danger" : "item", type: "button", role: "menuitemradio", "aria-checked": String(chosen.has(item.value)),
      data: { value: item.value },
      onclick: () => {
        if (!multi) {
          close();
          picked(item.value);
          return;
        }
        changed = true;
        if (!chosen.delete(item.value)) chosen.add(item.value);
        tick.textContent = chosen.has(item.value) ? "✓" : "";
        row.setAttribute("aria-checked", String(chosen.has(item.value)));
      },
    }, selected.length || multi ? tick : null, item.face ?? null,
    h("span", { class: "words" }, h("span", {}, item.label), item.more ? h("span", { class: "quiet small" }, item.more) : null));
    return row;
  });
  list.append(...rows);
  const filter = items.length > 9 && h("input", {
    class: "field filter", type: "search", placeholder: "Search", "aria-label": "Search the options",
    oninput: (e) => {
      const want = e.target.value.toLowerCase();
      rows.forEach((r) => { r.hidden = !r.textContent.toLowerCase().includes(want); });
    },
  });
  const close = popup(anchor, [filter, list], { kind, onclose: () => multi && changed && done([...chosen]) });
  return close;
}

/** search shows a field above what offer(query) finds; picked gets the option. */
export function search(anchor, offer, picked, least) {
  const list = h("div", {}, h("div", { class: "title" }, least > 0 ? `Type at least ${least} characters` : "…"));
  let latest = 0;
  const find = async (query) => {
    if (query.length < least) return;
    latest += 1;
    const mine = latest;
    const options = await offer(query);
    if (mine !== latest) return;
    if (!options?.length) {
      list.replaceChildren(h("div", { class: "title" }, options ? "No results" : "The app did not answer"));
      return;
    }
    list.replaceChildren(...options.map((o) => h("button", {
      class: "item", type: "button", role: "menuitem", data: { value: o.value }, onclick: () => { close(); picked(o); },
    }, h("span", { class: "words" }, h("span", {}, o.text.text), o.description ? h("span", { class: "quiet small" }, o.description.text) : null))));
  };
  let timer = 0;
  const field = h("input", {
    class: "field filter", type: "search", placeholder: "Search", "aria-label": "Search",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => find(field.value), 150);
    },
  });
  const close = popup(anchor, [field, list], {});
  if (least === 0) find("");
}

/** pickEmoji offers faces for a reaction. */
export function pickEmoji(anchor, picked, onclose) {
  const close = popup(anchor, h("div", { class: "faces" }, faces.map((name) => h("button", {
    type: "button", "aria-label": name.replaceAll("_", " "), title: `:${name}:`, data: { value: name },
    onclick: () => { close(); picked(name); },
  }, emoji(name)))), { kind: "reactions-menu", onclose });
}

/** confirm asks with a confirmation dialog of Block Kit; true if agreed. render makes text elements. */
export function confirm(spec, render) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "modal narrow confirm", "aria-labelledby": "confirm-title" },
      h("header", {}, h("h2", { id: "confirm-title" }, render(spec.title)),
        h("button", { class: "toolbutton", type: "button", "aria-label": "Close", onclick: () => dialog.close("") }, icon("close"))),
      h("div", { class: "panel" }, render(spec.text)),
      h("footer", {}, h("span", { class: "about" }),
        h("button", { class: "button", type: "button", onclick: () => dialog.close("") }, spec.deny.text),
        h("button", { class: `button ${spec.style === "danger" ? "danger" : "primary"}`, type: "button", onclick: () => dialog.close("yes") }, spec.confirm.text)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** say shows a notice for a few seconds. */
export function say(text) {
  const line = h("p", {}, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 6000);
}
