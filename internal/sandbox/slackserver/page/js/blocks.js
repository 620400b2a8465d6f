// Blocks: https://docs.slack.dev/reference/block-kit/blocks
import { h } from "./dom.js";
import { element } from "./elements.js";
import { emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** text renders a text object; plain text keeps its emoji shortcodes. */
export function text(o) {
  if (!o) return null;
  if (o.type === "mrkdwn" || o.type === "markdown") return mrkdwn(o.text);
  if (o.emoji === false) return h("span", {}, o.text);
  return h("span", {}, o.text.split(/(?<![\p{L}\p{N}]):([a-z0-9_+'-]+):/u).map((s, i) => (i % 2 ? emoji(s) : s)));
}

/** blocks renders a list; ctx is what element takes, with text filled in. */
export function blocks(list, ctx) {
  const full = { text, ...ctx };
  return h("div", { class: "blocks" }, list.map((b) => {
    const el = block(b, full);
    if (el && b.block_id) el.dataset.block = b.block_id;
    return el;
  }));
}

function block(b, ctx) {
  switch (b.type) {
    case "header": return h("div", { class: "block-header", role: "heading", "aria-level": "3" }, text(b.text));
    case "divider": return h("hr", { class: "block-divider" });
    case "section": return section(b, ctx);
    case "context": return h("div", { class: "block-context" }, b.elements.map((e) => (e.type === "image" ? image(e) : text(e))));
    case "actions": return h("div", { class: "block-actions" }, b.elements.map((e) => element(e, b, ctx)));
    case "image": return h("figure", { class: "block-image" }, b.title ? h("figcaption", { class: "small quiet" }, text(b.title)) : null, image(b));
    case "input": return input(b, ctx);
    case "rich_text": return richText(b);
    case "markdown": return mrkdwn(b.text.replace(/\*\*(.+?)\*\*/g, "*$1*"));
    case "table": return h("table", { class: "block-table" }, b.rows.map((r) => h("tr", {}, r.map((c) => h("td", {}, c.type === "rich_text" ? richText(c) : c.text)))));
  }
  return h("div", { class: "blank" }, `${b.type} block`);
}

function section(b, ctx) {
  const accessory = b.accessory && (b.accessory.type === "image" ? image(b.accessory) : element(b.accessory, b, ctx));
  return h("div", { class: "block-section" },
    h("div", { class: "body" }, text(b.text), b.fields ? h("div", { class: "fields" }, b.fields.map(text)) : null),
    accessory ? h("div", { class: "accessory" }, accessory) : null);
}

// image shows only what this server has; nothing is fetched from elsewhere.
function image(o) {
  const url = o.image_url ?? "";
  if (url.startsWith("data:") || url.startsWith("/") || url.startsWith(location.origin)) return h("img", { src: url, alt: o.alt_text });
  return h("span", { class: "blank", title: url }, o.alt_text);
}

function input(b, ctx) {
  const el = b.element;
  const id = `${b.block_id}/${el.action_id}`;
  const group = el.type === "checkboxes" || el.type === "radio_buttons";
  const label = [text(b.label), b.optional ? h("span", { class: "optional" }, " (optional)") : null];
  const control = element(el, b, ctx);
  const problem = ctx.problems?.[b.block_id];
  if (group || control.matches(".chooser")) control.setAttribute("aria-label", b.label.text);
  if (problem) control.setAttribute("aria-describedby", `${id}/problem`);
  return h("div", { class: problem ? "block-input wrong" : "block-input" },
    group || control.matches(".chooser") ? h("div", { class: "legend" }, label) : h("label", { for: id }, label),
    control,
    problem ? h("div", { class: "problem", id: `${id}/problem`, role: "alert" }, "⚠ ", problem) : null,
    b.hint ? h("div", { class: "hint" }, text(b.hint)) : null,
    b.dispatch_action && el.type === "plain_text_input" ? dispatch(control, b, el, ctx) : null);
}

// dispatch makes Enter in a text input act, as dispatch_action asks for.
function dispatch(control, b, el, ctx) {
  control.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || el.multiline) return;
    e.preventDefault();
    ctx.dispatch(b, el, [control.value]);
  });
  return null;
}
