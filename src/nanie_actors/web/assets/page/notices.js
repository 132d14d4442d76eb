// Short notes at the foot of the page, read aloud by a screen reader; some offer to take back what was done.

import { h } from "./dom.js";

const SHOWN_MS = 9_000;

/** Say something; `action` is `{label, run, note}`. */
export function notify(text, action = null) {
  const notice = h("div.notice", {}, h("span", {}, text));
  const close = () => notice.remove();
  if (action) {
    const button = h("button", { type: "button", title: action.note, onclick: () => (close(), action.run()) }, action.label);
    notice.append(button);
  }
  document.getElementById("notices").append(notice);
  setTimeout(close, SHOWN_MS);
}

/** Say what went wrong. */
export function complain(error) {
  notify(error.message);
}
