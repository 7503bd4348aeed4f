// @ts-check
/** Small helpers to build and patch elements; nothing is parsed from text that a user wrote. */

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; `on` holds listeners, `text` the text, false and null leave one out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "text") node.textContent = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/**
 * Replace the children of an element; false, null and empty text are left out.
 * @param {Element} node
 * @param {...(Node|string|null|undefined|false)} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...children.filter((child) => Boolean(child)).map((child) => /** @type {Node|string} */ (child)));
}

/**
 * Set text only when it differs, so that a screen reader hears changes only and a selection survives.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Show markup that kerasnas drew itself (SVG, a table); written only when it changed.
 * @param {HTMLElement} node
 * @param {string} markup
 */
export function setMarkup(node, markup) {
  const held = /** @type {any} */ (node);
  if (held.knMarkup === markup) return false;
  held.knMarkup = markup;
  node.innerHTML = markup;
  return true;
}

/**
 * @param {HTMLElement} node
 * @param {boolean} shown
 */
export function show(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

const SHAPES = /** @type {Record<string, string>} */ ({
  new: "M8 3a5 5 0 100 10A5 5 0 008 3z",
  busy: "M8 2a6 6 0 106 6h-2a4 4 0 11-4-4z",
  play: "M5 3l8 5-8 5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  stop: "M4 4h8v8H4z",
  done: "M3 8.5l1.6-1.6L7 9.3l4.6-5L13.2 6 7 12.5z",
  warn: "M8 2l6.5 12h-13zM7.2 6.5v3.6h1.6V6.5zM7.2 11v1.6h1.6V11z",
});

/** The shape that goes with a state: a second sign beside its colour and its name. */
const OF_STATE = /** @type {Record<string, string>} */ ({
  new: "new", starting: "busy", created: "busy", running: "play", paused: "pause", stopping: "busy",
  finalising: "busy", finished: "done", stopped: "stop", failed: "warn", lost: "warn",
});

/**
 * A 14 px sign, hidden from screen readers: a word always stands beside it.
 * @param {string} name a state's name or a shape's
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: "14", height: "14", class: "kn-icon", "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[OF_STATE[name] ?? name] ?? SHAPES.new);
  path.setAttribute("fill-rule", "evenodd");
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/**
 * A button that copies a text and says so in its own label.
 * @param {() => string} text
 * @param {string} label
 */
export function copyButton(text, label) {
  const button = h("button", { type: "button", class: "kn-button kn-quiet", text: label });
  button.addEventListener("click", async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      said = "Select the text and copy it: this page may not";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = label; }, 2500);
  });
  return button;
}
