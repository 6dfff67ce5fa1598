/* The stage on which the map lies: closer, farther, moved; its place stands in the address, as ?view=scale,x,y. */
const STEP = 60;

export class Board {
  begin() {
    const frame = document.getElementById("map-frame");
    if (!frame) return;
    this.map = frame.querySelector("svg.map");
    if (this.frame === frame && this.held === this.map) return this.again();
    this.frame = frame;
    this.held = this.map;
    if (frame.dataset.panzoom) import(frame.dataset.panzoom).then((library) => this.hold(library.default));
  }

  hold(Panzoom) {
    this.panzoom?.destroy();
    document.body.classList.add("with-zoom");
    const place = this.kept();
    this.panzoom = Panzoom(this.map, {
      minScale: 0.3, maxScale: 6, step: 0.25, canvas: true, cursor: "grab", origin: "0 0",
      startScale: place[0], startX: place[1], startY: place[2], noBind: false,
      handleStartEvent: (event) => { if (event.button) throw new Error("another button"); },
    });
    this.frame.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) this.panzoom.zoomWithWheel(event);
    }, { passive: false });
    document.getElementById("zoom").addEventListener("click", (event) => this.button(event.target.closest("[data-zoom]")?.dataset.zoom));
    this.frame.addEventListener("pointerdown", (event) => { this.from = [event.clientX, event.clientY]; this.dragged = false; });
    this.frame.addEventListener("pointerup", (event) => {
      this.dragged = Boolean(this.from) && Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) > 5;
      this.from = undefined;
      setTimeout(() => { this.dragged = false; });
    });
    this.map.addEventListener("panzoomchange", () => this.keep());
    this.map.addEventListener("focusin", (event) => this.show(event.target));
  }

  /* After the view was renewed: the server knows of no place. */
  again() {
    if (!this.panzoom) return;
    const { x, y } = this.panzoom.getPan();
    this.panzoom.zoom(this.panzoom.getScale(), { force: true, silent: true });
    this.panzoom.pan(x, y, { force: true, silent: true });
  }

  kept() {
    const told = (new URL(location.href).searchParams.get("view") ?? "").split(",").map(Number);
    const fine = told.length === 3 && told.every(Number.isFinite) && told[0] >= 0.3 && told[0] <= 6;
    return fine ? told : [1, 0, 0];
  }

  keep() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      const here = new URL(location.href);
      const { x, y } = this.panzoom.getPan();
      const scale = this.panzoom.getScale();
      if (scale === 1 && !x && !y) here.searchParams.delete("view");
      else here.searchParams.set("view", [scale.toFixed(2), x.toFixed(0), y.toFixed(0)].join(","));
      history.replaceState(history.state, "", here);
    }, 300);
  }

  /* What is focused by key is brought into the frame. */
  show(element) {
    const thing = element.closest?.("a.node");
    if (!thing || !this.panzoom) return;
    clearTimeout(this.later);
    this.frame.scrollTop = 0;
    this.frame.scrollLeft = 0;
    const [outer, inner] = [this.frame.getBoundingClientRect(), thing.getBoundingClientRect()];
    const scale = this.panzoom.getScale();
    const over = (low, high, least, most) => (low < least ? least - low + 20 : high > most ? most - high - 20 : 0);
    const x = over(inner.left, inner.right, outer.left, outer.right);
    const y = over(inner.top, inner.bottom, outer.top, outer.bottom);
    if (x || y) this.panzoom.pan(x / scale, y / scale, { relative: true });
  }

  button(what) {
    if (what === "in") this.panzoom.zoomIn();
    if (what === "out") this.panzoom.zoomOut();
    if (what === "fit") this.fit();
  }

  /* As large as all of it is seen, and no larger than it was at first. */
  fit() {
    this.frame.scrollTop = 0;
    this.frame.scrollLeft = 0;
    const { clientHeight, clientWidth } = this.frame;
    const { clientHeight: height, clientWidth: width } = this.map;
    this.panzoom.zoom(Math.max(0.3, Math.min(1, clientHeight / height, clientWidth / width)), { animate: true });
    this.panzoom.pan(0, 0, { animate: true });
  }

  key(event) {
    if (!this.panzoom || !this.frame.contains(event.target)) return false;
    const scale = this.panzoom.getScale();
    const moves = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    if (event.key === "+" || event.key === "=") this.panzoom.zoomIn();
    else if (event.key === "-") this.panzoom.zoomOut();
    else if (event.key === "0") this.fit();
    else if (moves[event.key]) this.panzoom.pan(moves[event.key][0] / scale, moves[event.key][1] / scale, { relative: true });
    else return false;
    return true;
  }

  /* Shows another instant: nothing but classes and words changes. */
  patch(state) {
    if (!this.map) return;
    const picked = new URL(location.href).searchParams.get("open");
    for (const [kind, told] of [["node", state.nodes], ["line", state.lines]]) {
      for (const thing of this.map.querySelectorAll(`a.${kind}`)) this.thing(thing, told[thing.id], picked);
    }
    for (const text of this.map.querySelectorAll("text.took")) text.textContent = state.times[text.id] ?? "";
  }

  thing(thing, told, picked) {
    if (!told) {
      thing.classList.add("absent");
      return;
    }
    const [classes, name, sign, rest] = told;
    thing.setAttribute("class", thing.id === picked ? `${classes} picked` : classes);
    thing.setAttribute("aria-label", name);
    thing.querySelector("title").textContent = name;
    thing.querySelector("use")?.setAttribute("href", `#sign-${sign}`);
    if (typeof rest === "string") {
      const words = thing.querySelector(".words, .count");
      if (words) words.textContent = rest;
      return;
    }
    for (const strand of thing.querySelectorAll(".strand")) {
      strand.setAttribute("class", rest[strand.id] ?? "strand absent");
    }
  }
}
