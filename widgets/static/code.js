// @ts-check
/** What the forms do, as Python that does the same. */
import { copyButton, h, setText, show } from "./dom.js";
import { linkOf } from "./link.js";

/** @param {{model: any, el: HTMLElement}} context */
async function render({ model, el }) {
  const link = await linkOf(model);
  const blocks = [["search", "This search"], ["attach", "Follow it from elsewhere"], ["after", "When it has ended"]].map(([key, title]) => {
    const code = h("code", {});
    const node = h("div", { class: "kn-code", hidden: true }, h("div", { class: "kn-code-head" }, h("h4", { text: title }), copyButton(() => code.textContent ?? "", "Copy")),
      h("pre", { tabindex: "0", "aria-label": `${title}, Python` }, code));
    return { key, code, node };
  });
  el.append(h("section", { class: "kn kn-show-code", "aria-label": "Code" }, ...blocks.map((block) => block.node)));
  return link.watch((changed) => {
    if (!changed.has("code")) return;
    for (const { key, code, node } of blocks) {
      const text = link.parts.code?.[key] ?? "";
      setText(code, text);
      show(node, Boolean(text));
    }
  });
}

export default { render };
