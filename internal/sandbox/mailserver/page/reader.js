// The conversation that is being read.
import * as api from './api.js';
import { avatar, fileSize, h, linked, longDate, toast } from './dom.js';
import { icon } from './icons.js';

const reader = document.getElementById('reader');
const dialog = document.getElementById('original');

export function renderNothing(name) {
  reader.classList.remove('open');
  reader.replaceChildren(h('div', { class: 'nothing' }, h('span', { class: 'nothing-mark' }, icon('envelope')),
    h('h2', {}, `Hello, ${name.split(' ')[0]}`), h('p', {}, 'Choose a conversation to read it here.'),
    h('p', { class: 'keys' }, h('span', {}, h('kbd', {}, 'c'), 'compose'),
      h('span', {}, h('kbd', {}, 'j'), h('kbd', {}, 'k'), 'next, previous'), h('span', {}, h('kbd', {}, 'r'), 'reply'))));
}

// renderConversation draws it; messages that are on screen already keep their elements, so
// that an answer coming in disturbs neither the reading nor a reply half written.
export function renderConversation(account, conversation, actions) {
  const fresh = reader.dataset.id !== conversation.id || reader.dataset.account !== account || !reader.querySelector('.thread');
  if (fresh) {
    reader.dataset.id = conversation.id;
    reader.dataset.account = account;
    reader.replaceChildren(head(conversation, actions), h('div', { class: 'thread' }), h('div', { class: 'reply-slot' }));
    reader.scrollTop = 0;
  }
  reader.classList.add('open');
  reader.querySelector('.message-count').textContent =
    conversation.messages.length === 1 ? '1 message' : `${conversation.messages.length} messages`;
  const thread = reader.querySelector('.thread');
  const shown = new Set([...thread.children].map((el) => el.dataset.id));
  conversation.messages.forEach((m, i) => {
    if (shown.has(m.id)) return;
    const last = i === conversation.messages.length - 1;
    const el = message(account, m, last || m.unread, actions);
    if (!fresh) el.classList.add('arriving');
    thread.insertBefore(el, thread.children[i] || null);
    if (!fresh) el.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  });
  const slot = reader.querySelector('.reply-slot');
  if (slot.children.length === 0) slot.append(replyBar(conversation, actions));
}

function head(conversation, actions) {
  return h('header', { class: 'reader-head' },
    h('button', { type: 'button', class: 'icon-button back', title: 'Back to the list', 'aria-label': 'Back to the list', onclick: actions.close }, icon('back')),
    h('div', { class: 'reader-title' }, h('h2', {}, conversation.subject || '(no subject)'), h('span', { class: 'message-count' })),
    h('button', { type: 'button', class: 'icon-button', title: 'Mark as unread', 'aria-label': 'Mark as unread', onclick: actions.unread }, icon('unread')));
}

function message(account, m, open, actions) {
  const names = (list) => list.map((p) => (p.address === account ? 'me' : p.name)).join(', ');
  const body = h('div', { class: 'message-body' });
  const toggle = h('button', {
    type: 'button', class: 'message-head', 'aria-expanded': String(open),
    onclick: () => {
      const now = el.classList.toggle('closed');
      toggle.setAttribute('aria-expanded', String(!now));
      if (!now) fill();
    },
  }, avatar(m.from, 40), h('span', { class: 'message-who' },
    h('span', { class: 'line' }, h('strong', {}, m.mine ? `${m.from.name}` : m.from.name), h('span', { class: 'address' }, `<${m.from.address}>`)),
    h('span', { class: 'to' }, `to ${names(m.to) || 'undisclosed recipients'}${m.cc.length ? `, cc ${names(m.cc)}` : ''}`),
    h('span', { class: 'message-snippet' }, m.snippet)),
  h('time', { datetime: m.date }, longDate(m.date)));
  const tools = h('div', { class: 'message-tools' },
    h('button', { type: 'button', class: 'quiet', 'data-do': 'reply', onclick: () => actions.reply(m, false) }, icon('reply'), 'Reply'),
    h('button', { type: 'button', class: 'quiet', 'data-do': 'original', onclick: () => showOriginal(account, m) }, icon('code'), 'Show original'));
  const el = h('article', { class: `message${open ? '' : ' closed'}`, 'data-id': m.id, 'aria-label': `Message from ${m.from.name}` },
    toggle, body, tools);
  let filled = false;
  const fill = () => {
    if (filled) return;
    filled = true;
    body.append(...[m.remote_pictures && h('p', { class: 'notice' }, icon('shield'), 'Pictures from other servers are not loaded.'),
      m.html ? htmlBody(account, m, actions) : textBody(m, actions), files(account, m)].filter(Boolean));
  };
  if (open) fill();
  return el;
}

