// @ts-check
/** Charts drawn by kerasnas; this adds the hand: point at a line, choose it, walk through the lines by keys. */
import { h, setMarkup, setText, show } from "./dom.js";
import { nearest, readPoints, step } from "./geometry.js";
import { linkOf } from "./link.js";

/** @param {{model: any, el: HTMLElement}} context */
async function render({ model, el }) {
  const link = await linkOf(model);
  const empty = h("p", { class: "kn-empty", text: "Curves appear with the first finished epoch." });
  const charts = [
    chart(link, "progress", "Best so far"),
    chart(link, "learning", "Learning curves"),
  ];
  el.append(h("section", { class: "kn kn-curves", "aria-label": "Curves" }, empty, ...charts.map((c) => c.node)));
  return link.watch((changed) => {
    show(empty, !link.parts.learning?.svg && !link.parts.progress?.svg);
    for (const each of charts) each.draw(changed);
  });
}

/**
 * @param {import("./link.js").Link} link
 * @param {string} name
 * @param {string} title
 */
function chart(link, name, title) {
  const picture = h("div", { class: "kn-picture", tabindex: "0", role: "group", "aria-label": `${title}: arrow keys choose a trial, Enter opens it` });
  const told = h("p", { class: "kn-told", role: "status" });
  const twin = h("div", {});
  const node = h("figure", { class: "kn-figure-box", hidden: true },
    h("figcaption", {}, h("h4", { text: title }), told), picture,
    h("details", {}, h("summary", { text: "As a table" }), twin));
  /** @type {{number: number, points: number[][], mark: Element, label: string}[]} */
  let lines = [];
  /** @type {number | null} */
  let hot = null;

  /** @param {Set<string>} changed */
  const draw = (changed) => {
    if (changed.has(name)) read(link.parts[name] ?? {});
    if (changed.has(name) || changed.has("selection")) mark();
  };

  /** @param {{svg?: string, table?: string}} value */
  const read = ({ svg = "", table = "" }) => {
    show(node, Boolean(svg));
    setMarkup(twin, table);
    if (!setMarkup(picture, svg)) return;
    lines = [...picture.querySelectorAll("[data-trial]")].map((mark) => {
      const line = mark.querySelector("polyline");
      const dot = mark.querySelector("circle");
      const points = line ? readPoints(line.getAttribute("points") ?? "") : [[Number(dot?.getAttribute("cx")), Number(dot?.getAttribute("cy"))]];
      return { number: Number(mark.getAttribute("data-trial")), points, mark, label: mark.getAttribute("data-label") ?? "" };
    });
  };

  const mark = () => {
    const shown = hot ?? link.selected;
    for (const line of lines) {
      line.mark.classList.toggle("kn-hot", line.number === hot);
      line.mark.classList.toggle("kn-chosen", line.number === link.selected);
    }
    setText(told, lines.find((line) => line.number === shown)?.label ?? "");
  };

  /** @param {number | null} number */
  const heat = (number) => {
    if (number === hot) return;
    hot = number;
    mark();
  };

  picture.addEventListener("pointermove", (event) => {
    const svg = picture.querySelector("svg");
    const matrix = svg?.getScreenCTM();
    if (!svg || !matrix) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    heat(nearest(lines, [at.x, at.y]));
  });
  picture.addEventListener("pointerleave", () => heat(null));
  picture.addEventListener("blur", () => heat(null));
  picture.addEventListener("click", () => { if (hot !== null) link.select(hot === link.selected ? null : hot); });
  picture.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by) heat(step([...new Set(lines.map((line) => line.number))].sort((a, b) => a - b), hot ?? link.selected, /** @type {1 | -1} */ (by)));
    else if ((event.key === "Enter" || event.key === " ") && hot !== null) link.select(hot);
    else if (event.key === "Escape" && hot !== null) heat(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { node, draw };
}

export default { render };
