// The page: what stands at its top, and which of the two views is below.

import { ActorsView } from "./actors.js";
import { ConversationsView } from "./conversations.js";
import { say } from "./dom.js";
import { Router } from "./router.js";
import { Store } from "./store.js";
import { nextLanguage, onLanguage, showLanguage, t } from "./words.js";

const main = document.getElementById("main");
const live = document.querySelector(".live");
const store = new Store();
let view = null;
let state = "connecting";

const router = new Router({
  onupdate: (conversation, data) => {
    if (store.show(conversation, data)) view?.onupdate?.(conversation, data);
  },
  onstate: (now) => {
    state = now;
    showState();
  },
  onback: () => view?.onback?.(),
});

function showState() {
  live.dataset.state = state;
  say(document.getElementById("live-text"), t(state));
}

/** Which view the address asks for: `#actors`, or `#conversations/ID`. */
function route() {
  const [name, id] = decodeURIComponent(location.hash.slice(1)).split("/");
  const wanted = name === "actors" ? "actors" : "conversations";
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.hash === `#${wanted}`) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (view?.name !== wanted) {
    view?.close();
    main.replaceChildren();
    view = wanted === "actors" ? new ActorsView(main) : new ConversationsView(main, store, router);
  }
  view.choose?.(id);
}

function showTheme() {
  const theme = localStorage.getItem("nanie-theme");
  document.documentElement.style.colorScheme = theme ?? "";
  const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.getElementById("theme").textContent = isDark ? "☾" : "☀";
  return isDark;
}

document.getElementById("language").addEventListener("click", nextLanguage);
document.getElementById("theme").addEventListener("click", () => {
  localStorage.setItem("nanie-theme", showTheme() ? "light" : "dark");
  showTheme();
});
onLanguage(() => {
  showState();
  view?.close();
  view = null;
  route();
});
addEventListener("hashchange", route);
store.onchange = () => view?.onstore?.();
showLanguage();
showTheme();
showState();
route();
