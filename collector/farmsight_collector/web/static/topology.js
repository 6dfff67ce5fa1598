/*
 * The map: zoom and keys, what is opened beside it, and time. The server draws every picture; this changes classes and
 * words of the one that is there, by ids, so that nothing moves as time does. Without it the links and forms do the same.
 */
import { Board } from "./topology_board.js";
import { Clock } from "./topology_time.js";

const board = new Board();
const clock = new Clock(board);

function begin(event) {
  board.begin();
  clock.begin(event?.detail?.kept);
}

function address(mark) {
  const here = new URL(location.href);
  if (mark) here.searchParams.set("open", mark);
  else here.searchParams.delete("open");
  return here;
}

function open(mark, byKey) {
  const frame = document.getElementById("map-frame");
  if (!window.htmx || !frame) return false;
  const here = address(mark);
  const shown = window.htmx.ajax("GET", frame.dataset.one + here.search, { target: "#opened", swap: "innerHTML" });
  history.replaceState(history.state, "", here);
  for (const other of frame.querySelectorAll(".picked")) other.classList.remove("picked");
  document.getElementById(mark)?.classList.add("picked");
  Promise.resolve(shown).then(() => {
    const thing = document.getElementById(mark);
    if (thing) board.show(thing);
    if (byKey) document.getElementById("opened-title")?.focus({ preventScroll: true });
  });
  return true;
}

function close() {
  const panel = document.getElementById("opened");
  if (!panel?.childElementCount) return false;
  const mark = new URL(location.href).searchParams.get("open");
  history.replaceState(history.state, "", address(""));
  panel.replaceChildren();
  const thing = mark && document.getElementById(mark);
  thing?.classList.remove("picked");
  thing?.focus();
  return true;
}

function markOf(element) {
  const thing = element.closest?.("a.node, a.line, a[data-open]");
  return thing ? thing.dataset.open || thing.id : "";
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (board.dragged) return event.preventDefault();
  const mark = markOf(event.target);
  if (mark && open(mark, event.detail === 0)) event.preventDefault();
  if (event.target.closest?.("[data-close]") && close()) event.preventDefault();
});

function writes(element) {
  return element.closest?.("input, textarea, select, [contenteditable]") != null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && !document.querySelector("details.menu[open]")) {
    if (clock.stop() || close()) event.preventDefault();
  } else if (!writes(event.target) || event.target.id === "instant") {
    if (clock.key(event) || board.key(event)) event.preventDefault();
  }
});

document.addEventListener("farmsight:renewed", begin);
begin();
