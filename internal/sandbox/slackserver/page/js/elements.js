// Block elements: https://docs.slack.dev/reference/block-kit/block-elements
import { avatar, h, icon } from "./dom.js";
import { attach } from "./api.js";
import { choose, confirm, search } from "./menu.js";
import { store } from "./store.js";

const stateKey = {
  static_select: "selected_option", external_select: "selected_option", radio_buttons: "selected_option",
  multi_static_select: "selected_options", multi_external_select: "selected_options", checkboxes: "selected_options",
  users_select: "selected_user", multi_users_select: "selected_users",
  channels_select: "selected_channel", multi_channels_select: "selected_channels",
  conversations_select: "selected_conversation", multi_conversations_select: "selected_conversations",
  datepicker: "selected_date", timepicker: "selected_time", datetimepicker: "selected_date_time", file_input: "files",
};

/** valuesOf is a state of Slack's as a list of strings. */
export function valuesOf(state) {
  const v = state?.[stateKey[state.type] ?? "value"];
  if (v === null || v === undefined || v === "") return [];
  return (Array.isArray(v) ? v : [v]).map((e) => (typeof e === "object" ? e.value ?? e.id : String(e)));
}

/**
 * element renders one. ctx has text(object), values(block, el) for what is chosen now, and
 * change(block, el, values, control) for when that changes or a button is pressed.
 */
export function element(el, block, ctx) {
  switch (el.type) {
    case "button": return button(el, block, ctx);
    case "overflow": return overflow(el, block, ctx);
    case "checkboxes": case "radio_buttons": return choices(el, block, ctx);
    case "plain_text_input": case "email_text_input": case "url_text_input": case "number_input": case "rich_text_input":
      return textInput(el, block, ctx);
    case "datepicker": return nativeInput("date", el, block, ctx);
    case "timepicker": return nativeInput("time", el, block, ctx);
    case "datetimepicker": return dateTime(el, block, ctx);
    case "file_input": return fileInput(el, block, ctx);
  }
  if (el.type.endsWith("external_select")) return external(el, block, ctx);
  if (el.type.endsWith("_select")) return chooser(el, block, ctx);
  return h("span", { class: "blank" }, el.type.replaceAll("_", " "));
}

async function send(el, block, values, control, ctx) {
  if (el.confirm && !(await confirm(el.confirm, ctx.text))) return false;
  control.classList.add("busy");
  try {
    await ctx.change(block, el, values, control);
  } finally {
    control.classList.remove("busy");
  }
  return true;
}

function button(el, block, ctx) {
  const b = h("button", {
    class: `button ${el.style ?? ""}`, type: "button", "aria-label": el.accessibility_label ?? null, data: { action: el.action_id },
    onclick: () => {
      if (el.url) window.open(el.url, "_blank", "noopener,noreferrer");
      send(el, block, el.value ? [el.value] : [], b, ctx);
    },
  }, ctx.text(el.text));
  return b;
}

function overflow(el, block, ctx) {
  const b = h("button", {
    class: "overflow", type: "button", "aria-label": "More actions", "aria-haspopup": "menu", data: { action: el.action_id },
    onclick: () => choose(b, el.options.map((o) => ({ value: o.value, label: o.text.text, more: o.description?.text })), {
      picked: (v) => {
        const url = el.options.find((o) => o.value === v)?.url;
        if (url) window.open(url, "_blank", "noopener,noreferrer");
        send(el, block, [v], b, ctx);
      },
    }),
  }, icon("dots"));
  return b;
}

// offers lists what a menu has to choose from.
function offers(el) {
  if (el.options || el.option_groups) {
    const item = (o) => ({ value: o.value, label: o.text.text, more: o.description?.text });
    if (el.options) return el.options.map(item);
    return el.option_groups.flatMap((g) => [{ title: g.label.text }, ...g.options.map(item)]);
  }
  const people = [...store.users.values()].filter((u) => !u.bot).map((u) => ({ value: u.id, label: u.name, face: avatar(u, "tiny") }));
  const rooms = store.channels.filter((c) => c.kind !== "im").map((c) => ({ value: c.id, label: `# ${c.name}` }));
  if (el.type.includes("users")) return people;
  if (el.type.includes("channels")) return rooms;
  return [...rooms, ...people];
}

const known = new Map(); // names of options that apps offered, by block, action and value

