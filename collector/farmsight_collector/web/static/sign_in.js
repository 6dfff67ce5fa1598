/* The address that the collector prints carries the token behind "#", which browsers send nobody. */
const field = document.getElementById("token");
const token = decodeURIComponent(location.hash.slice(1));
if (field && token.startsWith("fsw1.")) {
  field.value = token;
  history.replaceState(null, "", location.pathname + location.search); // out of the history, and of what is shared
  document.querySelector("#sign-in button").focus();
}
