// The exported page: the picture above, the list folded away until it is asked for or printed.

import { mount } from "./picture.js";

const given = JSON.parse(document.getElementById("timeline").textContent);
const list = document.getElementById("list");
mount(document.getElementById("picture"), given);
list.open = false;

let wasOpen = false;
window.addEventListener("beforeprint", () => {
  wasOpen = list.open;
  list.open = true;
});
window.addEventListener("afterprint", () => {
  list.open = wasOpen;
});
