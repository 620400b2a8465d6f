// The page's own JSON API, see page_state.go and page_act.go.
import { released } from "./press.js";

async function answer(response) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** get reads one of state, channel, thread, views and home. What it brings is drawn, so it waits for the mouse button. */
export async function get(what, query) {
  const body = await answer(await fetch(`/page/${what}?${new URLSearchParams(query)}`));
  await released();
  return body;
}

/** act does something as a person; the answer has ok, and error or errors when it did not work. */
export async function act(kind, body) {
  return answer(await fetch("/page/act", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ kind, ...body }),
  }));
}

/** upload writes a message with files. */
export async function upload(fields, files) {
  const form = new FormData();
  for (const [k, v] of Object.entries(fields)) form.append(k, v ?? "");
  for (const f of files) form.append("file", f);
  return answer(await fetch("/page/upload", { method: "POST", body: form }));
}

/** attach uploads files for an input of a modal; the answer has their ids. */
export async function attach(user, files) {
  const form = new FormData();
  form.append("user", user);
  for (const f of files) form.append("file", f);
  return answer(await fetch("/page/attach", { method: "POST", body: form }));
}

/** listen calls heard for every change until the function it returns is called. */
export function listen(user, heard) {
  const source = new EventSource(`/page/events?${new URLSearchParams({ user })}`);
  source.onmessage = (e) => heard(JSON.parse(e.data));
  return () => source.close();
}
