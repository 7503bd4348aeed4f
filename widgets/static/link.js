// @ts-check
/** One feed a search and page, shared by every view of it: parts, selection, requests. */
import { Feed } from "./feed.js";

const KEY = Symbol.for("kerasnas.link");

export class Link {
  /** @param {any} session the widget model that holds the one trait, `snapshot` */
  constructor(session) {
    this.session = session;
    this.feed = new Feed();
    /** @type {Set<(changed: Set<string>) => void>} */
    this.views = new Set();
    /** @type {number | null} */
    this.selected = null;
    /** @type {{verb: string, at: number, taken: boolean} | null} the kernel has it once taken; the next head shows what became of it */
    this.asked = null;
    this.timer = 0;
    this.wasSilent = false;
    this.wasGone = this.gone;
    session.on("comm_live_update", () => this.tick());
    session.on("change:snapshot", () => this.take());
    session.on("msg:custom", (/** @type {any} */ content) => this.answer(content));
    this.take();
  }

  get parts() { return this.feed.parts; }
  /** Whether no request can reach the kernel: it was restarted or shut down, or the page shows what was saved. */
  get gone() { return this.session.comm_live === false || this.session.widget_manager?.kernel === null; }
  get silent() { return this.feed.silent(performance.now()); }

  take() {
    const { changed, gap } = this.feed.accept(this.session.get("snapshot"), performance.now());
    if (gap) this.send({ type: "resync" });
    if (changed.includes("head") && this.asked?.taken) this.asked = null;
    if (changed.length) this.tell(changed);
    else if (this.wasSilent) this.tick();
  }

  /** @param {any} content a reply to this page's request */
  answer(content) {
    if (content?.type === "taken" && this.asked && this.asked.verb === content.verb) this.asked.taken = true;
    if (content?.type === "refused") {
      this.asked = null;
      this.feed.parts.refusal = content.why;
      this.tell(["refusal", "link"]);
    }
    if (content?.type === "detail") {
      this.feed.parts.detail = content;
      this.tell(["detail"]);
    }
  }

  /** @param {string[]} changed */
  tell(changed) {
    const names = new Set(changed);
    for (const view of this.views) view(names);
  }

  /** Silence and waiting texts change without a message. */
  tick() {
    const { silent, gone } = this;
    if (silent !== this.wasSilent || gone !== this.wasGone || this.asked) {
      this.wasSilent = silent;
      this.wasGone = gone;
      if (gone) this.asked = null;
      this.tell(["link"]);
    }
  }

  /** @param {any} content */
  send(content) {
    this.session.send(content, {});
  }

  /**
   * Ask for something that changes the search; the page says so at once.
   * @param {string} verb
   */
  ask(verb) {
    this.asked = { verb, at: performance.now(), taken: false };
    this.feed.parts.refusal = "";
    this.send({ type: "act", verb });
    this.tell(["link", "refusal"]);
  }

  /** @param {number | null} number */
  select(number) {
    this.selected = number;
    if (number !== null) this.send({ type: "detail", number });
    this.tell(["selection"]);
  }

  /**
   * Hear of changed parts, and of "link" and "selection"; called once at once.
   * @param {(changed: Set<string>) => void} view
   * @returns {() => void} ends it
   */
  watch(view) {
    this.views.add(view);
    if (!this.timer) this.timer = window.setInterval(() => this.tick(), 500);
    view(new Set([...Object.keys(this.parts), "link", "selection"]));
    return () => {
      this.views.delete(view);
      if (!this.views.size) {
        window.clearInterval(this.timer);
        this.timer = 0;
      }
    };
  }
}

/**
 * The link of a view's session.
 * @param {any} model the view's own model
 * @returns {Promise<Link>}
 */
export async function linkOf(model) {
  const reference = model.get("session");
  const session = typeof reference === "string" ? await model.widget_manager.get_model(reference.replace("IPY_MODEL_", "")) : reference;
  session[KEY] ??= new Link(session);
  return session[KEY];
}
