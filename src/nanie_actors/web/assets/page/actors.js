// The view of actors: the worker's own account of itself, once a second, and what an operator may decide.

import { ActorTable } from "./actor-table.js";
import { ConnectionDiagram } from "./connection-diagram.js";
import { h, list, say } from "./dom.js";
import { keepLine } from "./line.js";
import { notify } from "./notices.js";
import { PairingPanel } from "./pairing-panel.js";
import { Rates } from "./rates.js";
import { TrailPanel } from "./trail-panel.js";
import { locale, t } from "./words.js";

export class ActorsView {
  name = "actors";

  constructor(main) {
    this._rates = new Rates();
    this._facts = h("dl.facts");
    this._diagram = new ConnectionDiagram();
    this._quarantine = h("section.quarantine", { hidden: true }, h("h2", {}, t("quarantined")), h("p", {}, t("quarantined-text")), h("ul"));
    this._heads = h("ul.heads");
    this._table = new ActorTable();
    this._pairing = new PairingPanel();
    this._trail = new TrailPanel((group) => this._follow(group));
    const connection = h("section.connection", {}, h("h2", {}, t("connection")), this._diagram.element, this._pairing.element);
    main.append(
      h("div.actors", {}, this._facts, connection, this._quarantine, h("section", {}, h("h2", {}, t("heads")), this._heads), this._table.element, this._trail.element),
    );
    this._line = keepLine("/inspect", { onmessage: (frame) => this._take(frame), onopen: () => this._follow(this._trail.group) });
  }

  close() {
    this._line.close();
    this._table.close();
  }

  _take({ kind, data }) {
    if (kind === "dump") this._showDump(data);
    else if (kind === "groups") this._showGroups(data);
    else if (kind === "pairing") this._pairing.show(data);
    else if (kind === "trail") this._trail.show(data);
  }

  _follow(group) {
    this._line?.send({ follow: group && { group } });
  }

  _showDump(dump) {
    const actors = this._rates.with(dump.actors, performance.now());
    const heads = actors.filter(({ key }) => !key);
    this._showFacts(dump);
    const sources = heads.find(({ kind }) => kind === "gateway")?.own.sources;
    this._diagram.show(Array.isArray(sources) ? sources : Object.values(sources ?? {}));
    list(this._heads, heads, {
      key: ({ name }) => name,
      make: () => h("li", {}, h("strong"), h("span.state"), h("span.numbers"), h("span.trouble")),
      update: (element, actor) => this._head(element, actor),
    });
    this._table.show(actors.filter(({ key }) => key));
  }

  _head(element, actor) {
    const [name, state, numbers, trouble] = element.children;
    say(name, actor.name);
    say(state, actor.stuck ? t("stuck") : actor.state);
    state.dataset.state = actor.stuck ? "stuck" : actor.state;
    say(numbers, `${t("mail")} ${actor.depth + actor.system_depth} · ${actor.rate.toFixed(actor.rate < 10 ? 1 : 0)} ${t("rate")}`);
    say(trouble, actor.last_error ? `${t("last-error")}: ${actor.last_error}` : "");
  }

  _showFacts({ worker, dead_letters: dead, actors }) {
    const number = new Intl.NumberFormat(locale());
    const since = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(worker.started);
    const facts = [
      [t("worker"), `${worker.version} · ${t("since")} ${since}`],
      [t("actors"), number.format(actors.length)],
      [t("underway"), t("underway-text", number.format(worker.ingress.inside), number.format(worker.inbox.inside))],
      [t("log"), t("log-text", number.format(worker.log.lines), number.format(worker.log.flushes))],
      [t("dead"), number.format(dead.total)],
    ];
    list(this._facts, facts, {
      key: ([name]) => name,
      make: ([name]) => h("div", {}, h("dt", {}, name), h("dd")),
      update: (element, [, value]) => say(element.lastChild, value),
    });
  }

  _showGroups(groups) {
    this._table.name(new Map(groups.map(({ group, name }) => [group, name])));
    this._trail.name(groups);
    const bad = groups.filter(({ quarantine }) => quarantine !== null);
    this._quarantine.hidden = bad.length === 0;
    list(this._quarantine.lastChild, bad, {
      key: ({ group }) => group,
      make: (group) => this._quarantined(group),
      update: (element, { name, group, quarantine }) => {
        say(element.children[0], name || group);
        say(element.children[1], quarantine);
      },
    });
  }

  _quarantined({ group, name }) {
    const decide = (what) => h("button", { type: "button", "aria-label": `${t(what === "skip" ? "skip-message" : what)}: ${name || group}`, onclick: () => this._decide(group, what) }, t(what === "skip" ? "skip-message" : what));
    return h("li", {}, h("strong", { dir: "auto" }), h("span.why"), h("span.row", {}, decide("retry"), decide("skip")));
  }

  async _decide(group, what) {
    const response = await fetch(`/api/groups/${encodeURIComponent(group)}/${what}`, { method: "POST" });
    const { ok, error } = await response.json();
    notify(ok ? t("decided") : error);
  }
}
