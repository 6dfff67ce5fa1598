/*
 * The time slider. It steps from change to change; states of instants are asked for a few at a time, once each, and the
 * next ones while the current one is looked at. When it rests, the rest of the view follows the map.
 */
const AT_ONCE = 6;
const PLAY_MS = 900;
const REST_MS = 900;
const WHOLE = 1000000;
const KEPT = 400; // instants that are remembered

export class Clock {
  constructor(board) {
    this.board = board;
    this.states = new Map();
    this.asked = new Map();
  }

  begin(kept) {
    const place = document.getElementById("time");
    const slider = document.getElementById("instant");
    if (!place || !slider || place.dataset.still) return;
    this.place = place;
    this.start = Date.parse(place.dataset.begin);
    this.end = Date.parse(place.dataset.end);
    const words = JSON.parse(document.getElementById("marks-words").textContent);
    const stops = JSON.parse(document.getElementById("marks-data").textContent)
      .map((at, index) => ({ at: at.replace(" ", "T"), words: words[index] }))
      .map((one) => ({ ...one, ms: Date.parse(one.at) }));
    const last = { at: place.dataset.end, ms: this.end, words: "the end of the span" };
    this.stops = [{ at: place.dataset.begin, ms: this.start, words: "the beginning of the span" }, ...stops];
    if (!stops.length || stops.at(-1).ms < this.end) this.stops.push(last);
    this.index = this.indexOf(Date.parse(place.dataset.at));
    if (!kept) this.states.clear();
    if (this.slider === slider) return this.draw();
    this.slider = slider;
    document.body.classList.add("with-time");
    slider.addEventListener("input", () => this.to(this.near(Number(slider.value)), true));
    slider.addEventListener("change", () => this.rest());
    const play = document.getElementById("play");
    play.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    place.addEventListener("click", (event) => {
      const id = event.target.closest("a")?.id;
      if (id !== "earlier" && id !== "later") return;
      event.preventDefault();
      this.step(id === "earlier" ? -1 : 1);
    });
    this.draw();
  }

  /* The last stop that is not after an instant. */
  indexOf(ms) {
    let found = 0;
    this.stops.forEach((one, index) => { if (one.ms <= ms) found = index; });
    return found;
  }

  near(value) {
    const ms = this.start + ((this.end - this.start) * value) / WHOLE;
    let best = 0;
    this.stops.forEach((one, index) => {
      if (Math.abs(one.ms - ms) < Math.abs(this.stops[best].ms - ms)) best = index;
    });
    return best;
  }

  key(event) {
    if (!this.slider?.isConnected) return false;
    const sliding = event.target === this.slider;
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    if (event.key === "[") this.step(-1);
    else if (event.key === "]") this.step(1);
    else if (event.key === "p") this.playing ? this.stop() : this.play();
    else if (sliding && steps[event.key]) this.step(steps[event.key]);
    else if (sliding && event.key === "Home") this.step(-this.stops.length);
    else if (sliding && event.key === "End") this.step(this.stops.length);
    else return false;
    return true;
  }

  step(by) {
    this.stop();
    this.to(Math.min(Math.max(this.index + by, 0), this.stops.length - 1));
    this.rest();
  }

  async to(index, dragged) {
    this.index = index;
    if (!dragged) this.draw();
    else this.say();
    const stop = this.stops[index];
    try {
      const state = await this.state(index);
      if (this.stops[this.index] === stop) this.show(state);
    } catch {
      this.told("This instant could not be shown; the collector did not answer.");
    }
  }

  draw() {
    const stop = this.stops[this.index];
    this.slider.value = Math.round((WHOLE * (stop.ms - this.start)) / (this.end - this.start));
    this.say();
  }

