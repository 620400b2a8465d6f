// One message: who, when, what, and what can be done with it.
import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { avatar, h, icon } from "./dom.js";
import { valuesOf } from "./elements.js";
import { emoji } from "./emoji.js";
import { choose, pickEmoji, say } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { author, store } from "./store.js";
import { ago, clock, full } from "./time.js";

async function tell(kind, body) {
  const answer = await act(kind, { user: store.me, ...body });
  if (!answer.ok) say(`⚠ ${answer.error}`);
  return answer.ok;
}

/** message renders m. opts: follow (same author just before), thread (in the thread pane), openThread. */
export function message(m, opts) {
  if (m.subtype === "tombstone") return h("article", { class: "message gone", data: { ts: m.ts } }, h("div", { class: "gutter" }), h("div", { class: "content" }, "This message was deleted."));
  const who = author(m);
  const time = h("time", { datetime: new Date(m.ts * 1000).toISOString(), title: full(m.ts) }, clock(m.ts));
  const content = h("div", { class: "content" },
    m.ephemeral ? h("div", { class: "only" }, icon("eye"), "Only visible to you") : null,
    opts.follow ? null : h("div", { class: "by" }, h("b", {}, who.name), who.bot ? h("span", { class: "badge" }, "APP") : null, time),
    opts.broadcast ? h("div", { class: "small quiet" }, "replied to a thread") : null,
    body(m), attachments(m), files(m), reactions(m),
    opts.thread ? null : replies(m, opts.openThread),
    m.ephemeral ? h("div", { class: "dismiss" }, h("button", { type: "button", onclick: () => tell("dismiss", { channel: m.channel, ts: m.ts }) }, "Dismiss message")) : null);
  return h("article", { class: `message${opts.follow ? " follow" : ""}${m.ephemeral ? " private" : ""}`, data: { ts: m.ts }, "aria-label": `${who.name}, ${clock(m.ts)}` },
    h("div", { class: "gutter" }, opts.follow ? time : avatar(who)), content, m.ephemeral ? null : hoverbar(m, who, opts));
}

function context(m) {
  return {
    values: (block, el) => {
      const state = m.values?.[block.block_id]?.[el.action_id];
      return state ? valuesOf(state) : initial(el);
    },
    suggest: async (block, el, query) => (await act("suggest", { user: store.me, channel: m.channel, ts: m.ts, block: block.block_id, action: el.action_id, text: query })).options,
    change: (block, el, selected) => tell("use", { channel: m.channel, ts: m.ts, block: block.block_id, action: el.action_id, selected }),
  };
}

// initial is what an element starts with, as a list of strings.
function initial(el) {
  const v = el.initial_option ?? el.initial_options ?? el.initial_date ?? el.initial_time ?? el.initial_user ?? el.initial_channel ?? el.initial_conversation;
  return (Array.isArray(v) ? v : v ? [v] : []).map((e) => (typeof e === "object" ? e.value : String(e)));
}

function body(m) {
  const edited = m.edited ? h("span", { class: "edited", title: full(m.edited.ts) }, "(edited)") : null;
  // What a person typed is formatted by its text: the block that Slack makes of it here has no styles.
  if (m.blocks?.length && m.bot_id) {
    const out = blocks(m.blocks, context(m));
    if (edited) (out.lastElementChild?.lastElementChild ?? out).append(edited);
    return out;
  }
  if (!m.text) return null;
  const out = mrkdwn(m.text);
  if (edited) out.append(edited);
  return out;
}

