// Times as Slack writes them.

export const date = (ts) => new Date(Number(ts) * 1000);

const clockFormat = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric" });
const fullFormat = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "medium" });

export const clock = (ts) => clockFormat.format(date(ts));
export const full = (ts) => fullFormat.format(date(ts));

export function dayKey(ts) {
  return date(ts).toDateString();
}

export function day(ts) {
  const today = new Date();
  const yesterday = new Date(today.getTime() - 86400000);
  if (dayKey(ts) === today.toDateString()) return "Today";
  if (dayKey(ts) === yesterday.toDateString()) return "Yesterday";
  return dayFormat.format(date(ts));
}

export function ago(ts) {
  const s = Math.max(0, (Date.now() - date(ts)) / 1000);
  if (s < 60) return "just now";
  const steps = [[3600, 60, "minute"], [86400, 3600, "hour"], [Infinity, 86400, "day"]];
  const [, unit, name] = steps.find(([limit]) => s < limit);
  const n = Math.floor(s / unit);
  return `${n} ${name}${n === 1 ? "" : "s"} ago`;
}

/** token renders <!date^seconds^format^link|fallback>. */
export function dateToken(seconds, format) {
  const at = date(seconds);
  const say = (o) => new Intl.DateTimeFormat("en-US", o).format(at);
  const parts = {
    date_num: at.toISOString().slice(0, 10),
    date: say({ dateStyle: "long" }),
    date_short: say({ dateStyle: "medium" }),
    date_long: dayFormat.format(at),
    date_pretty: day(seconds),
    date_short_pretty: day(seconds),
    date_long_pretty: day(seconds),
    time: clock(seconds),
    time_secs: say({ timeStyle: "medium" }),
    ago: ago(seconds),
  };
  return format.replace(/\{(\w+)\}/g, (all, k) => parts[k] ?? all);
}
