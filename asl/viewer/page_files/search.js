// A state by some of its name, or of what it calls: keys first.
import { byId, html } from "./dom.js";
import { oneLine } from "./words.js";

const MOST = 12;

/**
 * @typedef {import("./definition.js").Place} Place
 */

export class Search {
  /**
   * @param {() => Iterable<Place>} places
   * @param {(path: string) => void} found
   */
  constructor(places, found) {
    this.places = places;
    this.found = found;
    /** @type {Place[]} */
    this.rows = [];
    this.at = 0;
    this.input = byId(HTMLInputElement, "search");
    this.list = byId(HTMLElement, "matches");
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => this.look());
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  look() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const scored = [];
    for (const place of words.length ? this.places() : []) {
      const name = place.box.name.toLowerCase();
      const text = [name, place.box.type, place.box.service, place.box.target].join(" ").toLowerCase();
      if (words.every((word) => text.includes(word)))
        scored.push({ place, score: words[0] && name.startsWith(words[0]) ? 0 : name.includes(words[0] ?? "") ? 1 : 2 });
    }
    this.rows = scored.sort((a, b) => a.score - b.score).slice(0, MOST).map((one) => one.place);
    this.at = 0;
    this.show(words.length > 0);
  }

  /** @param {boolean} open */
  show(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (this.rows.length) this.input.setAttribute("aria-activedescendant", `match-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
    const rows = this.rows.map(({ box, around }, index) =>
      html(
        "li",
        {
          role: "option", id: `match-${index}`, "aria-selected": String(index === this.at),
          // Before the field loses the focus, and the list with it.
          mousedown: (event) => {
            event.preventDefault();
            this.take(index);
          },
        },
        html("strong", {}, oneLine(box.name)), ` ${[box.type, box.target, around.at(-1)?.name].filter(Boolean).join(" · ")}`,
      ),
    );
    this.list.replaceChildren(...(rows.length ? rows : [html("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "No state has that in its name.")]));
  }

  close() {
    this.show(false);
  }

  /** @param {number} index */
  take(index) {
    const place = this.rows[index];
    if (!place) return;
    this.input.value = "";
    this.close();
    this.input.blur();
    this.found(place.box.path);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const count = Math.max(1, this.rows.length);
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      this.show(true);
      event.preventDefault();
    } else if (event.key === "Enter") this.take(this.at);
    else if (event.key === "Escape") {
      this.input.value = "";
      this.input.blur();
    }
    event.stopPropagation();
  }
}
