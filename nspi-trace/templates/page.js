"use strict";
// Everything can be read without this script; it adds hovering, keys, copying, and opens all folds for printing.

const number = new Intl.NumberFormat("en");
const plural = (count, word) => `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;
const clock = (microseconds) => new Date(microseconds / 1000).toISOString().slice(11, 23);

/** A chart: the stops that hover and keys move through are changes and refusals, in the order of time. */
class Chart {
  constructor(element) {
    this.element = element;
    this.data = JSON.parse(element.dataset.chart);
    this.readout = element.parentElement.querySelector(".readout");
    this.cursor = element.querySelector(".cursor");
    this.dot = element.querySelector(".dot");
    this.stops = [
      ...this.data.points.map(([at, low, high, last]) => ({ at, y: last, text: this.change(at, low, high, last) })),
      ...this.data.refusals.map((refusal) => ({ at: refusal.at, y: refusal.held, refused: true, text: this.refusal(refusal) })),
    ].sort((one, other) => one.at - other.at || Boolean(one.refused) - Boolean(other.refused));
    this.at = -1;
    element.addEventListener("pointermove", (event) => this.hover(event));
    element.addEventListener("pointerdown", (event) => this.hover(event));
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("focus", () => this.at < 0 && this.move(0));
  }

  change(at, low, high, last) {
    const range = low < Math.min(last, high) || high > last ? `, between ${number.format(low)} and ${number.format(high)} here` : "";
    const cap = this.data.cap === null ? "" : `; the cap is ${number.format(this.data.cap)}`;
    return `${clock(this.data.start + at)}: ${plural(last, "session")} open${range}${cap}`;
  }

  refusal({ at, held, count, frame, client }) {
    const more = count > 1 ? ` and ${plural(count - 1, "more refusal")} close to it` : "";
    return `${clock(this.data.start + at)}: refused, with ${plural(held, "session")} open; from ${client}, packet ${frame}${more}`;
  }

  x(at) {
    const { left, right, span } = this.data;
    return left + (span === 0 ? 0 : (at / span) * (right - left));
  }

  y(sessions) {
    const { top, bottom, most } = this.data;
    return bottom - (Math.min(sessions, most) / most) * (bottom - top);
  }

  hover(event) {
    const box = this.element.querySelector("svg").getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.data.width;
    let nearest = -1;
    let least = Infinity;
    this.stops.forEach((stop, index) => {
      // A refusal wins over the change beside it.
      const distance = Math.abs(this.x(stop.at) - x) - (stop.refused ? 4 : 0);
      if (distance < least) [nearest, least] = [index, distance];
    });
    this.move(nearest);
  }

  key(event) {
    const refused = (from, step) => {
      for (let index = from + step; index >= 0 && index < this.stops.length; index += step) {
        if (this.stops[index].refused) return index;
      }
      return from;
    };
    const moves = {
      ArrowRight: () => this.at + 1, ArrowLeft: () => this.at - 1, PageDown: () => this.at + 10, PageUp: () => this.at - 10,
      Home: () => 0, End: () => this.stops.length - 1, ArrowDown: () => refused(this.at, 1), ArrowUp: () => refused(this.at, -1),
    };
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in moves)) return;
    event.preventDefault();
    this.move(moves[event.key]());
  }

  move(to) {
    if (this.stops.length === 0) return;
    this.at = Math.max(0, Math.min(to, this.stops.length - 1));
    const stop = this.stops[this.at];
    const x = this.x(stop.at).toFixed(1);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.dot.setAttribute("cx", x);
    this.dot.setAttribute("cy", this.y(stop.y).toFixed(1));
    this.element.classList.add("pointed");
    this.readout.textContent = stop.text; // aria-live: it is announced
  }
}

document.querySelectorAll("[data-chart]").forEach((element) => new Chart(element));

document.querySelectorAll(".filter").forEach((filter) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the display filter");
  button.addEventListener("click", async () => {
    const code = filter.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code); // no clipboard here: select it, and ask the browser the old way
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  filter.append(button);
});

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((details) => (details.open = true));
});
addEventListener("afterprint", () => folded.forEach((details) => (details.open = false)));