  say() {
    const stop = this.stops[this.index];
    const at = `${new Date(stop.ms).toISOString().slice(0, 16).replace("T", " ")}Z`;
    this.slider.setAttribute("aria-valuetext", `${at}: ${stop.words}`);
    const time = document.querySelector("#instant-said time");
    if (time) {
      time.textContent = at;
      time.dateTime = stop.at;
    }
    this.told(stop.words);
    const now = document.querySelector("#instant-said .soft");
    if (now) now.hidden = this.index !== this.stops.length - 1;
    const here = document.querySelector(".slide .here");
    const part = `${(100 * (stop.ms - this.start)) / (this.end - this.start)}%`;
    for (const end of ["x1", "x2"]) here?.setAttribute(end, part);
  }

  told(words) {
    const place = document.getElementById("change-said");
    place.textContent = words;
    place.title = words;
  }

  show(state) {
    this.board.patch(state);
    const line = document.getElementById("verdict-line");
    if (line) line.textContent = state.line;
  }

  /* The states at a stop, asked for with those that come next. */
  async state(index) {
    const known = this.states.get(this.stops[index].at);
    const wanted = this.stops.slice(index, index + AT_ONCE).map((one) => one.at)
      .filter((at) => !this.states.has(at) && !this.asked.has(at));
    if (wanted.length && (!known || wanted.length >= AT_ONCE / 2)) this.ask(wanted);
    return known ?? this.asked.get(this.stops[index].at).then(() => this.states.get(this.stops[index].at));
  }

  ask(instants) {
    const here = new URL(location.href);
    here.searchParams.delete("open");
    here.searchParams.set("at", this.place.dataset.end);
    here.searchParams.set("until", this.place.dataset.end);
    for (const at of instants) here.searchParams.append("instant", at);
    const answer = fetch(this.place.dataset.part + here.search, { headers: { "HX-Request": "true" }, redirect: "error" })
      .then((reply) => {
        if (!reply.ok) throw new Error(`status ${reply.status}`);
        return reply.text();
      })
      .then((text) => {
        const told = new DOMParser().parseFromString(text, "text/html").querySelector("script").textContent;
        JSON.parse(told).forEach((state, index) => this.states.set(instants[index], state));
        while (this.states.size > KEPT) this.states.delete(this.states.keys().next().value);
      })
      .finally(() => instants.forEach((at) => this.asked.delete(at)));
    for (const at of instants) this.asked.set(at, answer);
    answer.catch(() => {});
  }

  play() {
    this.stop();
    if (this.index >= this.stops.length - 1) this.index = 0;
    this.playing = true;
    this.button("Stop");
    const next = async () => {
      if (!this.playing) return;
      const begun = performance.now();
      await this.to(this.index + 1);
      if (!this.playing) return;
      if (this.index >= this.stops.length - 1) return this.stop() && this.rest();
      this.timer = setTimeout(next, Math.max(100, PLAY_MS - (performance.now() - begun)));
    };
    next();
  }

  stop() {
    if (!this.playing) return false;
    this.playing = false;
    clearTimeout(this.timer);
    this.button("Play");
    this.rest();
    return true;
  }

  button(word) {
    const play = document.getElementById("play");
    play.textContent = word;
    play.setAttribute("aria-pressed", String(word === "Stop"));
  }

  /* Puts the instant into the address at once, and lets the whole view follow when nobody steps on. */
  rest() {
    const stop = this.stops[this.index];
    const here = new URL(location.href);
    here.searchParams.set("at", stop.at);
    here.searchParams.set("until", this.place.dataset.end);
    history.replaceState(history.state, "", here);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.follow(), REST_MS);
  }

  async follow() {
    if (this.playing || !window.htmx) return;
    const { index } = this;
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, redirect: "error" }).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    if (!text.includes('id="view"') || this.playing || this.index !== index) return;
    const told = new DOMParser().parseFromString(text, "text/html");
    for (const place of [".strips", "#instant-menu", ".foot"]) {
      const now = told.querySelector(place);
      if (now) document.querySelector(place)?.replaceWith(document.adoptNode(now));
    }
    document.title = told.title;
    const view = document.getElementById("view");
    await window.htmx.swap({
      sourceElement: view, target: view, text, select: "#view", swap: "outerMorph ignoreTitle:true", request: {},
    });
    document.dispatchEvent(new CustomEvent("farmsight:renewed", { detail: { kept: true } }));
  }
}
