// Writing: a new message in its own window, a reply below the conversation.
import * as api from './api.js';
import { avatar, fileSize, h, toast } from './dom.js';
import { icon } from './icons.js';

const win = document.getElementById('composer');

// compose opens the window for a new message, filled from a mailto link if there is one.
export function compose(account, link, onSent) {
  const fill = fromMailto(link);
  const form = draftForm(account, { to: fill.to, subject: fill.subject, text: fill.body, isNew: true }, {
    close: () => { win.hidden = true; win.replaceChildren(); },
    sent: onSent,
  });
  win.replaceChildren(h('header', {}, h('h2', {}, 'New message'),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Discard', title: 'Discard (Esc)', onclick: () => form.discard() }, icon('close'))), form.el);
  win.hidden = false;
  form.focus();
}

export const composing = () => !win.hidden;

function fromMailto(link) {
  const fill = { to: '', subject: '', body: '' };
  if (!link) return fill;
  const url = new URL(link);
  fill.to = decodeURIComponent(url.pathname);
  for (const [key, value] of url.searchParams) if (key.toLowerCase() in fill) fill[key.toLowerCase()] = value;
  return fill;
}

// reply opens the form in the reader's slot. Without a message it answers the last one that
// someone else wrote.
export function reply(account, conversation, m, all, done) {
  const slot = document.querySelector('.reply-slot');
  const messages = conversation.messages;
  const to = m || messages.findLast((x) => !x.mine) || messages[messages.length - 1];
  const direct = to.mine ? to.to : to.reply_to;
  const isMe = (p) => p.address.toLowerCase() === account.address.toLowerCase();
  const cc = all ? [...to.to, ...to.cc].filter((p) => !isMe(p) && !direct.some((d) => d.address === p.address)) : [];
  const subject = /^re:/i.test(conversation.subject) ? conversation.subject : `Re: ${conversation.subject}`;
  const form = draftForm(account, { to: addresses(direct), cc: addresses(cc), subject, reply: to.id, all }, {
    close: () => { slot.replaceChildren(); done(); },
    sent: done,
  });
  slot.replaceChildren(h('div', { class: 'reply-card' }, avatar(account, 40), form.el));
  form.focus();
  slot.scrollIntoView({ block: 'end', behavior: 'smooth' });
}

const addresses = (list) => list.map((p) => (p.name && p.name !== p.address && /^[\p{L}\p{N} .'-]+$/u.test(p.name)
  ? `${p.name} <${p.address}>` : p.address)).join(', ');

function draftForm(account, draft, on) {
  const chosen = [];
  const field = (name, label, value, extra = {}) => h('label', { class: `field field-${name}` }, h('span', {}, label),
    h('input', { name, value: value || '', autocomplete: 'off', ...extra }));
  const text = h('textarea', { name: 'text', rows: draft.isNew ? 12 : 7, 'aria-label': 'Message', placeholder: draft.isNew ? 'Write your message' : 'Write your reply' });
  text.value = draft.text || '';
  const picker = h('input', { type: 'file', multiple: true, class: 'visually-hidden', tabindex: '-1', 'aria-label': 'Attach files',
    onchange: () => { chosen.push(...picker.files); picker.value = ''; showFiles(); } });
  const fileList = h('ul', { class: 'chosen', 'aria-label': 'Attached files' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const sendButton = h('button', { type: 'submit', class: 'primary' }, icon('sent'), 'Send');
  const ccField = field('cc', 'Cc', draft.cc);
  ccField.hidden = !draft.cc;
  const ccButton = h('button', { type: 'button', class: 'quiet cc-button', hidden: Boolean(draft.cc),
    onclick: () => { ccField.hidden = false; ccButton.hidden = true; ccField.querySelector('input').focus(); } }, 'Cc');

  const showFiles = () => fileList.replaceChildren(...chosen.map((f, i) => h('li', {}, icon('clip'), `${f.name} (${fileSize(f.size)})`,
    h('button', { type: 'button', class: 'icon-button small', 'aria-label': `Remove ${f.name}`, onclick: () => { chosen.splice(i, 1); showFiles(); } }, icon('close')))));

  const submit = async (e) => {
    e.preventDefault();
    problem.textContent = '';
    const form = new FormData(el);
    if (!form.get('to').trim()) {
      problem.textContent = 'Say who it is for.';
      el.elements.to.focus();
      return;
    }
    form.set('reply', draft.reply || '');
    for (const f of chosen) form.append('files', f);
    sendButton.disabled = true;
    sendButton.lastChild.textContent = 'Sending…';
    try {
      await api.send(account.address, form);
      on.close();
      on.sent();
      toast('Message sent');
    } catch (err) {
      problem.textContent = err.message;
      sendButton.disabled = false;
      sendButton.lastChild.textContent = 'Send';
    }
  };
  const el = h('form', { class: 'draft', novalidate: true, onsubmit: submit },
    h('div', { class: 'field-row' }, field('to', 'To', draft.to, { placeholder: draft.isNew ? 'name@example.com' : '', spellcheck: 'false' }), ccButton),
    ccField, draft.isNew ? field('subject', 'Subject', draft.subject) : h('input', { type: 'hidden', name: 'subject', value: draft.subject }),
    text, fileList, problem,
    h('div', { class: 'draft-tools' }, sendButton,
      h('button', { type: 'button', class: 'icon-button', title: 'Attach files', 'aria-label': 'Attach files', onclick: () => picker.click() }, icon('clip')), picker,
      h('span', { class: 'hint' }, h('kbd', {}, 'Ctrl'), ' ', h('kbd', {}, 'Enter'), ' sends'),
      h('button', { type: 'button', class: 'quiet discard', onclick: () => discard() }, 'Discard')));
  const discard = () => on.close();
  el.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) el.requestSubmit();
    if (e.key === 'Escape' && (!text.value.trim() || text.value === (draft.text || ''))) discard();
  });
  return {
    el, discard,
    focus: () => (draft.isNew && !draft.to ? el.elements.to : text).focus(),
  };
}