function attachments(m) {
  return (m.attachments ?? []).map((a) => {
    const box = h("div", { class: "attachment" }, a.pretext ? mrkdwn(a.pretext) : null, a.title ? h("b", {}, a.title) : null,
      a.blocks ? blocks(a.blocks, context(m)) : a.text ? mrkdwn(a.text) : null);
    if (/^#?[0-9a-f]{6}$/i.test(a.color ?? "")) box.style.setProperty("--edge", `#${a.color.replace("#", "")}`);
    return box;
  });
}

function files(m) {
  return (m.files ?? []).map((f) => {
    const path = new URL(f.url_private).pathname;
    if (f.mimetype.startsWith("image/") && f.mimetype !== "image/svg+xml") {
      return h("a", { href: path, target: "_blank" }, h("img", { class: "picture", src: path, alt: f.alt_txt || f.title }));
    }
    return h("a", { class: "file", href: path, download: f.name },
      h("span", { class: "sheet", "aria-hidden": "true" }, (f.filetype || "file").slice(0, 4).toUpperCase()),
      h("span", { class: "what" }, h("b", {}, f.title), h("span", { class: "small quiet" }, `${f.pretty_type || "File"} · ${size(f.size)}`)));
  });
}

const size = (n) => (n < 1024 ? `${n} bytes` : n < 1048576 ? `${Math.round(n / 1024)} kB` : `${(n / 1048576).toFixed(1)} MB`);

function reactions(m) {
  if (!m.reactions?.length) return null;
  return h("div", { class: "reactions" }, m.reactions.map((r) => {
    const mine = r.users.includes(store.me);
    const names = r.users.map((u) => store.users.get(u)?.name ?? "an app").join(", ");
    return h("button", {
      class: "reaction", type: "button", "aria-pressed": String(mine), title: `${names} reacted with :${r.name}:`,
      onclick: () => tell(mine ? "unreact" : "react", { channel: m.channel, ts: m.ts, name: r.name }),
    }, h("span", { class: "face" }, emoji(r.name)), String(r.count));
  }));
}

function replies(m, open) {
  if (!m.reply_count || (m.thread_ts && m.thread_ts !== m.ts)) return null;
  return h("button", { class: "replies", type: "button", onclick: () => open(m.ts) },
    h("span", { class: "faces" }, m.reply_users.slice(0, 4).map((u) => avatar(store.users.get(u), "tiny"))),
    h("b", {}, `${m.reply_count} ${m.reply_count === 1 ? "reply" : "replies"}`),
    h("span", { class: "quiet" }, `Last reply ${ago(m.latest_reply)}`));
}

function hoverbar(m, who, opts) {
  const bar = h("div", { class: "hoverbar", role: "toolbar", "aria-label": "Message actions" });
  const hold = () => bar.classList.add("held");
  const release = () => bar.classList.remove("held");
  const tool = (name, label, onclick) => h("button", { class: "toolbutton", type: "button", "aria-label": label, title: label, onclick }, icon(name));
  bar.append(tool("smile", "Add reaction", (e) => {
    hold();
    pickEmoji(e.currentTarget, (name) => tell("react", { channel: m.channel, ts: m.ts, name }), release);
  }));
  if (!opts.thread) bar.append(tool("reply", "Reply in thread", () => opts.openThread(m.thread_ts ?? m.ts)));
  bar.append(tool("dots", "More actions", (e) => {
    hold();
    more(e.currentTarget, m, who, release);
  }));
  return bar;
}

function more(anchor, m, who, release) {
  const items = [];
  for (const a of store.apps) {
    const own = a.shortcuts.filter((s) => s.kind === "message");
    if (own.length) items.push({ title: a.name }, ...own.map((s) => ({ value: `shortcut:${s.id}`, label: s.name })), { line: true });
  }
  items.push({ value: "copy", label: "Copy text" });
  if (m.user === store.me) items.push({ value: "edit", label: "Edit message" }, { value: "delete", label: "Delete message…", danger: true });
  choose(anchor, items, {
    picked: (v) => {
      if (v.startsWith("shortcut:")) tell("message_shortcut", { channel: m.channel, ts: m.ts, name: v.slice(9) });
      else if (v === "copy") navigator.clipboard?.writeText(anchor.closest(".message").querySelector(".content").innerText);
      else if (v === "delete") tell("delete", { channel: m.channel, ts: m.ts });
      else edit(anchor.closest(".message"), m);
    },
  });
  anchor.addEventListener("focus", release, { once: true });
  setTimeout(release, 4000);
}

// edit puts a text field in the place of one's own message.
function edit(node, m) {
  const place = node.querySelector(".blocks, .mrkdwn");
  const field = h("textarea", { class: "field", "aria-label": "Edit message" });
  field.value = place.innerText.replace(/\(edited\)$/, "");
  const stop = () => form.replaceWith(place);
  const form = h("form", {
    onsubmit: async (e) => {
      e.preventDefault();
      await tell("edit", { channel: m.channel, ts: m.ts, text: field.value });
      stop();
    },
    onkeydown: (e) => {
      if (e.key === "Escape") { e.stopPropagation(); stop(); }
      if (e.key === "Enter" && !e.shiftKey) { e.preventDefault(); form.requestSubmit(); }
    },
  }, field, h("div", { class: "block-actions" }, h("button", { class: "button", type: "button", onclick: stop }, "Cancel"), h("button", { class: "button primary" }, "Save")));
  place.replaceWith(form);
  field.focus();
}
