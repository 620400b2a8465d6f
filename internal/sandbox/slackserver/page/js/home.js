// An app's place: its Home tab, the direct conversation, and what it is.
import { act, get } from "./api.js";
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { valuesOf } from "./elements.js";
import { say } from "./menu.js";
import { store } from "./store.js";

/** Home shows the Home tab that the app published. */
export class Home {
  constructor(app) {
    this.app = app;
    this.panel = h("div", { class: "home" });
    this.el = h("div", { class: "scroll" }, this.panel);
    this.json = "";
  }

  async load() {
    const { view } = await get("home", { user: store.me, app: this.app.id });
    const json = JSON.stringify(view);
    if (json === this.json) return;
    this.json = json;
    if (!view) {
      this.panel.replaceChildren(h("div", { class: "hollow" }, h("h2", {}, "Nothing here yet"),
        h("p", {}, this.app.connected ? "The app has not published a Home tab." : `${this.app.name} is not connected. Start the service and it appears here.`)));
      return;
    }
    this.panel.replaceChildren(blocks(view.blocks, {
      problems: null,
      values: (block, el) => valuesOf(view.values?.[block.block_id]?.[el.action_id]),
      change: async (block, el, selected) => {
        const values = block.type === "input" ? { [block.block_id]: selected } : {};
        const answer = await act("use", { user: store.me, view: view.id, block: block.block_id, action: el.action_id, selected, values });
        if (!answer.ok) say(`⚠ ${answer.error}`);
      },
      suggest: async (block, el, query) => (await act("suggest", { user: store.me, view: view.id, block: block.block_id, action: el.action_id, text: query })).options,
      dispatch: (block, el, selected) => act("use", { user: store.me, view: view.id, block: block.block_id, action: el.action_id, selected }),
    }));
  }
}

/** about says what the app offers. */
export function about(app) {
  return h("div", { class: "scroll" }, h("div", { class: "home" }, h("div", { class: "blocks" },
    h("div", { class: "block-header" }, app.name), h("p", {}, app.description),
    h("hr", { class: "block-divider" }),
    h("div", { class: "block-header" }, "Commands"),
    app.commands.map((c) => h("p", {}, h("b", {}, `${c.name} `), h("span", { class: "quiet" }, c.hint), h("br"), c.description)),
    h("div", { class: "block-header" }, "Shortcuts"),
    app.shortcuts.map((s) => h("p", {}, h("b", {}, s.name), h("span", { class: "quiet" }, s.kind === "global" ? " · everywhere" : " · on messages"))))));
}
