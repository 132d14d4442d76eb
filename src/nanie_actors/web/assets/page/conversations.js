// The view of conversations: those of this browser at one side, the chosen one beside them.

import { ConversationPanel } from "./conversation.js";
import { h, list, say } from "./dom.js";
import { t } from "./words.js";

export class ConversationsView {
  name = "conversations";

  constructor(main, store, router) {
    this._store = store;
    this._router = router;
    this._panel = null;
    this._list = h("ul");
    this._name = h("input", { "aria-label": t("conversation-name"), placeholder: t("conversation-name"), maxlength: 40, required: true });
    const form = h("form.new", { onsubmit: (event) => this._create(event) }, this._name, h("button", { type: "submit" }, t("create")));
    this._aside = h("aside.choose", { "aria-label": t("conversations") }, h("h2", {}, t("conversations")), this._list, form);
    this._hint = h("p.hint", {}, t("no-conversation"));
    this._place = h("section.panel");
    main.append(h("div.split", {}, this._aside, this._place));
    this.onback();
  }

  /** Show the conversation of this id, or the first. */
  choose(id) {
    const all = this._store.all();
    const chosen = all.find((one) => one.id === id) ?? all[0];
    this._show(chosen?.id);
    if (this._panel && this._panel.id === chosen?.id) return;
    this._panel?.close();
    this._panel = chosen ? new ConversationPanel(this._place, chosen, this._store, this._router, () => this._show(chosen.id)) : null;
    if (!chosen) this._place.replaceChildren(this._hint);
  }

  /** The line stands: what was missed meanwhile is asked for. */
  onback() {
    this._router.watch(this._store.all().map(({ id }) => id));
    this._panel?.refresh();
  }

  /** A newer state of a conversation's timeline. */
  onupdate(conversation) {
    if (this._panel?.id === conversation) this._panel.update();
    this._show(this._panel?.id);
  }

  /** Another window made or removed a conversation. */
  onstore() {
    this.onback();
    this.choose(this._panel?.id);
  }

  close() {
    this._panel?.close();
  }

  _create(event) {
    event.preventDefault();
    const made = this._store.add(this._name.value.trim() || t("conversation"));
    this._name.value = "";
    this._router.watch(this._store.all().map(({ id }) => id));
    location.hash = `conversations/${made.id}`;
  }

  _show(chosen) {
    list(this._list, this._store.all(), {
      key: ({ id }) => id,
      make: ({ id }) => h("li", {}, h("a", { href: `#conversations/${id}` }, h("strong", { dir: "auto" }), h("small", { dir: "auto" }))),
      update: (element, { id, name }) => {
        const [title, group] = element.firstChild.children;
        say(title, name);
        say(group, this._store.shown(id)?.groupName ?? "");
        if (id === chosen) element.firstChild.setAttribute("aria-current", "true");
        else element.firstChild.removeAttribute("aria-current");
      },
    });
  }
}
