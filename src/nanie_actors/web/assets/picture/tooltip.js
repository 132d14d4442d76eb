// The details of a mark: shown on hover, focus and tap, in one box that follows.

import { element } from "./elements.js";
import { kindOf } from "./kinds.js";
import { titleOf, wordsOf } from "./speech.js";

const SHOWN = 6;
const GAP_PX = 8;
let made = 0;

/** The box of a picture: `{show(voice, item, target), hide(), target}`. It stands in `root`. */
export function tooltipIn(root) {
  made += 1;
  const box = element("div", { class: "np-tip", attributes: { role: "tooltip", id: `np-tip-${made}`, hidden: "" } });
  root.append(box);
  let target = null;

  function hide() {
    target?.removeAttribute("aria-describedby");
    target = null;
    box.hidden = true;
  }

  function show(voice, item, at) {
    hide();
    target = at;
    box.replaceChildren(...contentOf(voice, item));
    box.hidden = false;
    at.setAttribute("aria-describedby", box.id);
    place(box, at, root);
  }

  return { show, hide, box, get target() { return target; } };
}

function contentOf(voice, item) {
  if (item.kind === "sleep") {
    const { asleep, awake } = item.span;
    const told = [asleep, awake].filter((event) => event !== null);
    return [element("p", { class: "np-tip-head", text: voice.sleep(item.span) }), ...told.map((event) => entryOf(voice, event))];
  }
  const rest = item.events.length - SHOWN;
  return [
    ...item.events.slice(0, SHOWN).map((event) => entryOf(voice, event)),
    rest > 0 ? element("p", { class: "np-tip-more", text: voice.count("more", rest) }) : null,
  ].filter((part) => part !== null);
}

function entryOf(voice, event) {
  const words = wordsOf(voice, event);
  const sender = event.source && typeof event.source.sender === "string" ? event.source.sender : "";
  const title = titleOf(voice, event);
  const kind = voice.kind(kindOf(event));
  const notes = [title.startsWith(kind) ? "" : kind, event.synced === false ? voice.words.unsent : ""].filter(Boolean);
  return element("div", { class: "np-tip-entry" }, [
    element("p", {}, [
      element("time", { text: voice.time(event.timestamp) }),
      element("strong", { text: title, attributes: { dir: "auto" } }),
    ]),
    words || sender ? element("p", { class: "np-tip-words" }, [
      sender ? element("cite", { text: sender, attributes: { dir: "auto" } }) : null,
      words ? element("q", { text: words, attributes: { dir: "auto" } }) : null,
    ]) : null,
    notes.length ? element("p", { class: "np-tip-kind", text: notes.join(" · ") }) : null,
  ]);
}

/** Above the mark where there is room, else below; never outside of the picture at its sides. */
function place(box, at, root) {
  const frame = root.getBoundingClientRect();
  const mark = at.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const left = mark.left + mark.width / 2 - size.width / 2 - frame.left;
  const above = mark.top - size.height - GAP_PX;
  const top = above >= 0 ? above : mark.bottom + GAP_PX;
  box.style.setProperty("left", `${Math.max(0, Math.min(left, frame.width - size.width))}px`);
  box.style.setProperty("top", `${top - frame.top}px`);
}
