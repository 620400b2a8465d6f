// Elements, people and dates.

// h builds an element: h('p', {class: 'x', onclick: f}, 'text', child, [more]).
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) el.addEventListener(key.slice(2), value);
    else if (key === 'class') el.className = value;
    else el.setAttribute(key, value === true ? '' : value);
  }
  el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== ''));
  return el;
}

const hues = [168, 205, 265, 330, 20, 45, 95, 230];

export function avatar(person, size = 36) {
  const el = h('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(person.name || person.address));
  let sum = 0;
  for (const c of person.address || person.name) sum = (sum * 31 + c.codePointAt(0)) % 9973;
  const hue = hues[sum % hues.length];
  el.style.setProperty('--hue', hue);
  el.style.setProperty('--size', `${size}px`);
  return el;
}

export function initials(name) {
  const words = name.replace(/@.*/, '').split(/[\s._-]+/).filter((w) => /\p{L}/u.test(w));
  if (words.length === 0) return '?';
  const letters = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return letters.map((w) => w.match(/\p{L}/u)[0]).join('').toUpperCase();
}

const sameDay = (a, b) => a.toDateString() === b.toDateString();

// shortDate is what a list has room for.
export function shortDate(iso) {
  const date = new Date(iso);
  const now = new Date();
  if (sameDay(date, now)) return date.toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' });
  if (date.getFullYear() === now.getFullYear()) return date.toLocaleDateString('en', { month: 'short', day: 'numeric' });
  return date.toLocaleDateString('en', { year: 'numeric', month: 'short', day: 'numeric' });
}

export function longDate(iso) {
  return new Date(iso).toLocaleString('en', {
    weekday: 'short', year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit',
  });
}

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

// linked turns the addresses in plain text into links.
export function linked(text, onMail) {
  const out = [];
  let last = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g)) {
    out.push(text.slice(last, match.index));
    const found = match[0];
    out.push(found.startsWith('http')
      ? h('a', { href: found, target: '_blank', rel: 'noopener noreferrer' }, found)
      : h('a', { href: `mailto:${found}`, onclick: (e) => { e.preventDefault(); onMail(`mailto:${found}`); } }, found));
    last = match.index + found.length;
  }
  out.push(text.slice(last));
  return out;
}

export function toast(text, kind = '') {
  const el = h('div', { class: `toast ${kind}` }, text);
  document.getElementById('toasts').append(el);
  setTimeout(() => el.classList.add('leaving'), kind === 'bad' ? 9000 : 4500);
  setTimeout(() => el.remove(), kind === 'bad' ? 9400 : 4900);
}
