// Elements out of a few words. Texts only ever become text nodes; styles are set as properties, which a strict content
// security policy allows.

/** An element: `{class, text, attributes, style}` and its children; null children are left out. */
export function element(tag, { class: name, text, attributes = {}, style = {} } = {}, children = []) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  for (const [key, value] of Object.entries(style)) if (value !== null) made.style.setProperty(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A share of the whole, as CSS writes it. */
export const percent = (share) => `${(share * 100).toFixed(3)}%`;
