/* g and a letter goes to a view, / finds, a chooses an instant, l goes back to live, ? tells all of them. */
const WITHIN_MS = 1500;

export function keys() {
  const dialog = document.getElementById("keys");
  const button = document.getElementById("show-keys");
  if (button && dialog) {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  }
  let went = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.timeStamp - went < WITHIN_MS) {
      went = -Infinity;
      const link = [...document.querySelectorAll("nav [data-key]")].find((one) => one.dataset.key === event.key);
      if (link) act(event, () => link.click());
    } else if (event.key === "g") {
      went = event.timeStamp;
    } else if (event.key === "?") {
      if (dialog) act(event, () => dialog.showModal());
    } else if (event.key === "/") {
      const field = document.querySelector("[data-find], input[type=search]");
      if (field) act(event, () => field.focus());
    } else if (event.key === "a") {
      const menu = document.getElementById("instant-menu");
      if (menu) act(event, () => openAt(menu, document.getElementById("at")));
    } else if (event.key === "l") {
      const back = document.getElementById("back-to-live");
      if (back) act(event, () => back.click());
    }
  });
}

function writes(element) {
  return element.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]") != null;
}

function act(event, what) {
  event.preventDefault();
  what();
}

function openAt(menu, field) {
  menu.open = true;
  field.focus();
  field.select();
}
