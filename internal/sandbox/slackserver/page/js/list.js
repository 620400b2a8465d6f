// A scrolling list of messages that changes only where something changed.
import { h } from "./dom.js";
import { message } from "./message.js";
import { day, dayKey } from "./time.js";

const near = 80; // pixels from the end that still count as being at the end

/** MessageList keeps the nodes of unchanged messages, so open menus and half-typed edits survive. */
export class MessageList {
  constructor(opts) {
    this.opts = opts; // thread, openThread
    this.nodes = new Map(); // key: {json, node}
    this.stack = h("div", { class: "stack", role: "log", "aria-label": opts.label });
    this.el = h("div", { class: "scroll" }, this.stack);
    this.fresh = true;
  }

  /** show takes the messages as they are now; newFrom is the ts behind which they are unread. */
  show(messages, newFrom = null) {
    const atEnd = this.fresh || this.el.scrollHeight - this.el.scrollTop - this.el.clientHeight < near;
    const rows = this.rows(messages, newFrom);
    const kept = new Map();
    const nodes = rows.map(({ key, json, make }) => {
      const old = this.nodes.get(key);
      const node = old?.json === json ? old.node : make();
      kept.set(key, { json, node });
      return node;
    });
    this.nodes = kept;
    // Only what moved is touched: taking a node out and in again would drop its focus.
    nodes.forEach((node, i) => {
      if (this.stack.children[i] !== node) this.stack.insertBefore(node, this.stack.children[i] ?? null);
    });
    while (this.stack.children.length > nodes.length) this.stack.lastElementChild.remove();
    if (atEnd) this.el.scrollTop = this.el.scrollHeight;
    this.fresh = false;
  }

  rows(messages, newFrom) {
    const rows = [];
    let before = null;
    let marked = newFrom === null;
    messages.forEach((m, i) => {
      if (!this.opts.thread && (!before || dayKey(before.ts) !== dayKey(m.ts))) {
        rows.push({ key: `day ${dayKey(m.ts)}`, json: day(m.ts), make: () => h("div", { class: "day" }, h("span", {}, day(m.ts))) });
      }
      if (!marked && m.ts > newFrom) {
        marked = true;
        if (before) rows.push({ key: "new", json: "", make: () => h("div", { class: "newline" }, "New") });
      }
      const follow = follows(before, m);
      rows.push({ key: m.ts, json: JSON.stringify([m, follow]), make: () => message(m, { ...this.opts, follow, broadcast: !this.opts.thread && m.subtype === "thread_broadcast" }) });
      before = m;
      if (this.opts.thread && i === 0) rows.push(countLine(messages.length - 1));
    });
    return rows;
  }
}

function countLine(n) {
  return { key: "count", json: String(n), make: () => h("div", { class: "count-line" }, n === 0 ? "No replies yet" : n === 1 ? "1 reply" : `${n} replies`) };
}

// follows tells whether m goes below the same name as the message before. Cards keep their own.
function follows(before, m) {
  return before !== null && !m.ephemeral && !before.ephemeral && before.user === m.user && before.subtype === m.subtype
    && m.ts - before.ts < 300 && !m.bot_id && !before.reply_count && dayKey(before.ts) === dayKey(m.ts);
}
