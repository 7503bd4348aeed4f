// @ts-check
/**
 * Joins the messages about one search into the parts that the views draw.
 *
 * A message is {revision, base, parts}. `base` is the revision it continues, or null when it starts anew. Every part is
 * whole, so a message after a gap is still true: it is taken, and what the gap held is asked for again.
 */

/** @typedef {{revision: number, base: number | null, parts: Record<string, any>}} Message */

export const SILENCE_MS = 3000;

export class Feed {
  constructor() {
    this.revision = -1;
    /** @type {Record<string, any>} */
    this.parts = {};
    this.heard = -Infinity;
  }

  /**
   * Take a message.
   * @param {Message | null | undefined} message
   * @param {number} now milliseconds
   * @returns {{changed: string[], gap: boolean}} the parts to draw again; gap: a resync must be asked for
   */
  accept(message, now) {
    if (!message || typeof message.revision !== "number") return { changed: [], gap: this.revision < 0 };
    if (message.revision === this.revision || (message.base !== null && message.revision < this.revision)) return { changed: [], gap: false };
    const gap = message.base !== null && message.base !== this.revision;
    Object.assign(this.parts, message.parts);
    this.revision = message.revision;
    this.heard = now;
    return { changed: Object.keys(message.parts), gap };
  }

  /**
   * Whether the kernel has been quiet for too long about a search that should be told of.
   * @param {number} now milliseconds
   */
  silent(now) {
    return Boolean(this.parts.head?.live) && now - this.heard > SILENCE_MS;
  }
}

/** What the page says at once when a button is pressed, before the kernel or the store has answered. */
const DOING = /** @type {Record<string, string>} */ ({
  start: "Starting…", pause: "Pausing…", resume: "Resuming…", stop: "Stopping…", revive: "Starting a new runner…",
});

/**
 * The line under the state: what is going on, or why a request still waits.
 * @param {{verb: string, at: number, taken: boolean} | null} asked the request made on this page, not yet confirmed
 * @param {any} head
 * @param {number} now milliseconds
 */
export function waitingText(asked, head, now) {
  if (asked) {
    const doing = DOING[asked.verb] ?? "Working…";
    if (asked.taken || now - asked.at <= 1500) return doing;
    return asked.verb === "start"
      ? `${doing} The kernel does not answer: it is busy, or it was restarted; then run this cell again.`
      : `${doing} The kernel has not answered: it is busy, or takes requests only between two cells (before JupyterLab 4.4 or ipykernel 7).`;
  }
  return head?.waiting ?? head?.now ?? "";
}

/**
 * What the banner says of the kernel, and the line of code that opens the panel again; null while all is well.
 * @param {any} head
 * @param {{gone: boolean, silent: boolean}} kernel gone: the page's line to it is closed; silent: it has not been heard of
 * @returns {{text: string, code: string} | null}
 */
export function kernelText(head, { gone, silent }) {
  const code = head?.attach ?? "";
  if (gone && (head?.live || head?.actions?.length)) {
    return code
      ? { text: "The kernel is gone: run this after a restart; the search itself goes on.", code }
      : { text: "The kernel is gone: run this cell again after a restart.", code };
  }
  if (silent) return { text: `No word from the kernel for ${SILENCE_MS / 1000} s. The search goes on in its own process; to follow it again:`, code };
  return null;
}
