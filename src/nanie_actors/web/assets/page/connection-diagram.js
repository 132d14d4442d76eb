// The connection to WhatsApp as it is drawn in the worker's own source, with the present state lit.

import { h, list, say, svg } from "./dom.js";
import { locale, t } from "./words.js";

// State → place of its box, in a drawing of 720 by 200.
const PLACES = {
  unpaired: [60, 40], pairing: [210, 40], connecting: [370, 40], online: [560, 40],
  logged_out: [60, 140], outdated: [180, 180], banned: [285, 180], replaced: [395, 180], offline: [510, 140],
};
const STEPS = [
  ["unpaired", "pairing"], ["pairing", "connecting"], ["connecting", "online"], ["online", "offline"], ["offline", "connecting"],
  ["connecting", "offline"], ["online", "replaced"], ["online", "banned"], ["online", "outdated"], ["online", "logged_out"],
  ["logged_out", "pairing"], ["logged_out", "unpaired"],
];
const HALF = [46, 15];

export class ConnectionDiagram {
  constructor() {
    this._drawing = svg("svg.diagram", { viewBox: "0 0 640 205", role: "img" });
    this._drawing.append(...STEPS.map(([from, to]) => arrow(PLACES[from], PLACES[to])), ...Object.entries(PLACES).map(([state, at]) => box(state, at)));
    this._said = h("ul.sources");
    this._hint = h("p.hint");
    this.element = h("div", { dir: "ltr" }, this._drawing, this._said, this._hint);
  }

  /** Show the sources: `{state, since, until?, reason?}` each. */
  show(sources) {
    const states = new Set(sources.map(({ state }) => state));
    const isLive = [...states].some((state) => state in PLACES) && !sources.every(({ state }) => ["finished", "failed"].includes(state));
    this._drawing.toggleAttribute("hidden", !isLive);
    this._drawing.style.display = isLive ? "" : "none";
    this._drawing.setAttribute("aria-label", `${t("connection")}: ${[...states].join(", ")}`);
    for (const element of this._drawing.querySelectorAll("g")) element.classList.toggle("lit", states.has(element.dataset.state));
    const time = new Intl.DateTimeFormat(locale(), { dateStyle: "short", timeStyle: "medium" });
    list(this._said, counted(sources), {
      key: ({ state }) => state,
      make: () => h("li", {}, h("span.state"), h("span")),
      update: (element, { state, count, since }) => {
        element.firstChild.dataset.state = state;
        say(element.firstChild, count > 1 ? `${count} × ${state}` : state);
        say(element.lastChild, since ? `${t("since")} ${time.format(since)}` : "");
      },
    });
    say(this._hint, sources.length === 0 ? t("no-source") : "");
  }
}

/** A folder of chats is hundreds of sources: each state once, with the newest change. */
function counted(sources) {
  const states = new Map();
  for (const { state, since } of sources) {
    const before = states.get(state) ?? { state, count: 0, since: 0 };
    states.set(state, { state, count: before.count + 1, since: Math.max(before.since, since ?? 0) });
  }
  return [...states.values()];
}

function box(state, [x, y]) {
  return svg("g", { "data-state": state }, svg("rect", { x: x - HALF[0], y: y - HALF[1], width: 2 * HALF[0], height: 2 * HALF[1], rx: 8 }), svg("text", { x, y: y + 4 }, state.replace("_", " ")));
}

/** From the edge of one box to the edge of the other. */
function arrow([x1, y1], [x2, y2]) {
  const edge = (dx, dy) => Math.min(HALF[0] / Math.abs(dx || 1e-9), HALF[1] / Math.abs(dy || 1e-9));
  const [dx, dy] = [x2 - x1, y2 - y1];
  const reach = edge(dx, dy);
  const [ax, ay, bx, by] = [x1 + dx * reach, y1 + dy * reach, x2 - dx * reach, y2 - dy * reach];
  const turn = Math.atan2(dy, dx);
  const tip = [0.45, -0.45].map((side) => `M${bx} ${by}L${bx - 7 * Math.cos(turn + side)} ${by - 7 * Math.sin(turn + side)}`).join("");
  return svg("path.step", { d: `M${ax} ${ay}L${bx} ${by}${tip}` });
}
