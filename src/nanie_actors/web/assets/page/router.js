// The page as a client of the router protocol: commands, their answers, and the updates of what is watched. It knows what
// any app would know, and nothing else.

import { keepLine } from "./line.js";

const ANSWERED_WITHIN_MS = 40_000;

export class Router {
  /** `onupdate(conversation, data)` for each new state of a timeline; `onstate` as for a line. */
  constructor({ onupdate, onstate, onback }) {
    this._open = new Map();
    this._watched = new Set();
    this._onupdate = onupdate;
    this._line = keepLine("/router", {
      onstate,
      onmessage: (frame) => this._take(frame),
      onopen: (send) => {
        send({ watch: [...this._watched] });
        // What was asked and not answered may have been lost with the line. The row's id makes sure it takes effect once.
        for (const { row } of this._open.values()) send(row);
        onback();
      },
    });
  }

  /** Hear of these conversations from now on. */
  watch(conversations) {
    this._watched = new Set(conversations);
    this._line.send({ watch: [...this._watched] });
  }

  /** Send a command; gives all replies. Rejects with the text of an ERROR, or when nothing comes for long. */
  ask(conversation, content) {
    const row = { id: crypto.randomUUID(), conversation_id: conversation, content };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this._end(row.id, reject, new Error("timeout")), ANSWERED_WITHIN_MS);
      this._open.set(row.id, { row, replies: [], resolve, reject, timer });
      this._line.send(row);
    });
  }

  _end(id, settle, value) {
    const open = this._open.get(id);
    if (!open) return;
    clearTimeout(open.timer);
    this._open.delete(id);
    settle(value);
  }

  _take(frame) {
    if (frame.done !== undefined) {
      const open = this._open.get(frame.done);
      if (open) this._end(frame.done, open.resolve, open.replies);
      return;
    }
    const { conversation_id: conversation, reply, in_reply_to: id } = frame;
    if (reply.type === "DATA" && reply.data?.events) this._onupdate(conversation, reply.data);
    const open = this._open.get(id);
    if (!open) return;
    open.replies.push(reply);
    if (reply.type === "ERROR") this._end(id, open.reject, Object.assign(new Error(reply.error), { code: reply.code }));
  }
}
