/*
 * Renews the view when the farm changed. Events come from the server; the view is asked for again and morphed into the
 * one that is there, so that focus, scrolling, open details and what somebody types stay. Only a page that shows "now"
 * does so. A hidden tab listens to nothing (browsers allow few connections to a host) and looks when it is seen again.
 *
 * Modules of pages hear "farmsight:renewed" on the document after each renewal.
 */
const SILENT_MS = 25000; // the server says something every 10 s
const AT_MOST_EVERY_MS = 1000;
const LOOK_MS = 2000;

export function live() {
  if (document.body.dataset.live !== "yes") return;
  keepWhatIsOpen();
  new Renewal(document.body.dataset.farm ?? "").start();
}

/* A <details> that somebody opened stays open, whatever the server thinks. */
function keepWhatIsOpen() {
  window.htmx?.registerExtension("farmsight", {
    htmx_before_morph_attr: (element, detail) =>
      !(detail.attrName === "open" && (element.tagName === "DETAILS" || element.tagName === "DIALOG")),
  });
}

class Renewal {
  constructor(farm) {
    this.address = `/live?farm=${encodeURIComponent(farm)}`;
    this.stale = document.getElementById("stale");
    this.renewed = new Date();
    this.heard = performance.now();
    this.last = -Infinity;
    this.pending = 0;
    this.busy = false;
    this.ended = "";
  }

  start() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open(true)));
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.open(true));
    window.addEventListener("online", () => this.open(true));
    setInterval(() => this.look(), LOOK_MS);
    if (!document.hidden) this.open(false);
  }

  open(changed) {
    if (this.ended) return;
    this.close();
    this.heard = performance.now();
    this.source = new EventSource(this.address);
    this.source.addEventListener("here", () => this.hear(() => this.missed && this.soon()));
    this.source.addEventListener("still", () => this.hear());
    this.source.addEventListener("changed", () => this.hear(() => this.soon()));
    this.source.addEventListener("ends", () => this.say("The collector was stopped"));
    this.source.addEventListener("signed-out", () => this.end("You were signed out"));
    this.source.addEventListener("error", () => this.lost());
    if (changed) this.soon();
  }

  close() {
    this.source?.close();
    this.source = undefined;
  }

  hear(then) {
    this.heard = performance.now();
    then?.();
    if (!this.missed && !this.busy) this.hush();
  }

  lost() {
    this.missed = true;
    this.say("The collector does not answer");
    if (this.source?.readyState === EventSource.CLOSED) {
      this.close(); // the browser tries no more: 401, 503
      clearTimeout(this.again);
      this.again = setTimeout(() => !document.hidden && this.open(true), 5000);
    }
  }

  look() {
    if (document.hidden || this.ended) return;
    if (performance.now() - this.heard < SILENT_MS) return;
    this.missed = true;
    this.say("Nothing was heard of the collector");
    this.open(true); // after sleep a connection is often dead without knowing it
  }

  /* Asks for the view, at most once a second, never twice at once. */
  soon() {
    if (this.pending || this.ended) return;
    const wait = Math.max(0, this.last + AT_MOST_EVERY_MS - performance.now());
    this.pending = setTimeout(() => {
      this.pending = 0;
      this.renew();
    }, wait);
  }

  async renew() {
    if (this.busy) return this.soon();
    this.busy = true;
    this.last = performance.now();
    try {
      const answer = await fetch(location.href, {
        headers: { "Farmsight-Renewal": "1", "HX-Request": "true" },
        redirect: "error",
        signal: AbortSignal.timeout(30000),
      });
      if (answer.status === 401) return this.end("You were signed out");
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      await this.show(await answer.text());
    } catch {
      this.missed = true;
      this.say("The view could not be renewed");
      setTimeout(() => this.soon(), 5000);
    } finally {
      this.busy = false;
    }
  }

  async show(text) {
    const view = document.getElementById("view");
    if (!window.htmx || !text.includes('id="view"')) return this.offer();
    await window.htmx.swap({
      sourceElement: view, target: view, text, select: "#view", swap: "outerMorph ignoreTitle:true", request: {},
    });
    const told = new DOMParser().parseFromString(text, "text/html");
    document.title = told.title;
    const asOf = told.getElementById("as-of");
    if (asOf) document.getElementById("as-of")?.replaceWith(document.adoptNode(asOf));
    this.renewed = new Date();
    this.missed = false;
    this.hush();
    document.dispatchEvent(new CustomEvent("farmsight:renewed"));
  }

  /* Without the library that morphs, nothing is swapped under somebody's hands. */
  offer() {
    this.say("The farm changed: load the page again");
  }

  end(why) {
    this.ended = why;
    this.close();
    this.say(why, '/sign-in?next=' + encodeURIComponent(location.pathname + location.search));
  }

  say(why, address) {
    const at = this.renewed.toISOString().slice(11, 19);
    this.stale.replaceChildren(`${why}; this view was last renewed at ${at}Z. `);
    if (address) {
      const link = document.createElement("a");
      link.href = address;
      link.textContent = "Sign in again";
      this.stale.append(link);
    }
    this.stale.hidden = false;
    document.body.classList.add("is-stale");
  }

  hush() {
    this.stale.hidden = true;
    document.body.classList.remove("is-stale");
  }
}