function textBody(m, actions) {
  const pre = h('div', { class: 'text' }, linked(m.text, actions.mailto));
  if (!m.quoted) return pre;
  const quoted = h('div', { class: 'text quoted', hidden: true }, linked(m.quoted, actions.mailto));
  return h('div', {}, pre, quoteButton((show) => { quoted.hidden = !show; }), quoted);
}

function quoteButton(onToggle) {
  const button = h('button', {
    type: 'button', class: 'quote-button', title: 'Show trimmed content', 'aria-label': 'Show trimmed content', 'aria-expanded': 'false',
    onclick: () => {
      const show = button.getAttribute('aria-expanded') === 'false';
      button.setAttribute('aria-expanded', String(show));
      onToggle(show);
    },
  }, h('span'), h('span'), h('span'));
  return button;
}

// htmlBody shows the sanitised mail in a frame that may not run scripts; the page reaches
// in to fold the quoted history and to follow mailto links.
function htmlBody(account, m, actions) {
  const frame = h('iframe', {
    class: 'html', title: `Message from ${m.from.name}`, src: api.bodyURL(account, m.id),
    sandbox: 'allow-same-origin allow-popups allow-popups-to-escape-sandbox',
  });
  const box = h('div', {}, frame);
  frame.addEventListener('load', () => {
    const doc = frame.contentDocument;
    const fit = () => { frame.style.height = `${doc.body.getBoundingClientRect().height + 2}px`; };
    const quote = doc.querySelector('.gmail_quote, blockquote[type=cite]');
    const whole = doc.body.textContent.trim();
    if (quote && quote.textContent.trim() !== whole) {
      quote.style.display = 'none';
      box.append(quoteButton((show) => { quote.style.display = show ? '' : 'none'; fit(); }));
    }
    doc.addEventListener('click', (e) => {
      const link = e.target.closest('a[href^="mailto:"]');
      if (link) { e.preventDefault(); actions.mailto(link.getAttribute('href')); }
    });
    for (const img of doc.images) img.addEventListener('load', fit);
    new ResizeObserver(fit).observe(doc.body);
    fit();
  });
  return box;
}

function files(account, m) {
  if (m.attachments.length === 0) return null;
  return h('ul', { class: 'files', 'aria-label': 'Attachments' }, m.attachments.map((f) => h('li', {}, h('a', {
    class: 'file', href: api.partURL(account, m.id, f.n), download: f.name, title: `Download ${f.name}`,
  }, icon('file'), h('span', {}, h('strong', {}, f.name), h('small', {}, fileSize(f.size)))))));
}

function replyBar(conversation, actions) {
  const last = conversation.messages[conversation.messages.length - 1];
  const others = [...last.to, ...last.cc].filter((p) => p.address !== actions.account);
  return h('div', { class: 'reply-bar' },
    h('button', { type: 'button', class: 'outline', id: 'reply', onclick: () => actions.reply(null, false) }, icon('reply'), 'Reply'),
    !last.mine && others.length > 1 && h('button', { type: 'button', class: 'outline', onclick: () => actions.reply(null, true) }, icon('replyAll'), 'Reply all'));
}

async function showOriginal(account, m) {
  let source;
  try {
    source = await api.raw(account, m.id);
  } catch (err) {
    toast(err.message, 'bad');
    return;
  }
  const header = source.split(/\r?\n\r?\n/, 1)[0].replace(/\r?\n[ \t]+/g, ' ');
  const fields = ['Message-Id', 'Date', 'From', 'To', 'Subject', 'In-Reply-To', 'References', 'Delivered-To'].map((name) => {
    const match = header.match(new RegExp(`^${name}:\\s*(.*)$`, 'im'));
    return match && h('div', {}, h('dt', {}, name === 'Message-Id' ? 'Message-ID' : name), h('dd', {}, match[1]));
  });
  dialog.replaceChildren(h('header', {}, h('h2', { id: 'original-title' }, 'Original message'),
    h('a', { class: 'quiet', href: api.rawURL(account, m.id), download: `${m.id}.eml` }, 'Download'),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'))),
  h('dl', {}, fields), h('pre', { tabindex: '0', 'aria-label': 'Source' }, source));
  dialog.showModal();
}
dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
