// Elements in one call, and lists of them that change without a jump. Texts are set as texts: nothing that a group says
// is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("button.quiet", { type: "button", onclick }, "Add")`. Attributes that are null or false are left out. */
export function h(what, attributes = {}, ...inside) {
  const [tag, ...classes] = what.split(".");
  return filled(document.createElement(tag), classes, attributes, inside);
}

/** The same for drawings. */
export function svg(what, attributes = {}, ...inside) {
  const [tag, ...classes] = what.split(".");
  return filled(document.createElementNS(SVG, tag), classes, attributes, inside);
}

function filled(element, classes, attributes, inside) {
  if (classes.length) element.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...inside.flat().filter((part) => part !== null && part !== undefined && part !== false));
  return element;
}

/**
 * Show `items` below `parent`, each by an element of its own: those that stay are kept, with focus and place; `make(item)`
 * makes one, `update(element, item)` brings it up to date.
 */
export function list(parent, items, { key, make, update = () => {} }) {
  const kept = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  let before = null;
  for (const item of items) {
    const name = String(key(item));
    let element = kept.get(name);
    if (element) kept.delete(name);
    else {
      element = make(item);
      element.dataset.key = name;
    }
    update(element, item);
    const place = before === null ? parent.firstElementChild : before.nextElementSibling;
    if (element !== place) parent.insertBefore(element, place);
    before = element;
  }
  for (const gone of kept.values()) gone.remove();
}

/** Set a text only if it is another one, so that a reader of the screen is not told twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
