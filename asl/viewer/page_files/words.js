// Texts as they are shown: what steers a terminal or turns the direction of writing is made visible, long ones are cut.

const HIDDEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** @type {(text: string) => string} A text of which nothing acts, of several lines. */
export function visible(text) {
  return text.toWellFormed().replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** @type {(text: string) => string} The same on one line. */
export function oneLine(text) {
  return visible(text).replace(/[\n\t]/g, " ");
}

/** @type {(text: string, width: number, measure: (text: string) => number) => string} */
export function cut(text, width, measure) {
  const whole = oneLine(text).slice(0, 200);
  if (measure(whole) <= width) return whole;
  let [fits, over] = [0, whole.length];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (measure(`${whole.slice(0, middle)}…`) <= width) fits = middle;
    else over = middle;
  }
  return `${whole.slice(0, fits)}…`;
}

/**
 * Lines of a text: broken between words, within a word that is too long before capitals; the last is cut.
 * @param {string} text
 * @param {number} width
 * @param {number} most
 * @param {(text: string) => number} measure
 */
export function wrapped(text, width, most, measure) {
  const words = oneLine(text).slice(0, 400).match(/\s*\S+/g) ?? [""];
  const parts = words.flatMap((word) => (measure(word.trim()) <= width ? [word] : (word.match(PART) ?? [word])));
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const [index, part] of parts.entries()) {
    const longer = line ? line + part : part.trimStart();
    if (line && measure(longer) > width) {
      if (lines.length === most - 1) return [...lines, cut(line + parts.slice(index).join(""), width, measure)];
      lines.push(line);
      line = part.trimStart();
    } else line = longer;
  }
  return [...lines, cut(line, width, measure)];
}

const PART = /\s*(?:[A-Z]+(?![a-z])|[A-Z]?[^\sA-Z_.-]+[_.-]?|\S)/g;

/** @type {(seconds: number) => string} A time that has passed: `340 ms`, `12.5 s`, `4 m 10 s`, `2 d 3 h`. */
export function passed(seconds) {
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const units = /** @type {const} */ ([["d", 86400], ["h", 3600], ["m", 60], ["s", 1]]);
  const first = units.findIndex(([, size]) => seconds >= size);
  let rest = Math.round(seconds);
  const shown = units.slice(first, first + 2).map(([unit, size], index) => {
    const count = index === 0 ? Math.floor(rest / size) : Math.round(rest / size);
    rest -= count * size;
    return count || index === 0 ? `${count} ${unit}` : "";
  });
  return shown.filter(Boolean).join(" ");
}

/** @type {(usd: number) => string} */
export function dollars(usd) {
  const cents = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return usd >= 1 ? `$${usd.toLocaleString("en", cents)}` : `$${Number(usd.toPrecision(3))}`;
}

/** @type {(count: number, noun: string) => string} `1 state`, `2,000 states`. */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** @type {(seconds: number) => string} An instant, of Unix seconds: `2025-01-01 03:00:20.546Z`. */
export function instant(seconds) {
  return new Date(seconds * 1000).toISOString().replace("T", " ");
}
