// The left side: workspace, channels, apps, and who one is.
import { avatar, h, icon } from "./dom.js";
import { choose } from "./menu.js";
import { app, me, store } from "./store.js";

/** topbar fills the bar above everything. */
export function topbar(el) {
  el.replaceChildren(h("span", { class: "center" }, h("span", { class: "pill" }, `${store.team.name} · a stand-in for Slack on this machine`)));
}

/** sidebar fills the left side; go changes the place, be changes the person. */
export function sidebar(el, go, be) {
  const channels = store.channels.filter((c) => c.kind !== "im");
  const focused = [...el.querySelectorAll("button")].indexOf(document.activeElement);
  el.replaceChildren(
    h("div", { class: "team" }, h("span", { class: "avatar tint-2", "aria-hidden": "true" }, store.team.name[0]), store.team.name),
    h("h2", {}, "Channels"),
    h("ul", {}, channels.map((c) => h("li", {}, place({
      sign: c.kind === "group" ? icon("lock") : "#", name: c.name, unread: c.unread, pinged: c.pinged,
      current: store.place?.kind === "channel" && store.place.id === c.id, onclick: () => go({ kind: "channel", id: c.id }),
    })))),
    h("h2", {}, "Apps"),
    h("ul", {}, store.apps.map((a) => {
      const dm = store.channels.find((c) => c.id === a.dm);
      return h("li", {}, place({
        sign: avatar({ bot: true }, "tiny"), name: a.name, unread: dm?.unread ?? 0, pinged: dm?.unread ?? 0, dot: a.connected,
        current: store.place?.kind === "app" && store.place.id === a.id,
        onclick: () => go({ kind: "app", id: a.id, tab: dm?.unread ? "messages" : "home" }),
      }));
    })),
    h("div", { class: "grow" }), self(be));
  if (focused >= 0) el.querySelectorAll("button")[focused]?.focus();
}

function place({ sign, name, unread, pinged, dot, current, onclick }) {
  return h("button", { class: `place${unread ? " unread" : ""}`, type: "button", "aria-current": current ? "page" : null, onclick },
    h("span", { class: "sign" }, sign), h("span", { class: "name" }, name),
    pinged && !current ? h("span", { class: "count", "aria-label": `${pinged} unread` }, String(pinged)) : null,
    dot === undefined ? null : h("span", { class: dot ? "dot on" : "dot", title: dot ? "The service is connected" : "The service is not connected" }));
}

function self(be) {
  const user = me();
  const b = h("button", {
    class: "self", type: "button", "aria-label": `You are ${user.name}. Switch person`, "aria-haspopup": "menu",
    onclick: () => choose(b, [{ title: "Be someone else" }, ...[...store.users.values()].filter((u) => !u.bot)
      .map((u) => ({ value: u.id, label: u.name, more: u.title, face: avatar(u) }))],
    { selected: [store.me], picked: be, kind: "people" }),
  }, avatar(user), h("span", { class: "who" }, h("b", {}, user.name), h("span", {}, user.title || user.email)), icon("dots"));
  return b;
}

/** title is what the browser's tab says. */
export function title() {
  const unread = store.channels.reduce((n, c) => n + c.pinged, 0);
  const p = store.place;
  const name = p?.kind === "app" ? app(p.id)?.name : `#${store.channels.find((c) => c.id === p?.id)?.name ?? ""}`;
  document.title = `${unread ? `(${unread}) ` : ""}${name} · ${store.team.name}`;
}
