// @ts-check
/** The leaderboard: a grid of trials that is read by keys, sorted by its headers, and holds a window of rows only. */
import { fill, h, icon, setMarkup, setText, show } from "./dom.js";
import { covers, leadsTo, windowStart } from "./grid.js";
import { linkOf } from "./link.js";

const ROW_PX = 30;
const SEEN = 12;

/** @param {{model: any, el: HTMLElement}} context */
async function render({ model, el }) {
  const link = await linkOf(model);
  const header = h("tr", { "aria-rowindex": "1" });
  const body = h("tbody");
  const above = h("tr", { "aria-hidden": "true", class: "kn-spacer" });
  const below = h("tr", { "aria-hidden": "true", class: "kn-spacer" });
  const grid = h("table", { role: "grid", "aria-label": "Leaderboard", class: "kn-grid" }, h("thead", {}, header), body);
  const scroller = h("div", { class: "kn-scroller" }, grid);
  const empty = h("p", { class: "kn-empty", text: "No trial yet. The first row appears when the first trial starts." });
  const detail = h("div", { class: "kn-detail", "aria-live": "polite" });
  el.append(h("section", { class: "kn kn-leaderboard", "aria-label": "Trials" }, empty, scroller, detail));

  /** @type {Map<number, HTMLElement>} rows by trial number: a row that stays keeps its element, and so its focus */
  const rows = new Map();
  let at = { row: 1, column: 0 };
  let asked = -1;

  const board = () => link.parts.board ?? { start: 0, total: 0, rows: [], columns: [], sort: "", descending: true };

  /** @param {Set<string>} changed */
  const draw = (changed) => {
    if (changed.has("board")) drawBoard();
    if (changed.has("selection") || changed.has("board")) drawSelection();
    if (changed.has("detail") || changed.has("selection")) drawDetail();
  };

  const drawBoard = () => {
    const { start, total, rows: window, columns } = board();
    asked = -1;
    show(empty, !total);
    show(scroller, Boolean(total));
    grid.setAttribute("aria-rowcount", String(total + 1));
    grid.setAttribute("aria-colcount", String(columns.length));
    drawHeader(columns);
    const focused = body.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    const kept = new Set();
    const wanted = window.map((/** @type {any} */ row, /** @type {number} */ offset) => {
      kept.add(row.number);
      return drawRow(row, start + offset + 1, columns);
    });
    for (const number of [...rows.keys()]) if (!kept.has(number)) rows.delete(number);
    const held = [...body.children].slice(1, -1);
    if (held.length !== wanted.length || wanted.some((/** @type {Element} */ row, /** @type {number} */ k) => row !== held[k])) body.replaceChildren(above, ...wanted, below);
    above.style.height = `${start * ROW_PX}px`;
    below.style.height = `${Math.max(0, total - start - window.length) * ROW_PX}px`;
    if (focused && body.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
    if (focused && body.contains(focused)) at = place(focused);
    if (at.row > total) at = { row: Math.max(total, 0), column: at.column };
    rove();
  };

  /** @param {any[]} columns */
  const drawHeader = (columns) => {
    const { sort, descending } = board();
    if (header.children.length !== columns.length)
      header.replaceChildren(...columns.map((column, k) => h("th", { scope: "col", role: "columnheader", tabindex: "-1", "aria-colindex": k + 1, "data-key": column.key, class: column.numeric ? "kn-number" : null })));
    columns.forEach((column, k) => {
      const cell = /** @type {HTMLElement} */ (header.children[k]);
      const sorted = column.key === sort;
      setText(cell, `${column.title}${sorted ? (descending ? " ▾" : " ▴") : ""}`);
      if (column.sortable) cell.setAttribute("aria-sort", sorted ? (descending ? "descending" : "ascending") : "none");
      cell.classList.toggle("kn-sortable", Boolean(column.sortable));
    });
  };

  /** @param {any} row @param {number} index from 1 @param {any[]} columns */
  const drawRow = (row, index, columns) => {
    let line = rows.get(row.number);
    if (!line) {
      line = h("tr", { "data-number": row.number }, ...columns.map((column, k) => h("td", { role: "gridcell", tabindex: "-1", "aria-colindex": k + 1, class: `${column.numeric ? "kn-number" : ""} kn-col-${column.key}` })));
      rows.set(row.number, line);
    }
    line.setAttribute("aria-rowindex", String(index + 1));
    columns.forEach((column, k) => {
      const cell = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (line).children[k]);
      const value = row.cells[column.key] ?? "";
      if (column.key === "curve") setMarkup(cell, row.spark ?? "");
      else if (column.key === "state") {
        if (cell.dataset.state !== value) {
          cell.dataset.state = value;
          cell.replaceChildren(icon(value === "completed" ? "done" : value), h("span", { text: value }));
        }
      } else {
        setText(cell, value);
        if (column.key === "about") cell.title = value;
      }
    });
    return line;
  };

  const drawSelection = () => {
    for (const [number, line] of rows) line.setAttribute("aria-selected", String(number === link.selected));
  };

  const drawDetail = () => {
    const value = link.parts.detail;
    if (link.selected === null || !value || value.number !== link.selected) {
      if (link.selected === null) detail.replaceChildren();
      return;
    }
    const list = h("dl", { class: "kn-genotype" });
    for (const [path, choice, differs] of value.genotype)
      list.append(h("dt", { text: path, class: differs ? "kn-differs" : null }), h("dd", { text: differs ? `${choice}  (not the default)` : choice, class: differs ? "kn-differs" : null }));
    fill(detail,
      h("div", { class: "kn-detail-head" }, h("h4", { text: `Trial ${value.number}` }), h("p", { class: "kn-muted", text: value.line }),
        h("button", { type: "button", class: "kn-button kn-quiet", text: "Close", on: { click: () => link.select(null) } })),
      value.error && h("div", { class: "kn-failure" }, h("p", {}, icon("warn"), h("strong", { text: value.error.cause })),
        value.error.advice && h("p", { class: "kn-muted", text: value.error.advice }),
        value.error.trace && h("details", {}, h("summary", { text: "Trace" }), h("pre", { class: "kn-log", tabindex: "0", text: value.error.trace }))),
      list);
  };

  /** @param {{row: number, column: number}} cell @returns {HTMLElement | null} */
  const cellAt = (cell) => {
    const line = cell.row === 0 ? header : body.querySelector(`tr[aria-rowindex="${cell.row + 1}"]`);
    return /** @type {HTMLElement | null} */ (line?.children[cell.column] ?? null);
  };

  /** @param {HTMLElement} cell @returns {{row: number, column: number}} */
  const place = (cell) => ({ row: Number(cell.parentElement?.getAttribute("aria-rowindex") ?? 1) - 1, column: Number(cell.getAttribute("aria-colindex")) - 1 });

  /** Exactly one cell can be reached by Tab. */
  const rove = () => {
    for (const cell of grid.querySelectorAll('[tabindex="0"]')) cell.setAttribute("tabindex", "-1");
    (cellAt(at) ?? cellAt({ row: 0, column: at.column }))?.setAttribute("tabindex", "0");
  };

  const fetchSeen = () => {
    const { start, total, rows: window } = board();
    const first = Math.floor(scroller.scrollTop / ROW_PX);
    if (covers({ start, rows: window.length }, first, SEEN, total)) return;
    const wanted = windowStart(first, SEEN, Math.max(window.length, SEEN), total);
    if (wanted === asked) return;
    asked = wanted;
    link.send({ type: "window", start: wanted });
  };

  /** @param {{row: number, column: number}} cell */
  const moveTo = (cell) => {
    at = cell;
    if (cell.row > 0) {
      const top = (cell.row - 1) * ROW_PX;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + 2 * ROW_PX > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + 2 * ROW_PX - scroller.clientHeight;
      fetchSeen();
    }
    rove();
    cellAt(at)?.focus({ preventScroll: true });
  };

  /** @param {HTMLElement} cell */
  const activate = (cell) => {
    const key = cell.dataset.key;
    if (cell.parentElement === header) {
      const { sort, descending, columns } = board();
      if (!columns.find((/** @type {any} */ column) => column.key === key)?.sortable) return;
      scroller.scrollTop = 0;
      link.send({ type: "window", start: 0, sort: key, descending: key === sort ? !descending : key !== "number" });
    } else {
      const number = Number(cell.parentElement?.dataset.number);
      link.select(number === link.selected ? null : number);
    }
  };

  grid.addEventListener("keydown", (event) => {
    const cell = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("th,td"));
    if (!cell) return;
    const to = leadsTo(event.key, event.ctrlKey || event.metaKey, place(cell), { rows: board().total, columns: board().columns.length });
    if (to) moveTo(to);
    else if (event.key === "Enter" || event.key === " ") activate(cell);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  grid.addEventListener("click", (event) => {
    const cell = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("th,td"));
    if (!cell?.hasAttribute("aria-colindex")) return;
    at = place(cell);
    rove();
    cell.focus({ preventScroll: true });
    activate(cell);
  });
  scroller.addEventListener("scroll", fetchSeen, { passive: true });

  return link.watch(draw);
}

export default { render };
