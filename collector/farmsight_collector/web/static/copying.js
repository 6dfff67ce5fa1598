/* Copies what stands beside the button. */
export function copying() {
  show(document);
  document.addEventListener("farmsight:renewed", () => show(document));
  document.addEventListener("htmx:after:swap", () => show(document));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}

function show(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

async function copy(button) {
  const from = button.dataset.copy ? document.getElementById(button.dataset.copy) : button.parentElement.querySelector("code");
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(from.textContent);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed; select it";
  }
  setTimeout(() => (button.textContent = before), 2000);
}
