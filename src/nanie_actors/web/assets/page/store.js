// The conversations of this browser: which there are is kept here, what they show is the worker's.

const PLACE = "nanie-conversations";

export class Store {
  constructor() {
    this._kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    this._shown = new Map();
    addEventListener("storage", ({ key }) => {
      if (key !== PLACE) return;
      this._kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
      this.onchange();
    });
    this.onchange = () => {};
  }

  /** `{id, name}` of each, in the order of their making. */
  all() {
    return this._kept;
  }

  add(name) {
    const made = { id: `page-${crypto.randomUUID()}`, name };
    this._keep([...this._kept, made]);
    return made;
  }

  rename(id, name) {
    this._keep(this._kept.map((one) => (one.id === id ? { ...one, name } : one)));
  }

  remove(id) {
    this._shown.delete(id);
    this._keep(this._kept.filter((one) => one.id !== id));
  }

  /** The newest state of a conversation's timeline: undefined while it is not known, null while it is not linked. */
  shown(id) {
    return this._shown.get(id);
  }

  /** A state came; says whether it is newer than what is known. An older one may come late. */
  show(id, data) {
    const before = this._shown.get(id);
    const isOld = before && data && before.groupId === data.groupId && data.revision < before.revision;
    if (isOld) return false;
    this._shown.set(id, data);
    return true;
  }

  _keep(conversations) {
    this._kept = conversations;
    localStorage.setItem(PLACE, JSON.stringify(conversations));
  }
}
