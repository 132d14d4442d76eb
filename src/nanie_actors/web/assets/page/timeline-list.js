// A timeline as a list, newest first, by day.

import { h, list, say } from "./dom.js";
import { locale, t } from "./words.js";

export class TimelineList {
  constructor(place, ondelete) {
    this._ondelete = ondelete;
    this._time = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" });
    this._day = new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long" });
    this._days = h("div.days");
    this._none = h("p.hint", {}, t("empty"));
    place.replaceChildren(this._none, this._days);
  }

  /** Show these events; what was shown before stays where it is. */
  show(events) {
    this._none.hidden = events.length > 0;
    list(this._days, this._byDay(events), {
      key: ({ day }) => day,
      make: () => h("section.day", {}, h("h3"), h("ol")),
      update: (element, { at, events: ofDay }) => {
        say(element.firstChild, this._nameOf(at));
        this._showDay(element.lastChild, ofDay);
      },
    });
  }

  _showDay(place, events) {
    list(place, events, {
      key: ({ id }) => id,
      make: (event) => this._entry(event),
      update: (element, event) => this._update(element, event),
    });
  }

  _entry({ id }) {
    const button = h("button.quiet.delete", { type: "button", onclick: () => this._ondelete(this._events.get(id)) }, "×");
    return h("li", { tabindex: -1 }, h("time"), h("i.mark", { "aria-hidden": "true" }), h("div", {}, h("strong", { dir: "auto" }), h("span.details", { dir: "auto" }), h("span.notes")), button);
  }

  _update(element, event) {
    const [time, mark, words, button] = element.children;
    const [label, details, notes] = words.children;
    element.dataset.type = event.type;
    mark.className = `mark of-${event.type.replace(/\W/g, "-")}`;
    time.dateTime = new Date(event.timestamp).toISOString();
    say(time, this._time.format(event.timestamp));
    say(label, event.label);
    say(details, typeof event.details === "string" && event.details !== event.label ? event.details : "");
    say(notes, [event.editedAt ? t("edited") : "", event.synced === false ? t("unsent") : ""].filter(Boolean).join(" · "));
    button.title = t("delete");
    button.setAttribute("aria-label", `${t("delete")}: ${event.label}`);
  }

  _byDay(events) {
    this._events = new Map(events.map((event) => [event.id, event]));
    const days = new Map();
    for (let index = events.length - 1; index >= 0; index -= 1) {
      const at = new Date(events[index].timestamp);
      const day = `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
      if (!days.has(day)) days.set(day, { day, at, events: [] });
      days.get(day).events.push(events[index]);
    }
    return [...days.values()];
  }

  _nameOf(at) {
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
    const name = this._day.format(at);
    return days === 0 ? `${t("today")}, ${name}` : days === 1 ? `${t("yesterday")}, ${name}` : name;
  }
}
