// Suggestions above a text field while one types a command or a name. The focus stays in the field.
import { avatar, h } from "./dom.js";
import { store } from "./store.js";

// offers lists what fits the word before the cursor, and how much of the text it replaces.
function offers(text) {
  const command = /^\/([a-z0-9_-]*)$/i.exec(text);
  if (command) {
    const items = store.apps.flatMap((a) => a.commands.map((c) => ({ insert: `${c.name} `, label: `${c.name} ${c.hint}`, more: `${c.description} · ${a.name}`, key: c.name })));
    return { length: text.length, items: items.filter((i) => i.key.startsWith(text)) };
  }
  const name = /(?:^|\s)@([\p{L}]*(?: \p{L}*)?)$/u.exec(text);
  if (!name) return { length: 0, items: [] };
  const want = name[1].toLowerCase();
  const people = [...store.users.values()].map((u) => ({ insert: `@${u.name} `, label: u.name, more: u.bot ? "App" : u.title, key: u.id, face: avatar(u, "tiny") }));
  const all = [{ insert: "@channel ", label: "@channel", more: "Everyone in this channel", key: "channel" }, { insert: "@here ", label: "@here", more: "Who is here now", key: "here" }];
  return {
    length: name[1].length + 1,
    items: [...people.filter((i) => i.label.toLowerCase().startsWith(want)), ...all.filter((i) => want !== "" && i.key.startsWith(want))],
  };
}

/** suggest watches a field inside a form; changed is called after a suggestion was taken. */
export function suggest(field, changed) {
  const id = `suggest-${Math.random().toString(36).slice(2)}`;
  let box = null;
  let items = [];
  let at = 0;
  let length = 0;

  function close() {
    box?.remove();
    box = null;
    field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-expanded", "false");
  }

  function draw() {
    box?.remove();
    box = h("div", { class: "menu suggest", role: "listbox", id, "aria-label": "Suggestions" }, items.map((i, n) => h("button", {
      class: "item", type: "button", role: "option", id: `${id}-${n}`, tabindex: "-1", "aria-selected": String(n === at), data: { value: i.key },
      onmousedown: (e) => { e.preventDefault(); take(n); },
    }, i.face ?? null, h("span", { class: "words" }, h("span", {}, i.label), i.more ? h("span", { class: "quiet small" }, i.more) : null))));
    field.closest("form").append(box);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-activedescendant", `${id}-${at}`);
    box.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function take(n) {
    const end = field.selectionStart;
    field.setRangeText(items[n].insert, end - length, end, "end");
    close();
    field.focus();
    changed();
  }

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", id);
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-autocomplete", "list");
  field.addEventListener("blur", close);
  field.addEventListener("input", () => {
    const found = offers(field.value.slice(0, field.selectionStart));
    ({ items, length } = found);
    at = 0;
    if (items.length) draw();
    else close();
  });
  field.addEventListener("keydown", (e) => {
    if (!box) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) {
      at = (at + step + items.length) % items.length;
      draw();
    } else if (e.key === "Tab" || (e.key === "Enter" && !e.shiftKey)) {
      take(at);
    } else if (e.key === "Escape") {
      close();
    } else {
      return;
    }
    e.preventDefault();
    e.stopImmediatePropagation();
  });
}
