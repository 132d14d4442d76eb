// One conversation: its group's timeline, or the choice of a group.

import { AddForm } from "./add-form.js";
import { h, say } from "./dom.js";
import { GroupPicker } from "./group-picker.js";
import { complain, notify } from "./notices.js";
import { TimelineList } from "./timeline-list.js";
import { mount } from "../picture/picture.js";
import { direction, locale, t } from "./words.js";

const TICK_MS = 20_000;

export class ConversationPanel {
  constructor(place, { id, name }, store, router, onchange) {
    Object.assign(this, { id, _name: name, _store: store, _router: router, _onchange: onchange, _place: place, _showing: null, _seen: null });
    this._title = h("h2", { dir: "auto" });
    this._about = h("p.about");
    this._actions = h("div.actions");
    this._body = h("div.body");
    this._said = h("p.unseen", { role: "status", "aria-live": "polite" });
    place.replaceChildren(h("header", {}, h("div", {}, this._title, this._about), this._actions), this._body, this._said);
    this._clock = setInterval(() => this._picture?.update({ now: Date.now() }), TICK_MS);
    this.update();
    this.refresh();
  }

  /** Ask how things stand: at first, and whenever the line was gone. */
  async refresh() {
    try {
      const replies = await this._ask({ action: "GET_STATUS" });
      if (replies.some(({ code }) => code === "GROUP_SELECTION_REQUIRED")) this._unlinked();
    } catch (error) {
      if (this._store.shown(this.id) === undefined && error.message !== "timeout") complain(error);
    }
  }

  /** Show the newest state that is known. */
  update() {
    const data = this._store.shown(this.id);
    say(this._title, data?.groupName || this._name);
    if (data) this._linked(data);
    else if (data === null) this._unlinked();
    this._onchange();
  }

  close() {
    clearInterval(this._clock);
    this._picture?.destroy();
    this._picture = null;
    this._place.replaceChildren();
  }

  _ask(content) {
    return this._router.ask(this.id, content);
  }

  _unlinked() {
    this._store.show(this.id, null);
    say(this._title, this._name);
    say(this._about, "");
    if (this._showing === "picker") return;
    this._showing = "picker";
    this._picture?.destroy();
    this._picture = null;
    this._actions.replaceChildren(this._button("remove", () => this._remove()));
    this._picker = new GroupPicker(this._body, (content) => this._ask(content));
    this._onchange();
  }

  _linked(data) {
    if (this._showing !== data.groupId) this._begin(data);
    say(this._about, `${t("events", data.events.length)} · ${t("revision", data.revision)}`);
    this._tellNew(data.events);
    this._timeline.show(data.events);
    this._picture.update({ events: data.events, now: Date.now() });
  }

  _begin({ groupId, events }) {
    this._showing = groupId;
    this._seen = new Set(events.map(({ id }) => id));
    this._picture?.destroy();
    const remove = this._button("remove", () => this._remove());
    this._actions.replaceChildren(this._button("unlink", () => this._unlink()), remove);
    const picture = h("section.picture", { "aria-label": t("picture") });
    const entries = h("section.entries", { "aria-label": t("list") });
    this._body.replaceChildren(new AddForm((content) => this._ask(content)).element, picture, entries);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    this._picture = mount(picture, { events, zone, now: Date.now(), direction: direction(), locale: locale() });
    this._timeline = new TimelineList(entries, (event) => this._delete(event));
  }

  /** What is new is said aloud, unless it is a whole history. */
  _tellNew(events) {
    const fresh = events.filter(({ id }) => !this._seen.has(id));
    for (const { id } of fresh) this._seen.add(id);
    if (fresh.length > 0 && fresh.length < 10) this._said.textContent = t("new-event", fresh.map(({ label }) => label).join(", "));
  }

  async _delete(event) {
    try {
      await this._ask({ action: "DELETE_EVENTS", eventIds: [event.id] });
    } catch (error) {
      complain(error);
      return;
    }
    notify(t("deleted", 1), { label: t("undo"), note: t("undo-note"), run: () => this._addAgain(event).catch(complain) });
  }

  _addAgain({ label, details, timestamp, type }) {
    const text = typeof details === "string" && details ? details : label;
    return this._ask({ action: "ADD_EVENT", text, eventData: { timestamp, type, details: text } });
  }

  async _unlink() {
    try {
      await this._ask({ action: "UNLINK_GROUP" });
      this._unlinked();
    } catch (error) {
      complain(error);
    }
  }

  /** Only this browser forgets it; the worker is told that nobody listens any more. */
  async _remove() {
    await this._ask({ action: "DELETE_CONVERSATION" }).catch(complain);
    this._store.remove(this.id);
    location.hash = "conversations";
    dispatchEvent(new HashChangeEvent("hashchange"));
  }

  _button(key, onclick) {
    return h("button.quiet", { type: "button", onclick }, t(key));
  }
}
