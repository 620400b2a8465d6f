// The shortcodes people and our cards use; others are shown as :name:.
import { h } from "./dom.js";

const table = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️",
  tada: "🎉", heart: "❤️", joy: "😂", smile: "😄", slightly_smiling_face: "🙂", grinning: "😀", wink: "😉",
  thinking_face: "🤔", pray: "🙏", clap: "👏", raised_hands: "🙌", wave: "👋", fire: "🔥", rocket: "🚀", star: "⭐",
  email: "✉️", envelope: "✉️", incoming_envelope: "📨", outbox_tray: "📤", inbox_tray: "📥", mailbox: "📫", "e-mail": "📧",
  warning: "⚠️", rotating_light: "🚨", no_entry: "⛔", x: "❌", question: "❓", exclamation: "❗", bulb: "💡",
  memo: "📝", pencil: "✏️", pencil2: "✏️", page_facing_up: "📄", books: "📚", book: "📖", link: "🔗", paperclip: "📎",
  mag: "🔍", robot_face: "🤖", sparkles: "✨", zap: "⚡", bell: "🔔", no_bell: "🔕", lock: "🔒", key: "🔑",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", calendar: "📅", clock3: "🕒",
  speech_balloon: "💬", thought_balloon: "💭", bust_in_silhouette: "👤", busts_in_silhouette: "👥", ticket: "🎫", label: "🏷️",
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  white_circle: "⚪", black_circle: "⚫", large_purple_circle: "🟣", arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️",
  leftwards_arrow_with_hook: "↩️", repeat: "🔁", arrows_counterclockwise: "🔄", wastebasket: "🗑️", package: "📦",
  truck: "🚚", credit_card: "💳", moneybag: "💰", information_source: "ℹ️", construction: "🚧", hammer_and_wrench: "🛠️",
  bar_chart: "📊", chart_with_upwards_trend: "📈", zzz: "💤", ok_hand: "👌", muscle: "💪", sob: "😭", rage: "😡", coffee: "☕",
};

/** faces are offered for reactions. */
export const faces = ["+1", "eyes", "white_check_mark", "tada", "heart", "joy", "pray", "clap", "fire", "rocket", "thinking_face", "wave",
  "envelope", "memo", "bulb", "warning", "question", "x", "zap", "star", "sob", "ok_hand", "muscle", "coffee"];

/** emoji is an element for a shortcode without colons. */
export function emoji(name) {
  const face = table[name.replace(/::skin-tone-\d$/, "")];
  if (!face) return h("span", { class: "emoji unknown" }, `:${name}:`);
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, face);
}
