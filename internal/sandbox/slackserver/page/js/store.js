// What the page knows. One object, changed in main.js only; everything else reads.

export const store = {
  team: { id: "", name: "" },
  me: "",
  users: new Map(), // id: {id, name, handle, title, email, bot}
  channels: [],
  apps: [],
  place: null, // {kind: "channel", id} or {kind: "app", id, tab: "home" | "messages" | "about"}
  thread: null, // {channel, ts}
};

export const me = () => store.users.get(store.me);
export const channel = (id) => store.channels.find((c) => c.id === id);
export const app = (id) => store.apps.find((a) => a.id === id);

/** here is the id of the conversation on the screen; null on a Home tab. */
export function here() {
  const p = store.place;
  if (p?.kind === "channel") return p.id;
  if (p?.kind === "app" && p.tab === "messages") return app(p.id)?.dm ?? null;
  return null;
}

/** author is who wrote a message, for its name and picture. */
export function author(m) {
  const user = store.users.get(m.user);
  if (m.bot_id) return { id: m.bot_id, name: m.username || user?.name || "App", bot: true };
  return user ?? { id: m.user ?? "", name: m.user === "USLACKBOT" ? "Slackbot" : "Someone", bot: false };
}
