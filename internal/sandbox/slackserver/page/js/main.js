// The page: loads the frame, listens for changes, and reloads what changed.
import { act, get, listen } from "./api.js";
import { composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { about, Home } from "./home.js";
import { MessageList } from "./list.js";
import { showViews } from "./modal.js";
import { sidebar, title, topbar } from "./sidebar.js";
import { app, channel, here, store } from "./store.js";

const main = document.getElementById("main");
const pane = document.getElementById("thread");
let stop = () => {};
let list = null; // of the main column
let home = null;
let threadList = null;
let newFrom = null; // what is unread in this visit

function remember() {
  sessionStorage.setItem("me", store.me);
  const p = store.place;
  history.replaceState(null, "", p?.kind === "app" ? `#app/${p.id}/${p.tab}` : `#${p?.id ?? ""}${store.thread ? `/${store.thread.ts}` : ""}`);
}

async function loadState() {
  const s = await get("state", { user: store.me });
  store.team = s.team;
  store.me = s.me;
  store.users = new Map(s.users.map((u, i) => [u.id, { ...u, tint: i % 6 }]));
  store.channels = s.channels;
  store.apps = s.apps;
  topbar(document.getElementById("topbar"));
  sidebar(document.getElementById("sidebar"), go, be);
  title();
}

/** go shows a channel or an app. */
async function go(place) {
  store.place = place;
  store.thread = null;
  newFrom = null;
  draw();
  drawThread();
  remember();
  await load();
}

/** be makes the page another person's. */
async function be(user) {
  stop();
  showViews([]);
  store.me = user;
  await loadState();
  if (store.place?.kind === "channel" && !channel(store.place.id)) store.place = null;
  await go(store.place ?? firstPlace());
  stop = listen(store.me, heard);
}

const firstPlace = () => ({ kind: "channel", id: (store.channels.find((c) => c.name === "support") ?? store.channels[0])?.id });

function draw() {
  list = home = null;
  const p = store.place;
  if (p.kind === "channel") drawChannel(channel(p.id));
  else drawApp(app(p.id), p.tab);
  sidebar(document.getElementById("sidebar"), go, be);
  title();
}

function drawChannel(c) {
  if (!c) {
    main.replaceChildren(h("div", { class: "hollow" }, h("h2", {}, "You are in no channel")));
    return;
  }
  newFrom = c.unread ? c.read || "0" : null;
  list = new MessageList({ label: `Messages in ${c.name}`, openThread });
  main.replaceChildren(
    h("div", { class: "head" }, h("h1", {}, c.kind === "group" ? "" : "# ", c.name), h("span", { class: "topic" }, c.topic),
      h("span", { class: "facts" }, icon("people"), String(c.members))),
    list.el, composer(c.id, `Message #${c.name}`));
}

function drawApp(a, tab) {
  const tabs = [["home", "Home"], ["messages", "Messages"], ["about", "About"]];
  const parts = [
    h("div", { class: "head" }, h("h1", {}, a.name), h("span", { class: "spread" }),
      h("span", { class: "facts" }, h("span", { class: a.connected ? "dot on" : "dot" }), a.connected ? "connected" : "not connected")),
    h("div", { class: "tabs", role: "tablist" }, tabs.map(([id, name]) => h("button", {
      type: "button", role: "tab", "aria-selected": String(id === tab), onclick: () => go({ kind: "app", id: a.id, tab: id }),
    }, name))),
  ];
  if (tab === "home") {
    home = new Home(a);
    parts.push(home.el);
    act("home", { user: store.me, app: a.id });
  } else if (tab === "messages") {
    list = new MessageList({ label: `Messages with ${a.name}`, openThread });
    parts.push(list.el, composer(a.dm, `Message ${a.name}`));
  } else {
    parts.push(about(a));
  }
  main.replaceChildren(...parts);
}

function openThread(ts) {
  store.thread = { channel: here(), ts };
  drawThread();
  remember();
  loadThread();
  pane.querySelector("textarea")?.focus();
}

function closeThread() {
  store.thread = null;
  drawThread();
  remember();
}

function drawThread() {
  threadList = null;
  pane.hidden = !store.thread;
  if (!store.thread) {
    pane.replaceChildren();
    return;
  }
  const c = channel(store.thread.channel);
  threadList = new MessageList({ label: "Thread", thread: true, openThread });
  pane.replaceChildren(
    h("div", { class: "head" }, h("h1", {}, "Thread"), h("span", { class: "facts" }, c?.kind === "im" ? "" : `# ${c?.name ?? ""}`),
      h("button", { class: "toolbutton", type: "button", "aria-label": "Close thread", onclick: closeThread }, icon("close"))),
    threadList.el, composer(store.thread.channel, "Reply…", store.thread.ts));
}

async function loadMessages() {
  const id = here();
  const into = list;
  if (!id || !into) return;
  const { messages } = await get("channel", { user: store.me, channel: id });
  if (into !== list) return;
  into.show(messages, newFrom);
  if (channel(id)?.unread && document.hasFocus()) await act("read", { user: store.me, channel: id });
}

async function loadThread() {
  const into = threadList;
  if (!into) return;
  const { messages } = await get("thread", { user: store.me, channel: store.thread.channel, ts: store.thread.ts });
  if (into !== threadList) return;
  if (messages.length === 0) closeThread();
  else into.show(messages);
}

async function loadViews() {
  const { views } = await get("views", { user: store.me });
  showViews(views);
}

async function load() {
  await Promise.all([loadMessages(), loadThread(), home?.load()]);
}

// heard gathers changes for a moment, so that a burst is one reload.
const due = new Set();
let timer = 0;
function heard(change) {
  due.add(change.kind);
  if (change.kind === "view" || change.kind === "home") flush();
  else timer ||= setTimeout(flush, 40);
}

async function flush() {
  clearTimeout(timer);
  timer = 0;
  const kinds = new Set(due);
  due.clear();
  const all = kinds.has("reconnect");
  const jobs = [];
  if (all || kinds.has("state") || kinds.has("message")) jobs.push(loadState());
  if (all || kinds.has("message")) jobs.push(loadMessages(), loadThread());
  if (all || kinds.has("view")) jobs.push(loadViews());
  if (all || kinds.has("home") || kinds.has("state")) jobs.push(home?.load());
  await Promise.all(jobs);
}

function wanted() {
  const [first, ...rest] = location.hash.slice(1).split("/");
  if (first === "app" && app(rest[0])) return [{ kind: "app", id: rest[0], tab: rest[1] ?? "home" }];
  if (channel(first)) return [{ kind: "channel", id: first }, rest[0]];
  return [firstPlace()];
}

document.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && store.thread && !document.querySelector("dialog[open], :popover-open")) closeThread();
});
addEventListener("focus", () => load());

store.me = new URLSearchParams(location.search).get("as") ?? sessionStorage.getItem("me") ?? "";
await loadState();
const [place, thread] = wanted();
await go(place);
if (thread) openThread(thread);
stop = listen(store.me, heard);
