// The switch of who one is.
import { avatar, h } from './dom.js';
import { icon } from './icons.js';

const button = document.getElementById('account-button');
const menu = document.getElementById('account-menu');

export function renderAccounts(accounts, current, choose) {
  const me = accounts.find((a) => a.address === current);
  button.replaceChildren(avatar(me, 34),
    h('span', { class: 'who' }, h('strong', {}, me.name), h('small', {}, me.address)), icon('chevron'));
  button.setAttribute('aria-label', `${me.name}, ${me.address}. Switch customer`);
  menu.replaceChildren(h('p', { class: 'menu-title' }, 'Read mail as'), ...accounts.map((a) => h('button', {
    type: 'button', role: 'menuitemradio', class: 'menu-item', 'aria-checked': String(a.address === current),
    'data-account': a.address, onclick: () => { open(false); choose(a.address); },
  }, avatar(a, 32), h('span', { class: 'who' }, h('strong', {}, a.name), h('small', {}, a.address)),
  a.address === current ? icon('check') : a.unread > 0 && h('span', { class: 'badge' }, String(a.unread)))));
}

function open(yes) {
  menu.hidden = !yes;
  button.setAttribute('aria-expanded', String(yes));
  if (yes) menu.querySelector('[aria-checked=true]').focus();
  else if (menu.contains(document.activeElement)) button.focus();
}

button.addEventListener('click', () => open(menu.hidden));
document.addEventListener('click', (e) => {
  if (!menu.hidden && !e.target.closest('.account')) open(false);
});
menu.addEventListener('keydown', (e) => {
  const items = [...menu.querySelectorAll('.menu-item')];
  const at = items.indexOf(document.activeElement);
  if (e.key === 'Escape') { open(false); button.focus(); }
  if (e.key === 'ArrowDown') items[(at + 1) % items.length].focus();
  if (e.key === 'ArrowUp') items[(at - 1 + items.length) % items.length].focus();
  if (['Escape', 'ArrowDown', 'ArrowUp'].includes(e.key)) { e.preventDefault(); e.stopPropagation(); }
});
