// How many messages an actor handles a second: its counter only grows, so two looks at it tell.

export class Rates {
  constructor() {
    this._before = new Map();
    this._at = 0;
  }

  /** The actors, each with its `rate` since the last call at `now` milliseconds. */
  with(actors, now) {
    const seconds = (now - this._at) / 1000;
    const rated = actors.map((actor) => {
      const before = this._before.get(actor.name);
      const isSame = before !== undefined && before.started === actor.started_ms && actor.handled >= before.handled;
      return { ...actor, rate: isSame && seconds > 0 ? (actor.handled - before.handled) / seconds : 0 };
    });
    this._before = new Map(actors.map(({ name, handled, started_ms: started }) => [name, { handled, started }]));
    this._at = now;
    return rated;
  }
}
