// Webmail: what is looked at stands in the address (#/customer/folder/conversation), what is
// there comes from the server, again whenever it says that something changed.
import * as api from './api.js';
import { renderAccounts } from './accounts.js';
import { compose, composing, reply } from './compose.js';
import { h, toast } from './dom.js';
import { icon } from './icons.js';
import { renderList, step } from './list.js';
import { released } from './press.js';
import { renderConversation, renderNothing } from './reader.js';

const folders = [['inbox', 'Inbox', 'inbox'], ['sent', 'Sent', 'sent']];
const search = document.getElementById('search');
const state = { accounts: [], account: null, folder: 'inbox', id: '', all: [], shown: [], open: null, query: '' };
let unlisten = () => {};
let turn = 0; // the latest refresh; answers of older ones are dropped

const link = (id, folder = state.folder) => `#/${encodeURIComponent(state.account.address)}/${folder}${id ? `/${id}` : ''}`;
const go = (hash) => { window.location.hash = hash; };

function route() {
  const [, address, folder, id] = window.location.hash.split('/').map(decodeURIComponent);
  const account = state.accounts.find((a) => a.address === address) || state.accounts[0];
  const switched = account !== state.account;
  if (switched) {
    state.account = account;
    state.open = null;
    state.all = [];
    search.value = '';
    state.query = '';
    unlisten();
    unlisten = api.listen(account.address, changed);
  }
  state.folder = folder === 'sent' ? 'sent' : 'inbox';
  state.id = id || '';
  if (!state.id || switched) state.open = null;
  refresh();
}

// changed comes from the server; new mail is announced by name.
async function changed() {
  const before = new Map(state.all.map((c) => [c.id, c.unread]));
  const known = state.all.length > 0;
  await refresh();
  if (!known || state.folder !== 'inbox') return;
  const fresh = state.all.find((c) => c.unread > (before.get(c.id) || 0) && c.id !== state.id);
  if (fresh) toast(`New mail: ${fresh.subject || '(no subject)'}`);
}

async function refresh() {
  const mine = ++turn;
  const address = state.account.address;
  try {
    const [accounts, all, open] = await Promise.all([api.accounts(), api.conversations(address, state.folder),
      state.id ? api.conversation(address, state.id) : null]);
    await released();
    if (mine !== turn) return;
    state.accounts = accounts;
    state.account = accounts.find((a) => a.address === address);
    state.all = all;
    state.open = open;
  } catch (err) {
    if (mine !== turn) return;
    if (state.id) { go(link('')); }
    toast(err.message, 'bad');
    return;
  }
  draw();
  const unread = state.open?.messages.some((m) => m.unread);
  if (unread && document.visibilityState === 'visible') await api.markRead(address, state.id, true);
}

function draw() {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  state.shown = state.all.filter((c) => words.every((w) => `${c.subject} ${c.people.join(' ')} ${c.snippet}`.toLowerCase().includes(w)));
  renderAccounts(state.accounts, state.account.address, (address) => go(`#/${encodeURIComponent(address)}/inbox`));
  drawFolders();
  renderList(state.shown, state.open?.id, { folder: state.folder, query: state.query, link });
  document.body.classList.toggle('reading', Boolean(state.open));
  document.title = `${state.account.unread ? `(${state.account.unread}) ` : ''}${state.account.name} – Webmail`;
  if (!state.open) {
    renderNothing(state.account.name);
    return;
  }
  renderConversation(state.account.address, state.open, actions());
}

function actions() {
  return {
    account: state.account.address,
    close: () => go(link('')),
    unread: async () => {
      const id = state.id;
      go(link(''));
      await api.markRead(state.account.address, id, false);
    },
    reply: (m, all) => reply(state.account, state.open, m, all, () => draw()),
    mailto: (url) => compose(state.account, url, () => {}),
  };
}

function drawFolders() {
  document.getElementById('folders').replaceChildren(...folders.map(([name, label, mark]) => h('li', {}, h('a', {
    class: 'folder', href: link('', name), 'data-folder': name, 'aria-current': name === state.folder ? 'page' : undefined,
    title: label,
  }, icon(mark), h('span', { class: 'label' }, label),
  name === 'inbox' && state.account.unread > 0 && h('span', { class: 'badge', 'aria-label': `${state.account.unread} unread` }, String(state.account.unread))))));
}

function keys(e) {
  if (e.target.closest('input, textarea, select, dialog') || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === 'c') { e.preventDefault(); compose(state.account, '', () => {}); }
  if (e.key === 'j' || e.key === 'k') {
    const id = step(state.shown, state.open?.id, e.key === 'j' ? 1 : -1);
    if (id) go(link(id));
  }
  if (e.key === 'r' && state.open) { e.preventDefault(); actions().reply(null, false); }
  if (e.key === '/') { e.preventDefault(); search.focus(); }
  if (e.key === 'Escape' && state.open && !composing()) go(link(''));
}

async function start() {
  for (const el of document.querySelectorAll('[data-icon]')) el.append(icon(el.dataset.icon));
  try {
    state.accounts = await api.accounts();
  } catch (err) {
    toast(err.message, 'bad');
    return;
  }
  if (state.accounts.length === 0) {
    document.getElementById('reader').replaceChildren(h('div', { class: 'nothing' }, h('h2', {}, 'No customers here')));
    return;
  }
  document.getElementById('compose').addEventListener('click', () => compose(state.account, '', () => {}));
  search.addEventListener('input', () => { state.query = search.value; draw(); });
  document.addEventListener('keydown', keys);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') refresh(); });
  window.addEventListener('hashchange', route);
  route();
}

start();
