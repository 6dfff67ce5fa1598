/*
 * What preceded a cause takes longer to find than the page takes to show: it is asked for afterwards, and put where its
 * place is. The next time the page has it from the beginning.
 */
let asked = "";

async function look() {
  const causes = document.querySelector("[data-look]");
  if (!causes || causes.dataset.look === asked) return;
  asked = causes.dataset.look;
  try {
    const answer = await fetch(asked, { headers: { "HX-Request": "true" }, redirect: "error" });
    if (!answer.ok) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const one of found.querySelectorAll("[id]")) {
      document.getElementById(one.id)?.replaceWith(document.adoptNode(one));
    }
  } catch {
    /* the page is whole without it */
  }
}

document.addEventListener("farmsight:renewed", () => {
  asked = "";
  look();
});
/* Who comes by a link to a cause sees what is in it. */
function reveal() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let one = named; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (named) named.scrollIntoView();
}

window.addEventListener("hashchange", reveal);
reveal();
look();
