// @ts-check
/** First glance: state and one primary action, best so far, budget, top five, the latest failure, where it is stored. */
import { copyButton, fill, h, icon, setMarkup, setText, show } from "./dom.js";
import { kernelText, waitingText } from "./feed.js";
import { linkOf } from "./link.js";

const ACTIONS = /** @type {Record<string, {label: string, shape: string}>} */ ({
  start: { label: "Start", shape: "play" },
  pause: { label: "Pause", shape: "pause" },
  resume: { label: "Resume", shape: "play" },
  revive: { label: "Resume", shape: "play" },
  stop: { label: "Stop", shape: "stop" },
});

/** @param {{model: any, el: HTMLElement}} context */
async function render({ model, el }) {
  const link = await linkOf(model);
  const title = h("h3", { class: "kn-title" });
  const subtitle = h("span", { class: "kn-subtitle" });
  const pill = h("span", { class: "kn-pill", "data-testid": "state" });
  const now = h("span", { class: "kn-now" });
  const actions = h("div", { class: "kn-actions", role: "group", "aria-label": "Search actions" });
  const why = h("p", { class: "kn-why" });
  const banner = h("div", { class: "kn-banner", role: "alert", hidden: true });
  const best = h("div", { class: "kn-card kn-best" });
  const budget = h("div", { class: "kn-card kn-budget" });
  const top = h("div", { class: "kn-card kn-top" });
  const failure = h("div", { class: "kn-failure", hidden: true });
  const foot = h("footer", { class: "kn-foot" });
  const spoken = h("div", { class: "kn-unseen", role: "status" });
  const cards = h("div", { class: "kn-cards" }, best, budget, top);
  el.append(
    h("section", { class: "kn kn-status", "aria-label": "Search" },
      h("header", { class: "kn-head" },
        h("div", { class: "kn-names" }, title, subtitle),
        h("div", { class: "kn-state" }, pill, now),
        actions),
      why, banner, cards, failure, foot, spoken),
  );

  let drawnActions = "";
  let confirming = false;
  let spokenAt = -Infinity;

  const drawHead = () => {
    const head = link.parts.head;
    if (!head) return;
    setText(title, head.title);
    setText(subtitle, head.subtitle ?? "");
    if (pill.dataset.state !== head.state) {
      pill.dataset.state = head.state;
      pill.replaceChildren(icon(head.state), h("span", { text: head.stateName }));
    }
    setText(now, waitingText(link.asked, head, performance.now()));
    setText(why, link.parts.refusal || head.blocked || head.reason || "");
    show(why, Boolean(why.textContent));
    why.classList.toggle("kn-error", Boolean(link.parts.refusal));
    show(cards, head.state !== "new");
    drawActions(head);
    drawBanner(head);
    drawFoot(head);
    speak(head);
  };

  /** @param {any} head */
  const drawActions = (head) => {
    const wanted = JSON.stringify([head.actions, Boolean(head.blocked), confirming, link.asked?.verb, link.gone]);
    if (wanted === drawnActions) return;
    drawnActions = wanted;
    const focused = /** @type {HTMLElement | null} */ (actions.contains(document.activeElement) ? document.activeElement : null)?.dataset.verb;
    actions.replaceChildren(...(confirming && !link.gone ? confirmStop() : head.actions.map(actionButton)));
    const again = focused && actions.querySelector(`[data-verb="${focused}"]`);
    if (focused) /** @type {HTMLElement | null} */ (again ?? actions.querySelector("button"))?.focus({ preventScroll: true });
  };

  /** @param {string} verb @param {number} index */
  const actionButton = (verb, index) => {
    const head = link.parts.head;
    const { label, shape } = ACTIONS[verb];
    const off = link.gone || Boolean(link.asked) || (verb === "start" && Boolean(head.blocked));
    const button = h("button", { type: "button", class: `kn-button ${index || verb === "stop" ? "" : "kn-primary"}`, "data-verb": verb, "aria-disabled": off ? "true" : null, title: link.gone ? kernelText(head, link)?.text : null },
      h("span", { class: "kn-button-face" }));
    button.firstElementChild?.append(icon(shape), label);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled")) return;
      if (verb === "stop") {
        confirming = true;
        drawHead();
        /** @type {HTMLElement | null} */ (actions.querySelector('[data-verb="stop"]'))?.focus();
      } else link.ask(verb);
    });
    return button;
  };

  const confirmStop = () => {
    /** @param {boolean} really */
    const settle = (really) => () => {
      confirming = false;
      if (really) link.ask("stop");
      else drawHead();
    };
    const yes = h("button", { type: "button", class: "kn-button kn-danger", "data-verb": "stop", text: "Stop now", on: { click: settle(true) } });
    const no = h("button", { type: "button", class: "kn-button", "data-verb": "keep", text: "Keep searching", on: { click: settle(false) } });
    const group = h("div", { class: "kn-confirm", role: "group", "aria-label": "Stop the search?" }, yes, no);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      settle(false)();
    });
    return [group];
  };

  /** @param {any} head */
  const drawBanner = (head) => {
    const lost = head.lost;
    const kernel = kernelText(head, link);
    const texts = [lost?.text, kernel?.text].filter(Boolean);
    show(banner, texts.length > 0);
    if (!texts.length || banner.dataset.text === texts.join("|")) return;
    banner.dataset.text = texts.join("|");
    banner.replaceChildren(...texts.map((text) => h("p", {}, icon("warn"), h("span", { text }))));
    if (lost) banner.append(h("pre", { class: "kn-log", tabindex: "0", "aria-label": "Last lines of the log", text: lost.log.join("\n") || "(the log is empty)" }));
    if (kernel?.code) banner.append(h("code", { text: kernel.code }));
  };

  /** @param {any} head */
  const drawFoot = (head) => {
    const key = `${head.id}|${head.store}|${head.features}`;
    if (foot.dataset.key === key) return;
    foot.dataset.key = key;
    foot.replaceChildren(h("span", { class: "kn-path" }, h("span", { class: "kn-muted", text: "Store " }), h("code", { text: head.store, title: head.store })));
    for (const line of head.features ?? []) foot.append(h("span", { class: "kn-path kn-muted", text: line, title: line }));
    if (!head.attach) return;
    foot.append(
      h("span", { class: "kn-path" }, h("span", { class: "kn-muted", text: "Search " }), h("code", { "data-testid": "search-id", text: String(head.id) })),
      copyButton(() => head.attach, "Copy attach line"));
  };

  /** At most every five seconds. @param {any} head */
  const speak = (head) => {
    const at = performance.now();
    if (at - spokenAt < 5000) return;
    const value = link.parts.best;
    const text = `${head.stateName}. ${value ? `Best ${value.metric} ${value.text}, trial ${value.number}.` : ""}`;
    if (text === spoken.textContent) return;
    spokenAt = at;
    setText(spoken, text);
  };

  const drawBest = () => {
    const value = link.parts.best;
    const head = h("h4", { text: "Best so far" });
    if (!value) {
      fill(best, head, h("p", { class: "kn-empty", text: "The first trial has not finished yet." }));
      return;
    }
    fill(best, head,
      h("p", { class: "kn-figure" }, h("strong", { "data-testid": "best", text: value.text }), h("span", { text: value.metric })),
      value.change && h("p", { class: `kn-change kn-${value.better ? "good" : "bad"}`, text: value.change }),
      h("p", { class: "kn-stage" }, h("span", { class: `kn-tag kn-${value.stage}`, text: value.stage }), h("span", { text: value.judged })),
      value.about && h("p", { class: "kn-about", text: value.about }));
  };

  const drawBudget = () => {
    const value = link.parts.budget;
    budget.replaceChildren(h("h4", { text: "Budget" }));
    for (const bar of value?.bars ?? []) {
      const percent = Math.round(100 * bar.fraction);
      const filled = h("span", { class: "kn-bar-fill" });
      filled.style.width = `${percent}%`;
      budget.append(h("div", { class: "kn-bar-row" },
        h("span", { class: "kn-bar-name", text: bar.name }), h("span", { class: "kn-bar-used", text: bar.text }),
        h("span", { class: "kn-bar", role: "progressbar", "aria-label": bar.name, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": percent, "aria-valuetext": bar.text }, filled)));
    }
    if (value?.eta) budget.append(h("p", { class: "kn-eta", text: value.eta }));
  };

  const drawTop = () => {
    const rows = link.parts.top ?? [];
    top.replaceChildren(h("h4", { text: "Top 5" }));
    if (!rows.length) {
      top.append(h("p", { class: "kn-empty", text: "Trials appear here, best first." }));
      return;
    }
    const body = h("tbody");
    for (const row of rows) {
      const spark = h("td", { class: "kn-spark-cell" });
      setMarkup(spark, row.spark);
      body.append(h("tr", {}, h("td", { class: "kn-number", text: `#${row.number}` }), h("td", { class: "kn-number", text: row.text }), spark,
        h("td", { class: "kn-what", text: row.about, title: row.about })));
    }
    const widths = [36, 52, 86, null].map((width) => h("col", { style: width && `width:${width}px` }));
    const heads = ["Trial", "Value", "Learning curve", "What differs"].map((text) => h("th", { scope: "col" }, h("span", { class: "kn-unseen", text })));
    top.append(h("table", { class: "kn-top-table", "aria-label": "Top 5 trials" },
      h("colgroup", {}, ...widths), h("thead", {}, h("tr", {}, ...heads)), body));
  };

  const drawFailure = () => {
    const value = link.parts.failure;
    show(failure, Boolean(value));
    if (!value || failure.dataset.number === String(value.number)) return;
    failure.dataset.number = String(value.number);
    fill(failure,
      h("p", { role: "alert" }, icon("warn"), h("strong", { text: `Trial ${value.number} failed: ` }), h("span", { text: value.cause })),
      value.advice && h("p", { class: "kn-muted", text: value.advice }),
      value.trace && h("details", {}, h("summary", { text: "Trace" }), h("pre", { class: "kn-log", tabindex: "0", text: value.trace })));
  };

  return link.watch((changed) => {
    if (["head", "link", "refusal"].some((name) => changed.has(name))) drawHead();
    if (changed.has("best")) drawBest();
    if (changed.has("budget")) drawBudget();
    if (changed.has("top")) drawTop();
    if (changed.has("failure")) drawFailure();
  });
}

export default { render };
