// The field one writes in: Enter sends, "/" offers commands, "@" offers people, files can be added.
import { act, upload } from "./api.js";
import { h, icon } from "./dom.js";
import { choose, pickEmoji, say } from "./menu.js";
import { store } from "./store.js";
import { suggest } from "./suggest.js";

/** composer makes the field for a channel or, with thread, for its thread. */
export function composer(channel, placeholder, thread = "") {
  let files = [];
  let shift = false;
  const staged = h("div", { class: "staged", hidden: true });
  const send = h("button", { class: "send", type: "submit", "aria-label": "Send", disabled: true }, icon("send"));
  const field = h("textarea", { rows: "1", placeholder, "aria-label": placeholder });
  field.addEventListener("keydown", (e) => { shift = e.shiftKey; });
  suggest(field, changed); // before key, so that it sees Enter first
  field.addEventListener("input", changed);
  field.addEventListener("keydown", key);
  field.addEventListener("beforeinput", staysOneLine);
  const picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => { files = [...files, ...picker.files]; picker.value = ""; changed(); } });
  const emojiButton = h("button", { class: "toolbutton", type: "button", "aria-label": "Emoji", title: "Emoji", onclick: () => pickEmoji(emojiButton, (n) => insert(`:${n}: `)) }, icon("smile"));
  const bolt = h("button", { class: "toolbutton", type: "button", "aria-label": "Shortcuts", title: "Shortcuts and commands", onclick: shortcuts }, icon("bolt"));
  const form = h("form", { class: "composer", onsubmit: (e) => { e.preventDefault(); submit(); } }, staged, field,
    h("div", { class: "tools" },
      h("button", { class: "toolbutton", type: "button", "aria-label": "Attach a file", title: "Attach a file", onclick: () => picker.click() }, icon("clip")),
      emojiButton, bolt, picker,
      h("span", { class: "hint" }, thread ? "" : "Shift + Enter for a new line"), send));

  function changed() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    send.disabled = field.value.trim() === "" && files.length === 0;
    staged.hidden = files.length === 0;
    staged.replaceChildren(...files.map((f) => h("span", {}, f.name)));
  }

  function key(e) {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      submit();
    }
  }

  // Enter alone never makes a new line, whatever became of its key event.
  function staysOneLine(e) {
    if (e.inputType === "insertLineBreak" && !shift) e.preventDefault();
  }

  function insert(text) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function shortcuts() {
    const items = store.apps.flatMap((a) => [{ title: a.name },
      ...a.shortcuts.filter((s) => s.kind === "global").map((s) => ({ value: `shortcut ${s.id}`, label: s.name })),
      ...a.commands.map((c) => ({ value: `command ${c.name}`, label: c.name, more: c.description }))]);
    choose(bolt, items, {
      picked: (v) => {
        const [kind, name] = v.split(" ");
        if (kind === "command") insert(`${name} `);
        else run("shortcut", { name });
      },
    });
  }

  async function run(kind, body) {
    const answer = await act(kind, { user: store.me, channel, ...body });
    if (!answer.ok) say(`⚠ ${answer.error}`);
    return answer.ok;
  }

  async function submit() {
    const text = field.value.trim();
    if (text === "" && files.length === 0) return;
    const command = /^(\/[a-z0-9_-]+)(?:\s+([\s\S]*))?$/i.exec(text);
    const keep = { text: field.value, files };
    field.value = "";
    files = [];
    changed();
    field.focus();
    let ok;
    if (command && !thread && keep.files.length === 0) {
      ok = await run("command", { name: command[1], text: command[2] ?? "" });
    } else if (keep.files.length) {
      const answer = await upload({ user: store.me, channel, thread, text: mentioned(text) }, keep.files);
      ok = answer.ok;
      if (!ok) say(`⚠ ${answer.error}`);
    } else {
      ok = await run("say", { thread, text: mentioned(text) });
    }
    if (!ok && field.value === "") {
      field.value = keep.text;
      files = keep.files;
      changed();
    }
  }

  return form;
}

// mentioned turns "@Maya Okafor" into what stands for her on the wire, and @channel likewise.
function mentioned(text) {
  let out = text.replace(/(^|\s)@(channel|here|everyone)\b/g, "$1<!$2>");
  const names = [...store.users.values()].sort((a, b) => b.name.length - a.name.length);
  for (const u of names) out = out.replaceAll(`@${u.name}`, `<@${u.id}>`);
  return out;
}
