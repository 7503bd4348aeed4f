// @ts-check
/** The columns of the data: the kind found, why, and a way to say otherwise. One trait in, one message out. */
import { h, icon, setText, show } from "./dom.js";

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const summary = h("p", { class: "kn-summary" });
  const target = h("div", { class: "kn-target" });
  const error = h("p", { class: "kn-field-error", role: "alert", hidden: true });
  const body = h("tbody");
  const heads = ["Column", "Kind", "Why", "Missing", "Distinct", "Examples"];
  const table = h("table", { class: "kn-columns-table", "aria-label": "Columns" },
    h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col", text })))), body);
  el.append(h("section", { class: "kn kn-columns", "aria-label": "Data" }, summary, target, error, h("div", { class: "kn-scroller kn-tall" }, table)));

  const draw = () => {
    const value = model.get("data");
    setText(summary, value.summary ?? "");
    show(error, Boolean(value.error));
    error.replaceChildren(icon("warn"), value.error ?? "");
    drawTarget(value.target);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.column;
    body.replaceChildren(...(value.columns ?? []).map(row));
    if (focused) /** @type {HTMLElement | null} */ ([...body.querySelectorAll("select")].find((s) => s.dataset.column === focused))?.focus({ preventScroll: true });
  };

  /** @param {any} column */
  const row = (column) => {
    const value = model.get("data");
    const kinds = h("select", { "data-column": column.name, "aria-label": `Kind of ${column.name}`, disabled: value.locked },
      ...column.kinds.map((/** @type {string} */ kind) => h("option", { value: kind, text: kind, selected: kind === column.kind })));
    kinds.addEventListener("change", () => {
      const chosen = /** @type {HTMLSelectElement} */ (kinds).value;
      why.textContent = "Looking again…";
      model.send({ type: "kind", column: column.name, kind: chosen });
    });
    kinds.addEventListener("keydown", (event) => event.stopPropagation());
    const why = h("td", { class: "kn-reason", text: column.reason });
    if (column.error) why.append(h("span", { class: "kn-field-error" }, icon("warn"), column.error));
    return h("tr", { class: column.kind === "dropped" ? "kn-dropped" : null },
      h("th", { scope: "row", text: column.name }), h("td", {}, value.locked ? h("span", { class: "kn-tag", text: column.kind }) : kinds), why,
      h("td", { class: "kn-number", text: column.missing }), h("td", { class: "kn-number", text: column.distinct }),
      h("td", { class: "kn-examples", text: column.examples, title: column.examples }));
  };

  /** @param {any} value */
  const drawTarget = (value) => {
    if (!value) {
      target.replaceChildren();
      return;
    }
    const strip = h("div", { class: "kn-strip", role: "img", "aria-label": value.told });
    for (const part of value.parts) {
      const piece = h("span", { class: "kn-strip-part", title: `${part.name}: ${part.text}` }, h("span", { text: part.fraction > 0.07 ? part.name : "" }));
      piece.style.flexGrow = String(Math.max(part.fraction, 0.002));
      strip.append(piece);
    }
    target.replaceChildren(h("span", { class: "kn-muted", text: `Target ${value.name}` }), strip, h("span", { class: "kn-muted kn-small", text: value.told }));
  };

  model.on("change:data", draw);
  draw();
  return () => model.off("change:data", draw);
}

export default { render };
