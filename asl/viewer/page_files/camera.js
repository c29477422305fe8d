// Which part of the picture is seen, and how large: by mouse, wheel, fingers and keys.

/** @typedef {{ x: number, y: number, zoom: number }} Look */

const LEAST = 0.05;
const MOST = 3;
const READABLE = 0.85;
const MARGIN = 16;

export class Camera {
  /**
   * @param {SVGSVGElement} window_ What it is seen through.
   * @param {SVGGElement} picture
   */
  constructor(window_, picture) {
    this.window = window_;
    this.picture = picture;
    this.size = { width: 1, height: 1 };
    /** @type {Look} */
    this.look = { x: 0, y: 0, zoom: 1 };
    /** @type {() => void} */
    this.changed = () => {};
    /** @type {Map<number, { x: number, y: number }>} */
    this.fingers = new Map();
    this.moved = 0;
    window_.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    window_.addEventListener("pointerdown", (event) => this.down(event));
    window_.addEventListener("pointermove", (event) => this.move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
      window_.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
  }

  /** @param {Look} look */
  set(look) {
    if (this.isOnPaper()) return;
    const zoom = Math.min(MOST, Math.max(LEAST, look.zoom));
    const { clientWidth, clientHeight } = this.window;
    // Some of the picture always stays in sight.
    const within = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ room) =>
      Math.min(room - 60, Math.max(60 - size * zoom, at));
    const { width, height } = this.size;
    this.look = { x: within(look.x, width, clientWidth), y: within(look.y, height, clientHeight), zoom };
    this.picture.setAttribute("transform", `translate(${this.look.x} ${this.look.y}) scale(${zoom})`);
    this.changed();
  }

  /** The whole picture. */
  fit() {
    const { clientWidth, clientHeight } = this.window;
    const { width, height } = this.size;
    const zoom = Math.min(1, (clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height);
    this.set({ zoom, x: (clientWidth - width * zoom) / 2, y: Math.max(MARGIN, (clientHeight - height * zoom) / 2) });
  }

  isOnPaper() {
    return this.window.hasAttribute("viewBox");
  }

  /** The whole picture, as large as paper has room, which is known only when the page lies on it. */
  print() {
    const before = this.look;
    this.fit();
    this.look = before;
    const { width, height } = this.size;
    this.picture.removeAttribute("transform");
    this.window.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`);
  }

  /** Back from paper, to where it was. */
  unprint() {
    this.window.removeAttribute("viewBox");
    this.set(this.look);
  }

  /** The beginning, as large as it can be read. @param {number} at Where the beginning is. */
  begin(at) {
    const { clientWidth, clientHeight } = this.window;
    const { width, height } = this.size;
    const whole = Math.min(1, (clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height);
    if (whole >= READABLE) return this.fit();
    const zoom = Math.max(READABLE, Math.min(1, (clientWidth - 2 * MARGIN) / width));
    const fits = width * zoom <= clientWidth;
    this.set({ zoom, x: fits ? (clientWidth - width * zoom) / 2 : clientWidth / 2 - at * zoom, y: MARGIN });
  }

  /** @param {import("./types.d.ts").Rectangle} box So that it is seen, moved no further than needed. */
  show(box) {
    const { clientWidth, clientHeight } = this.window;
    const zoom = Math.max(this.look.zoom, READABLE);
    const near = (/** @type {number} */ at, /** @type {number} */ start, /** @type {number} */ size, /** @type {number} */ room) => {
      const margin = Math.min(60, room / 6);
      const [first, last] = [at + start * zoom, at + (start + size) * zoom];
      if (zoom === this.look.zoom && first >= margin && last <= room - margin) return at;
      return (room - size * zoom) / 2 - start * zoom;
    };
    this.set({ zoom, x: near(this.look.x, box.x, box.w, clientWidth), y: near(this.look.y, box.y, Math.min(box.h, clientHeight / zoom), clientHeight) });
  }

  /** @param {number} factor @param {{ x: number, y: number }} [at] What stays where it is. */
  zoom(factor, at = { x: this.window.clientWidth / 2, y: this.window.clientHeight / 2 }) {
    const zoom = Math.min(MOST, Math.max(LEAST, this.look.zoom * factor));
    const by = zoom / this.look.zoom;
    this.set({ zoom, x: at.x - (at.x - this.look.x) * by, y: at.y - (at.y - this.look.y) * by });
  }

  /** @param {number} x @param {number} y */
  pan(x, y) {
    this.set({ ...this.look, x: this.look.x + x, y: this.look.y + y });
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const { left, top } = this.window.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey)
      this.zoom(Math.exp(-event.deltaY * lines * 0.008), { x: event.clientX - left, y: event.clientY - top });
    else this.pan(-event.deltaX * lines, -event.deltaY * lines);
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.fingers.size === 1) this.moved = 0;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.fingers.set(event.pointerId, now);
    this.moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    // Only what is dragged is captured: a click is to reach what it is on.
    if (this.moved > 4 && !this.window.hasPointerCapture(event.pointerId)) this.window.setPointerCapture(event.pointerId);
    const [one, two] = [...this.fingers.values()];
    if (one && two) {
      const other = before === one || now === one ? two : one;
      const { left, top } = this.window.getBoundingClientRect();
      const apart = (/** @type {{ x: number, y: number }} */ at) => Math.hypot(at.x - other.x, at.y - other.y) || 1;
      this.zoom(apart(now) / apart(before), { x: (now.x + other.x) / 2 - left, y: (now.y + other.y) / 2 - top });
    } else this.pan(now.x - before.x, now.y - before.y);
  }
}
