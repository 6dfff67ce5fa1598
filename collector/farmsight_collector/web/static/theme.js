/* The theme of the system, or the one that was chosen: kept in a cookie, so that the server writes it into the page. */
const MEDIA = { system: "screen and (prefers-color-scheme: dark)", dark: "screen", light: "not all" };

export function theme() {
  for (const field of document.querySelectorAll("fieldset.theme")) {
    field.hidden = false;
    field.addEventListener("change", (event) => choose(event.target.value));
  }
}

function choose(name) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `farmsight-theme=${name}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  document.getElementById("dark").media = MEDIA[name];
  document.documentElement.toggleAttribute("data-theme", name !== "system");
  if (name !== "system") document.documentElement.dataset.theme = name;
  document.dispatchEvent(new CustomEvent("farmsight:theme"));
}
