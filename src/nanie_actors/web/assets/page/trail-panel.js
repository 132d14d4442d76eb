// The way of single messages through the actors: a line a message, a stop a stage, the time between them.

import { h, list, say } from "./dom.js";
import { t } from "./words.js";

const SHOWN = 6;

export class TrailPanel {
  /** `onfollow(group)` when another group is to be followed; null for none. */
  constructor(onfollow) {
    this._onfollow = onfollow;
    this._trails = [];
    this._choice = h("select", { "aria-label": t("follow-group"), onchange: () => this._choose() });
    this._hint = h("p.hint", {}, t("not-following"));
    this._lines = h("ol.trails");
    this.element = h("section.follow", {}, h("header.row", {}, h("h2", {}, t("follow-group")), this._choice), this._hint, this._lines);
    this.name([]);
  }

  /** The groups there are to choose from: `{group, name}`. */
  name(groups) {
    const choices = [{ group: "", name: t("nobody-followed") }, ...groups];
    list(this._choice, choices, {
      key: ({ group }) => group,
      make: ({ group }) => h("option", { value: group }),
      update: (element, { group, name }) => say(element, name || group),
    });
  }

  /** Which group is followed, so that a new line can ask for it again. */
  get group() {
    return this._choice.value || null;
  }

  /** One more step of a message's way. */
  show(trail) {
    const others = this._trails.filter(({ message }) => message !== trail.message);
    this._trails = [trail, ...others].slice(0, SHOWN);
    this._hint.hidden = true;
    list(this._lines, this._trails, {
      key: ({ message }) => message,
      make: () => h("li", {}, h("ol.stages")),
      update: (element, { stages, done }) => {
        element.dataset.done = done;
        showStages(element.firstChild, stages);
      },
    });
  }

  _choose() {
    this._trails = [];
    this._lines.replaceChildren();
    this._hint.hidden = false;
    say(this._hint, t(this.group ? "waiting-for-message" : "not-following"));
    this._onfollow(this.group);
  }
}

function showStages(place, stages) {
  const timed = stages.map((stage, index) => ({ ...stage, took: index ? stage.at_us - stages[index - 1].at_us : 0, index }));
  list(place, timed, {
    key: ({ index }) => index,
    make: () => h("li", {}, h("small"), h("strong"), h("span")),
    update: (element, { stage, actor, took }) => {
      const [time, name, who] = element.children;
      say(time, took ? `+${took < 10_000 ? `${Math.round(took)} µs` : `${(took / 1000).toFixed(1)} ms`}` : "");
      say(name, stage);
      say(who, actor.split("/")[0]);
    },
  });
}
