// Building elements. Text always goes in as text nodes, so nothing from outside becomes markup.

/**
 * h makes an element: h("button", {class: "a", onclick: f, "aria-label": "x"}, child, "text", [more]).
 * Null and false children are left out.
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else if (key === "data") Object.assign(el.dataset, value);
    else if (key === "value" || key === "checked" || key === "disabled") el[key] = value;
    else el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
  return el;
}

const shapes = {
  send: "M2.5 9 15.500 3.200 12 15.500 8.700 10.200zM8.700 10.200 15.500 3.200",
  close: "M4.500 4.500l9 9M13.500 4.500l-9 9",
  back: "M11 4 6 9l5 5",
  down: "M5 7.500 9 11.500 13 7.500",
  dots: "M4 9h.01M9 9h.01M14 9h.01",
  smile: "M9 16a7 7 0 1 0 0-14 7 7 0 0 0 0 14M6.500 10.500c.7 1.200 1.500 1.700 2.500 1.700s1.800-.5 2.500-1.700M6.800 7.200h.01M11.200 7.200h.01",
  reply: "M3 4.500h12v7.500H9l-3.500 3v-3H3z",
  clip: "M14.500 8.500 9 14a3.300 3.300 0 0 1-4.700-4.700l5.800-5.800a2.200 2.200 0 0 1 3.100 3.100L7.600 12.200a1 1 0 0 1-1.500-1.500l5-5",
  eye: "M1.500 9S4 4 9 4s7.500 5 7.500 5-2.500 5-7.500 5-7.500-5-7.500-5M9 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  people: "M6.500 8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M2 14.500c.3-2.700 2-4 4.500-4s4.200 1.300 4.500 4M12 8a2 2 0 1 0-.5-4M13 10.600c1.700.3 2.700 1.600 3 3.600",
  bolt: "M10 2 4 10.500h4.500L8 16l6-8.500H9.500z",
  lock: "M4.500 8h9v7h-9zM6.500 8V5.500a2.500 2.500 0 0 1 5 0V8",
  desk: "M3 8.500a6 6 0 0 1 12 0M3 8.500v3.500h2.500V8.500zM15 8.500v3.500h-2.500V8.500zM15 12c0 2-1.500 3-4.500 3",
};

/** icon makes one of the line icons. */
export function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 18 18");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

/** avatar shows a person's initials, or the app's sign. */
export function avatar(user, size = "") {
  if (!user || user.bot) return h("span", { class: `avatar tint-app ${size}`, "aria-hidden": "true" }, icon("desk"));
  const initials = user.name.split(" ").map((w) => w[0]).slice(0, 2).join("");
  return h("span", { class: `avatar tint-${user.tint ?? 5} ${size}`, "aria-hidden": "true" }, initials);
}
