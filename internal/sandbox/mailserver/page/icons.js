// Line icons on a 24 × 24 grid, drawn with the text's colour.
const paths = {
  inbox: ['M4 13.5 6.4 6.2A2 2 0 0 1 8.3 5h7.4a2 2 0 0 1 1.9 1.2L20 13.5V17a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z', 'M4 13.5h4.2l1.3 2.2h5l1.3-2.2H20'],
  sent: ['M20.5 4 10.6 14', 'M20.5 4 14.6 20.2l-4-6.2-6.3-4z'],
  pencil: ['m4.5 19.5.9-4L16.2 4.7a1.6 1.6 0 0 1 2.3 0l.8.8a1.6 1.6 0 0 1 0 2.3L8.5 18.6z', 'm14.5 6.5 3 3'],
  search: ['M11 4.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z', 'm16 16 4 4'],
  reply: ['M9.5 6 4.5 11l5 5', 'M4.5 11h9.2a5.8 5.8 0 0 1 5.8 5.8V18'],
  replyAll: ['M8 6 3 11l5 5', 'M12.5 6l-5 5 5 5', 'M7.5 11h7a6 6 0 0 1 6 6v1'],
  code: ['m8.5 8-4 4 4 4', 'm15.5 8 4 4-4 4'],
  clip: ['m19 11.2-7.6 7.5a4.4 4.4 0 0 1-6.2-6.2l7.9-7.8a2.9 2.9 0 0 1 4.1 4.1l-7.7 7.7a1.4 1.4 0 0 1-2-2l6.9-6.9'],
  close: ['M6 6l12 12', 'M18 6 6 18'],
  chevron: ['m7 10 5 5 5-5'],
  check: ['m5 12.5 4.5 4.5L19 7.5'],
  back: ['M19 12H5', 'm11 6-6 6 6 6'],
  unread: ['M4 8.5A2.5 2.5 0 0 1 6.5 6h7', 'M4 8.5V16a2.5 2.5 0 0 0 2.5 2.500h11A2.5 2.5 0 0 0 20 16v-5', 'm4.5 8.5 6 4.600a2.5 2.5 0 0 0 3 0l2-1.5', 'M18.5 5a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400z'],
  envelope: ['M5 6.500h14a1.5 1.5 0 0 1 1.5 1.500v9a1.5 1.5 0 0 1-1.5 1.500H5A1.5 1.5 0 0 1 3.5 17V8A1.5 1.5 0 0 1 5 6.500z', 'm4 8 6.6 5a2.3 2.3 0 0 0 2.8 0L20 8'],
  file: ['M7 3.500h6.500L18 8v11a1.5 1.5 0 0 1-1.5 1.500h-9.500A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.500z', 'M13 3.500V8.500h5'],
  shield: ['M12 3.5 5 6v5.500c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6z', 'm9 12 2.2 2.200L15.2 10'],
};

export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  for (const [key, value] of Object.entries({
    viewBox: '0 0 24 24', width: 20, height: 20, fill: 'none', stroke: 'currentColor',
    'stroke-width': 1.7, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true',
  })) svg.setAttribute(key, value);
  for (const d of paths[name]) {
    const path = document.createElementNS(ns, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
