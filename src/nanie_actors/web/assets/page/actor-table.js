// Groups and conversations, thousands of them: only the rows in view are in the page.

import { h, list, say } from "./dom.js";
import { treeOf } from "./tree.js";
import { locale, t } from "./words.js";

const ROW_PX = 34;
const SPARE = 6;
const COLUMNS = ["state", "mail", "handled", "rate", "last-error"];

export class ActorTable {
  constructor() {
    this._actors = [];
    this._names = new Map();
    this._rows = [];
    this._number = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 });
    this._find = h("input", { type: "search", "aria-label": t("find"), placeholder: t("find"), oninput: () => this._layOut() });
    this._count = h("span.count");
    const head = h("div.row-of.head", { role: "row" }, h("span", { role: "columnheader" }, t("group")), COLUMNS.map((key) => h("span", { role: "columnheader" }, t(key))));
    this._sheet = h("div.sheet", { role: "rowgroup" });
    this._port = h("div.port", { role: "table", tabindex: 0, "aria-label": t("groups"), onscroll: () => this._draw() }, head, this._sheet);
    this._none = h("p.hint", {}, t("nobody"));
    this.element = h("section.tree", {}, h("header.row", {}, h("h2", {}, t("groups")), this._find, this._count), this._port, this._none);
    this._sizes = new ResizeObserver(() => this._draw());
    this._sizes.observe(this._port);
  }

  /** The newest look at all of them. */
  show(actors) {
    this._actors = actors;
    this._layOut();
  }

  /** What the groups are called. */
  name(names) {
    this._names = names;
    this._layOut();
  }

  close() {
    this._sizes.disconnect();
  }

  _layOut() {
    this._rows = treeOf(this._actors, this._names, this._find.value);
    say(this._count, t("page_of", this._number.format(this._rows.length), this._number.format(this._actors.length)));
    this._none.hidden = this._rows.length > 0;
    this._port.hidden = this._rows.length === 0;
    this._port.setAttribute("aria-rowcount", this._rows.length + 1);
    this._sheet.style.blockSize = `${this._rows.length * ROW_PX}px`;
    this._draw();
  }

  _draw() {
    const first = Math.max(0, Math.floor(this._port.scrollTop / ROW_PX) - SPARE);
    const last = Math.ceil((this._port.scrollTop + this._port.clientHeight) / ROW_PX) + SPARE;
    const visible = this._rows.slice(first, last).map((row, index) => ({ ...row, index: first + index }));
    list(this._sheet, visible, {
      key: ({ actor }) => actor.name,
      make: () => h("div.row-of", { role: "row" }, h("span.who", { role: "rowheader", dir: "auto" }), COLUMNS.map((key) => h(`span.${key}`, { role: "cell" }))),
      update: (element, row) => this._fill(element, row),
    });
  }

  _fill(element, { actor, depth, label, index }) {
    const [who, state, mail, handled, rate, error] = element.children;
    element.style.insetBlockStart = `${index * ROW_PX}px`;
    element.setAttribute("aria-rowindex", index + 2);
    element.dataset.depth = depth;
    say(who, label);
    who.title = actor.name;
    const busy = actor.busy_with && actor.busy_s > 0.5 ? t("busy", actor.busy_with, Math.round(actor.busy_s)) : null;
    say(state, actor.stuck ? `${t("stuck")} (${busy})` : busy ?? actor.state);
    state.dataset.state = actor.stuck ? "stuck" : actor.state;
    say(mail, this._number.format(actor.depth + actor.system_depth));
    say(handled, this._number.format(actor.handled));
    say(rate, this._number.format(actor.rate));
    say(error, actor.last_error ?? "");
  }
}
