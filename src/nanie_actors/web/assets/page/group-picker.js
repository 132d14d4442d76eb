// Choosing the group of a conversation; with link codes, entering the code that was posted into it.

import { h, list, say } from "./dom.js";
import { complain } from "./notices.js";
import { locale, t } from "./words.js";

export class GroupPicker {
  constructor(place, ask) {
    this._ask = ask;
    this._place = place;
    this._groups = [];
    this._list = h("ul.groups");
    this._none = h("p.hint");
    this._filter = h("input", { type: "search", "aria-label": t("filter"), placeholder: t("filter"), oninput: () => this._show() });
    const again = h("button.quiet", { type: "button", onclick: () => this._load() }, t("refresh"));
    const own = h("button.quiet", { type: "button", onclick: () => this._select({ action: "START_STANDALONE" }) }, t("standalone"));
    place.replaceChildren(
      h("div.pick", {}, h("h3", {}, t("pick-group")), h("div.row", {}, this._filter, again), this._list, this._none, own),
    );
    this._load();
  }

  async _load() {
    try {
      const replies = await this._ask({ action: "LIST_GROUPS" });
      this._groups = replies.flatMap(({ data }) => data?.groups ?? []);
      this._show();
    } catch (error) {
      complain(error);
    }
  }

  _show() {
    const wanted = this._filter.value.trim().toLocaleLowerCase();
    const found = this._groups.filter(({ name, id }) => (name || id).toLocaleLowerCase().includes(wanted));
    const day = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" });
    list(this._list, found, {
      key: ({ id }) => id,
      make: ({ id }) =>
        h("li", {}, h("div", {}, h("strong", { dir: "auto" }), h("small", { dir: "auto" })), h("button", { type: "button", onclick: () => this._select({ action: "SELECT_GROUP", groupId: id }) }, t("link"))),
      update: (element, group) => {
        const [name, about] = element.firstChild.children;
        say(name, group.name || group.id);
        const last = group.lastActivity ? ` · ${day.format(group.lastActivity)}` : "";
        say(about, t("participants", group.participants) + last);
        element.lastChild.setAttribute("aria-label", `${t("link")}: ${group.name || group.id}`);
      },
    });
    say(this._none, this._groups.length ? "" : t("no-groups"));
  }

  async _select(content) {
    try {
      const replies = await this._ask(content);
      if (replies.some(({ text }) => text === "LINK_CODE_SENT")) this._askForCode();
    } catch (error) {
      complain(error);
    }
  }

  _askForCode() {
    const code = h("input", { "aria-label": t("code"), autocomplete: "one-time-code", dir: "ltr", required: true });
    const confirm = async (event) => {
      event.preventDefault();
      await this._ask({ action: "CONFIRM_LINK", code: code.value }).catch(complain);
    };
    const cancel = h("button.quiet", { type: "button", onclick: () => new GroupPicker(this._place, this._ask) }, t("cancel"));
    this._place.replaceChildren(
      h("form.pick", { onsubmit: confirm }, h("p", {}, t("code-sent")), h("div.row", {}, code, h("button", { type: "submit" }, t("confirm")), cancel)),
    );
    code.focus();
  }
}