// external is a menu whose options the app offers as one types. Of a multi menu each pick replaces the last.
function external(el, block, ctx) {
  const label = h("span", { class: "label" });
  const initial = [el.initial_option, ...(el.initial_options ?? [])].filter(Boolean);
  const key = (v) => `${block.block_id}/${el.action_id}/${v}`;
  for (const o of initial) known.set(key(o.value), o.text.text);
  const show = (values) => {
    label.textContent = values.map((v) => known.get(key(v)) ?? v).join(", ") || el.placeholder?.text || "Search…";
    label.classList.toggle("none", values.length === 0);
  };
  show(ctx.values(block, el));
  const b = h("button", {
    class: "chooser", type: "button", "aria-haspopup": "menu", data: { action: el.action_id }, "aria-label": el.placeholder?.text ?? null,
    onclick: () => search(b, (query) => ctx.suggest(block, el, query), async (option) => {
      const before = ctx.values(block, el);
      known.set(key(option.value), option.text.text);
      show([option.value]);
      if (!(await send(el, block, [option.value], b, ctx))) show(before);
    }, el.min_query_length ?? 3),
  }, label, icon("down"));
  return b;
}

function chooser(el, block, ctx) {
  const multi = el.type.startsWith("multi_");
  const items = offers(el);
  const label = h("span", { class: "label" });
  const show = (values) => {
    const names = values.map((v) => items.find((i) => i.value === v)?.label ?? v);
    label.textContent = names.join(", ") || el.placeholder?.text || (multi ? "Select options" : "Select an option");
    label.classList.toggle("none", names.length === 0);
  };
  show(ctx.values(block, el));
  const take = async (values) => {
    const before = ctx.values(block, el);
    show(values);
    if (!(await send(el, block, values, b, ctx))) show(before);
  };
  const b = h("button", {
    class: "chooser", type: "button", "aria-haspopup": "menu", data: { action: el.action_id },
    "aria-label": el.placeholder?.text ?? null,
    onclick: () => choose(b, items, { selected: ctx.values(block, el), multi, picked: (v) => take([v]), done: take }),
  }, label, icon("down"));
  return b;
}

function choices(el, block, ctx) {
  const radio = el.type === "radio_buttons";
  const group = `${block.block_id}/${el.action_id}`;
  const box = h("div", { class: "choices", role: radio ? "radiogroup" : "group", data: { action: el.action_id } });
  const now = new Set(ctx.values(block, el));
  for (const o of el.options) {
    box.append(h("label", {}, h("input", {
      type: radio ? "radio" : "checkbox", name: group, value: o.value, checked: now.has(o.value),
      onchange: () => send(el, block, [...box.querySelectorAll("input:checked")].map((i) => i.value), box, ctx),
    }), h("span", {}, ctx.text(o.text), o.description ? h("span", { class: "more" }, ctx.text(o.description)) : null)));
  }
  return box;
}

function textInput(el, block, ctx) {
  const long = el.multiline || el.type === "rich_text_input";
  const kind = { email_text_input: "email", url_text_input: "url", number_input: "number" }[el.type] ?? "text";
  const props = {
    class: "field", id: `${block.block_id}/${el.action_id}`, placeholder: el.placeholder?.text ?? null, autofocus: el.focus_on_load === true,
    maxlength: el.max_length ?? null, data: { action: el.action_id }, autocomplete: "off",
    oninput: (e) => ctx.change(block, el, e.target.value === "" ? [] : [e.target.value], e.target),
  };
  const field = long ? h("textarea", props) : h("input", { ...props, type: kind, step: el.is_decimal_allowed ? "any" : null });
  field.value = ctx.values(block, el)[0] ?? "";
  return field;
}

function nativeInput(type, el, block, ctx) {
  const field = h("input", {
    class: "field", type, id: `${block.block_id}/${el.action_id}`, "aria-label": el.placeholder?.text ?? null, data: { action: el.action_id },
    onchange: (e) => send(el, block, e.target.value ? [e.target.value] : [], e.target, ctx),
  });
  field.value = ctx.values(block, el)[0] ?? "";
  return field;
}

function dateTime(el, block, ctx) {
  const local = (s) => new Date(s * 1000 - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const field = h("input", {
    class: "field", type: "datetime-local", id: `${block.block_id}/${el.action_id}`, data: { action: el.action_id },
    onchange: (e) => send(el, block, e.target.value ? [String(Math.floor(new Date(e.target.value) / 1000))] : [], e.target, ctx),
  });
  const at = ctx.values(block, el)[0];
  field.value = at ? local(Number(at)) : "";
  return field;
}

// fileInput uploads what is picked at once, as Slack does; the modal is sent with the ids.
function fileInput(el, block, ctx) {
  const names = h("span", { class: "files" });
  const input = h("input", {
    type: "file", multiple: (el.max_files ?? 10) > 1, "aria-label": "Add files", data: { action: el.action_id },
    onchange: async () => {
      names.textContent = "Uploading…";
      const answer = await attach(store.me, [...input.files]);
      names.textContent = answer.ok ? "" : answer.error;
      await ctx.change(block, el, answer.ids ?? [], input);
    },
  });
  return h("span", { class: "fileinput" }, input, names);
}
