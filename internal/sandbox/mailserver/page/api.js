// The server behind the page. Every function throws an Error that a person can read.

const base = (account) => `api/${encodeURIComponent(account)}`;

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error('The mail server does not answer.');
  }
  if (response.status === 204) return null;
  if (response.ok) {
    return response.headers.get('Content-Type').startsWith('application/json') ? response.json() : response.text();
  }
  let text = `The mail server answered ${response.status}.`;
  try {
    text = (await response.json()).error;
  } catch { /* keep the general text */ }
  throw new Error(text);
}

export const accounts = () => ask('api/accounts');
export const conversations = (account, folder) => ask(`${base(account)}/conversations?folder=${folder}`);
export const conversation = (account, id) => ask(`${base(account)}/conversations/${id}`);
export const markRead = (account, id, read) =>
  ask(`${base(account)}/conversations/${id}/read?read=${read}`, { method: 'POST' });
export const raw = (account, id) => ask(`${base(account)}/messages/${id}/raw`);
export const bodyURL = (account, id) => `${base(account)}/messages/${id}/body`;
export const rawURL = (account, id) => `${base(account)}/messages/${id}/raw`;
export const partURL = (account, id, n) => `${base(account)}/messages/${id}/parts/${n}`;
export const send = (account, form) => ask(`${base(account)}/messages`, { method: 'POST', body: form });

// listen calls back on every change of the account's folders; the browser reconnects by itself.
export function listen(account, onChange) {
  const source = new EventSource(`${base(account)}/events`);
  source.addEventListener('change', (e) => onChange(JSON.parse(e.data)));
  return () => source.close();
}
