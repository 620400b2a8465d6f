// The list of conversations.
import { avatar, h, shortDate } from './dom.js';
import { icon } from './icons.js';

const list = document.getElementById('conversations');

export function renderList(conversations, selected, state) {
  document.getElementById('folder-name').textContent = state.folder === 'sent' ? 'Sent' : 'Inbox';
  const unread = conversations.reduce((n, c) => n + (c.unread > 0 ? 1 : 0), 0);
  document.getElementById('folder-count').textContent = unread > 0 ? `${unread} unread` : '';
  const focused = document.activeElement?.closest?.('.conversation')?.dataset.id;
  if (conversations.length === 0) {
    list.replaceChildren(h('li', { class: 'empty-list' }, icon(state.query ? 'search' : 'envelope'),
      h('p', {}, state.query ? 'Nothing matches the search.' : state.folder === 'sent' ? 'Nothing sent yet.' : 'No mail yet.')));
    return;
  }
  list.replaceChildren(...conversations.map((c) => h('li', {}, h('a', {
    class: `conversation${c.unread > 0 ? ' unread' : ''}`, 'data-id': c.id, href: state.link(c.id),
    'aria-current': c.id === selected ? 'true' : undefined,
  },
  avatar({ name: other(c).replace(/^To: /, ''), address: other(c) }, 38),
  h('span', { class: 'conversation-text' },
    h('span', { class: 'line' }, h('span', { class: 'people' }, people(c)), c.count > 1 && h('span', { class: 'count' }, String(c.count)),
      h('time', { datetime: c.date }, shortDate(c.date))),
    h('span', { class: 'line' }, h('span', { class: 'subject' }, c.subject || '(no subject)'),
      c.attachments && h('span', { class: 'clip', title: 'Has attachments' }, icon('clip')),
      c.unread > 0 && h('span', { class: 'dot' }, h('span', { class: 'visually-hidden' }, 'Unread'))),
    h('span', { class: 'snippet' }, c.snippet))))));
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

const other = (c) => c.people.find((p) => p !== 'me') || c.people[0];
const people = (c) => c.people.join(', ');

// step moves to the next or previous conversation and returns its id.
export function step(conversations, selected, by) {
  const at = conversations.findIndex((c) => c.id === selected);
  if (at < 0) return conversations[0]?.id;
  return conversations[Math.min(Math.max(at + by, 0), conversations.length - 1)].id;
}
