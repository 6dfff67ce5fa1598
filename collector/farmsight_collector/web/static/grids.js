// Grids: one stop of the Tab key each, arrows move between cells, Enter opens one beside the table.
// A cell is a link; without this script it leads to the same page with the cell opened.

const CELL = "a[data-cell]";
const PAGE = 10;

const rows = (table) =>
  [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.querySelector(CELL));
const cells = (row) => [...row.querySelectorAll(CELL)];

function moved(table, cell, key, ctrl) {
  const all = rows(table);
  const row = all.indexOf(cell.closest("tr"));
  const column = cells(all[row]).indexOf(cell);
  const at = (r, c) => {
    const there = cells(all[Math.min(Math.max(r, 0), all.length - 1)]);
    return there[Math.min(Math.max(c, 0), there.length - 1)];
  };
  switch (key) {
    case "ArrowRight": return at(row, column + 1);
    case "ArrowLeft": return at(row, column - 1);
    case "ArrowDown": return at(row + 1, column);
    case "ArrowUp": return at(row - 1, column);
    case "PageDown": return at(row + PAGE, column);
    case "PageUp": return at(row - PAGE, column);
    case "Home": return at(ctrl ? 0 : row, 0);
    case "End": return at(ctrl ? all.length : row, Infinity);
    default: return null;
  }
}

function rove(cell) {
  for (const other of cell.closest("[data-grid]").querySelectorAll(`${CELL}[tabindex="0"]`)) other.tabIndex = -1;
  cell.tabIndex = 0;
}

function open(cell, byKey) {
  const panel = document.getElementById("opened");
  const part = cell.closest("[data-grid]").dataset.part;
  if (!window.htmx || !panel || !part) return false;
  const address = new URL(cell.href);
  const renewed = window.htmx.ajax("GET", part + address.search, { target: "#opened", swap: "innerHTML" });
  history.replaceState(history.state, "", address);
  for (const other of document.querySelectorAll(`${CELL}[aria-current]`)) other.removeAttribute("aria-current");
  cell.setAttribute("aria-current", "true");
  Promise.resolve(renewed).then(() => {
    if (byKey) document.getElementById("opened-title")?.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  return true;
}

function close() {
  const panel = document.getElementById("opened");
  if (!panel || !panel.childElementCount) return false;
  const cell = document.querySelector(`${CELL}[aria-current]`);
  const address = new URL(location.href);
  address.searchParams.delete("open");
  history.replaceState(history.state, "", address);
  panel.replaceChildren();
  cell?.removeAttribute("aria-current");
  cell?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.metaKey) return;
  const cell = event.target.closest?.(CELL);
  const table = cell?.closest("[data-grid]");
  const next = table && moved(table, cell, event.key, event.ctrlKey);
  if (next) {
    event.preventDefault();
    rove(next);
    next.focus();
  } else if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) {
    if (close()) event.preventDefault();
  }
});

document.addEventListener("focusin", (event) => {
  const cell = event.target.closest?.(CELL);
  if (cell && cell.tabIndex !== 0) rove(cell);
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const cell = event.target.closest?.(CELL);
  if (cell && open(cell, event.detail === 0)) event.preventDefault();
  if (event.target.closest?.("[data-close]") && close()) event.preventDefault();
});

// The second row of heads stands below the first, however high that is.
function stick() {
  for (const table of document.querySelectorAll("[data-grid]")) {
    const head = table.tHead?.rows[0];
    if (head) table.style.setProperty("--row", `${head.getBoundingClientRect().height}px`);
  }
}

document.querySelector(`${CELL}[aria-current]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
new ResizeObserver(stick).observe(document.documentElement);
document.addEventListener("farmsight:renewed", () => {
  stick();
  const cell = document.activeElement?.closest?.(CELL); // its place among the stops of Tab is the server's again
  if (cell) rove(cell);
});
