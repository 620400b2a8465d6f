// Modals: the stack of views, of which the uppermost is shown.
import { act } from "./api.js";
import { blocks, text } from "./blocks.js";
import { h, icon } from "./dom.js";
import { valuesOf } from "./elements.js";
import { store } from "./store.js";

let shown = null; // {id, json, dialog}
const entered = new Map(); // view id: {block id: [values]}, what was typed but not sent

/** showViews brings the screen in line with the stack. */
export function showViews(views) {
  const top = views.at(-1);
  for (const id of entered.keys()) if (!views.some((v) => v.id === id)) entered.delete(id);
  if (!top) {
    take();
    return;
  }
  const json = JSON.stringify([top, views.length]);
  if (shown?.json === json) return;
  const focus = shown?.id === top.id ? document.activeElement?.id : null;
  take();
  shown = { id: top.id, json, dialog: dialog(top, views.length) };
  document.body.append(shown.dialog);
  shown.dialog.showModal();
  const first = (focus && document.getElementById(focus)) || shown.dialog.querySelector("[autofocus], .problem ~ .field, .wrong .field, .panel .field, .panel .chooser, .panel input");
  (first ?? shown.dialog.querySelector("footer .button:last-child"))?.focus();
}

function take() {
  shown?.dialog.remove();
  shown = null;
}

function form(view) {
  if (!entered.has(view.id)) entered.set(view.id, {});
  return entered.get(view.id);
}

const isInput = (block) => block.type === "input";

function dialog(view, depth) {
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const complain = (words) => { trouble.textContent = words; trouble.hidden = !words; };
  const close = async (clear) => {
    const answer = await act("close", { user: store.me, view: view.id, clear });
    if (!answer.ok) complain(answer.error);
  };
  const ctx = {
    problems: view.errors,
    values: (block, el) => form(view)[block.block_id] ?? valuesOf(view.values?.[block.block_id]?.[el.action_id]),
    change: async (block, el, selected) => {
      if (isInput(block)) form(view)[block.block_id] = selected;
      if (!isInput(block) || (block.dispatch_action && el.type !== "plain_text_input")) await use(block, el, selected);
    },
    dispatch: (block, el, selected) => use(block, el, selected),
    suggest: async (block, el, query) => (await act("suggest", { user: store.me, view: view.id, block: block.block_id, action: el.action_id, text: query })).options,
  };
  async function use(block, el, selected) {
    complain("");
    const answer = await act("use", { user: store.me, view: view.id, block: block.block_id, action: el.action_id, selected, values: form(view) });
    if (!answer.ok) complain(answer.error);
  }
  const button = view.submit && h("button", { class: "button primary", type: "submit" }, text(view.submit));
  const body = h("form", {
    method: "dialog", novalidate: true,
    onsubmit: async (e) => {
      e.preventDefault();
      const open = missing(view, ctx);
      if (open) {
        mark(body, open);
        return;
      }
      complain("");
      button.classList.add("busy");
      const answer = await act("submit", { user: store.me, view: view.id, values: form(view) });
      button.classList.remove("busy");
      if (!answer.ok) complain(answer.error);
    },
  });
  const box = h("dialog", {
    class: "modal view", "aria-labelledby": `title-${view.id}`, data: { view: view.id },
    oncancel: (e) => { e.preventDefault(); close(false); },
  });
  body.append(
    h("header", {}, depth > 1 ? h("button", { class: "toolbutton", type: "button", "aria-label": "Back", onclick: () => close(false) }, icon("back")) : null,
      h("h2", { id: `title-${view.id}` }, text(view.title)),
      h("button", { class: "toolbutton", type: "button", "aria-label": "Close", onclick: () => close(true) }, icon("close"))),
    h("div", { class: "panel" }, blocks(view.blocks, ctx)), trouble,
    h("footer", {}, h("span", { class: "about" }, view.app),
      h("button", { class: "button", type: "button", onclick: () => close(false) }, view.close ? text(view.close) : "Close"), button));
  body.style.display = "contents";
  box.append(body);
  return box;
}

// missing is the first required input without a value, as the client itself checks.
function missing(view, ctx) {
  return view.blocks.find((b) => isInput(b) && !b.optional && ctx.values(b, b.element).length === 0);
}

function mark(body, block) {
  const row = body.querySelector(`[data-block="${CSS.escape(block.block_id)}"]`);
  if (row && !row.querySelector(".problem")) {
    row.classList.add("wrong");
    row.append(h("div", { class: "problem", role: "alert" }, "⚠ ", "Please complete this required field."));
  }
  row?.querySelector(".field, .chooser, input")?.focus();
}
