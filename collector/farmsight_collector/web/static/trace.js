/* A file that is dropped anywhere on the page is handed in as if it had been chosen; so is one that was chosen. */
function form() {
  return document.getElementById("drop");
}

function carries(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

let depth = 0;

document.addEventListener("dragenter", (event) => {
  if (!carries(event) || !form()) return;
  depth += 1;
  form().classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  if (!carries(event) || !form()) return;
  depth = Math.max(0, depth - 1);
  if (!depth) form().classList.remove("is-over");
});
document.addEventListener("dragover", (event) => {
  if (carries(event) && form()) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const file = event.dataTransfer?.files?.[0];
  if (!file || !form()) return;
  event.preventDefault();
  depth = 0;
  form().classList.remove("is-over");
  const one = new DataTransfer();
  one.items.add(file);
  form().querySelector("input[type=file]").files = one.files;
  form().requestSubmit();
});
document.addEventListener("change", (event) => {
  if (event.target.id === "file" && event.target.files.length) form().requestSubmit();
});

function hint() {
  const told = document.getElementById("drop-hint");
  if (told) told.hidden = false;
}
hint();
document.addEventListener("farmsight:renewed", hint);
