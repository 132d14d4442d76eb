// Linking the WhatsApp account: a QR code to scan, or a code to type on the phone.

import { h, say } from "./dom.js";
import { complain } from "./notices.js";
import { t } from "./words.js";

const IDLE = ["unpaired", "failed"];
const HIDDEN = ["unavailable", "paired"];

export class PairingPanel {
  constructor() {
    this._said = h("p", { role: "status" });
    this._picture = h("div.qr");
    this._code = h("output.code", { dir: "ltr" });
    this._start = h("button", { type: "button", onclick: () => this._ask("POST") }, t("pair-start"));
    this._cancel = h("button.quiet", { type: "button", onclick: () => this._ask("DELETE") }, t("cancel"));
    this.element = h("div.pairing", { hidden: true }, this._said, this._picture, this._code, h("div.row", {}, this._start, this._cancel));
  }

  /** How the linking stands: `{state, svg?, code?, message?}`. */
  show({ state, svg = null, code = "", message = "" }) {
    this.element.hidden = HIDDEN.includes(state);
    say(this._said, [t(`pair-${state}`), message].filter(Boolean).join(" "));
    say(this._code, code);
    this._start.hidden = !IDLE.includes(state);
    this._cancel.hidden = IDLE.includes(state) || state === "elsewhere";
    if (svg === this._shown) return;
    this._shown = svg;
    this._picture.replaceChildren(...(svg ? [drawn(svg)] : []));
  }

  async _ask(method) {
    try {
      const response = await fetch("/api/pairing", { method });
      const { ok, error } = await response.json();
      if (!ok) complain(new Error(error));
    } catch (error) {
      complain(error);
    }
  }
}

/** The worker's own drawing, as an element; read as a document, so that nothing in it could run. */
function drawn(svg) {
  const element = document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", t("pair-qr"));
  return element;
}
