// rich_text blocks (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block).
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, link, user } from "./mrkdwn.js";
import { channel } from "./store.js";
import { dateToken } from "./time.js";

export function richText(block) {
  return h("div", { class: "mrkdwn" }, block.elements.map(part));
}

function part(p) {
  switch (p.type) {
    case "rich_text_section": return h("div", {}, p.elements.map(leaf));
    case "rich_text_quote": return h("blockquote", {}, p.elements.map(leaf));
    case "rich_text_preformatted": return h("pre", {}, p.elements.map(leaf));
    case "rich_text_list": return h(p.style === "ordered" ? "ol" : "ul", {}, p.elements.map((e) => h("li", {}, part(e))));
  }
  return null;
}

function leaf(e) {
  let node = plain(e);
  const style = e.style ?? {};
  for (const [name, tag] of [["code", "code"], ["strike", "s"], ["italic", "i"], ["bold", "b"]]) {
    if (style[name]) node = h(tag, {}, node);
  }
  return node;
}

function plain(e) {
  switch (e.type) {
    case "text": return e.text;
    case "link": return link(e.url, e.text);
    case "user": return user(e.user_id);
    case "channel": return h("span", { class: "mention" }, `#${channel(e.channel_id)?.name ?? "channel"}`);
    case "broadcast": return broadcast(e.range);
    case "emoji": return emoji(e.name);
    case "date": return dateToken(e.timestamp, e.format ?? "{date}");
  }
  return e.text ?? "";
}
