// Slack's mrkdwn as elements (https://docs.slack.dev/messaging/formatting-message-text).
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { channel, store } from "./store.js";
import { dateToken } from "./time.js";

const inlineForm = /`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}_*~`])([*_~])(?=\S)([^\n]*?\S)\3(?![\p{L}\p{N}_*~`])|(?<![\p{L}\p{N}]):([a-z0-9_+'-]+(?:::skin-tone-\d)?):/u;

export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** mrkdwn renders a whole text. */
export function mrkdwn(text) {
  const root = h("div", { class: "mrkdwn" });
  text.split(/```/).forEach((part, i) => {
    if (i % 2 === 1) root.append(h("pre", {}, unescape(part.replace(/^\n|\n$/g, ""))));
    else if (part.trim() !== "") lines(part.replace(i > 0 ? /^\n/ : /^/, "").replace(/\n$/, ""), root);
  });
  return root;
}

// lines gathers quotes and lists, and puts the rest in as it stands.
function lines(text, root) {
  let group = null; // {kind, el}
  let first = true;
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const bullet = /^\s*[•◦▪-] +(.*)$/.exec(line);
    const number = /^\s*(\d+)\. +(.*)$/.exec(line);
    const kind = quote ? "blockquote" : bullet ? "ul" : number ? "ol" : "";
    if (kind === "") {
      if (!first && group === null) root.append("\n");
      group = null;
      root.append(...inline(line));
      first = false;
      continue;
    }
    if (group?.kind !== kind) {
      group = { kind, el: h(kind, kind === "ol" ? { start: number[1] } : {}) };
      root.append(group.el);
    } else if (kind === "blockquote") {
      group.el.append("\n");
    }
    if (kind === "blockquote") group.el.append(...inline(quote[1]));
    else group.el.append(h("li", {}, inline(bullet ? bullet[1] : number[2])));
    first = false;
  }
}

/** inline renders one line. */
export function inline(text) {
  const out = [];
  for (let rest = text; rest !== "";) {
    const m = inlineForm.exec(rest);
    if (!m) {
      out.push(unescape(rest));
      break;
    }
    if (m.index > 0) out.push(unescape(rest.slice(0, m.index)));
    if (m[1] !== undefined) out.push(h("code", {}, unescape(m[1])));
    else if (m[2] !== undefined) out.push(token(m[2]));
    else if (m[3] !== undefined) out.push(h({ "*": "b", _: "i", "~": "s" }[m[3]], {}, inline(m[4])));
    else out.push(emoji(m[5]));
    rest = rest.slice(m.index + m[0].length);
  }
  return out;
}

function token(body) {
  const cut = body.indexOf("|");
  const target = cut < 0 ? body : body.slice(0, cut);
  const label = cut < 0 ? "" : unescape(body.slice(cut + 1));
  if (target.startsWith("@")) return user(target.slice(1), label);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${label || channel(target.slice(1))?.name || "channel"}`);
  if (target.startsWith("!date^")) {
    const [, seconds, format] = target.split("^");
    return h("time", { title: label }, dateToken(seconds, format));
  }
  if (target.startsWith("!")) return broadcast(target.slice(1).split("^")[0]);
  return link(unescape(target), label);
}

export function user(id, label) {
  const who = store.users.get(id);
  return h("span", { class: id === store.me ? "mention self" : "mention" }, `@${who?.name ?? (label || id)}`);
}

export function broadcast(range) {
  return h("span", { class: "mention loud" }, `@${range}`);
}

/** link makes a link for web and mail addresses and plain text of all else. */
export function link(url, label) {
  if (!/^(https?|mailto):/i.test(url)) return label || url;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url.replace(/^mailto:/, ""));
}
