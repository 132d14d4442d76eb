// Adding an event: as a text that the worker reads, or with a type and a time of its own.

import { h } from "./dom.js";
import { complain } from "./notices.js";
import { t } from "./words.js";

const TYPES = ["feeding", "sleeping", "waking_up", "diaper", "bath", "other"];

export class AddForm {
  constructor(ask) {
    this._ask = ask;
    this._text = h("input", { name: "text", "aria-label": t("add"), placeholder: t("add-text"), dir: "auto", maxlength: 2000, required: true, autocomplete: "off" });
    const types = TYPES.map((type) => h("option", { value: type }, t(type)));
    this._type = h("select", { "aria-label": t("type") }, h("option", { value: "" }, t("automatic")), types);
    this._when = h("input", { type: "datetime-local", "aria-label": t("when") });
    this._button = h("button", { type: "submit" }, t("add"));
    const more = h("details", {}, h("summary", {}, t("add-details")), h("div.row", {}, h("label", {}, t("type"), this._type), h("label", {}, t("when"), this._when)));
    this.element = h("form.add", { onsubmit: (event) => this._submit(event) }, h("div.row", {}, this._text, this._button), more);
  }

  async _submit(event) {
    event.preventDefault();
    this._button.disabled = true;
    try {
      await this._ask(this._content());
      this.element.reset();
    } catch (error) {
      complain(error);
    } finally {
      this._button.disabled = false;
      this._text.focus();
    }
  }

  /** Without a type the text is read by the worker's extractor, as if it stood in the group. */
  _content() {
    const text = this._text.value.trim();
    if (!this._type.value && !this._when.value) return { action: "ADD_EVENT", text };
    const timestamp = this._when.value ? new Date(this._when.value).getTime() : Date.now();
    return { action: "ADD_EVENT", text, eventData: { timestamp, type: this._type.value || "other", details: text } };
  }
}
