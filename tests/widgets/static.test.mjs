// Run by test_assets.py with `node --test`.
import assert from "node:assert/strict";
import test from "node:test";
import { Feed, SILENCE_MS, kernelText, waitingText } from "../../widgets/static/feed.js";
import { nearest, readPoints, step } from "../../widgets/static/geometry.js";
import { covers, leadsTo, windowStart } from "../../widgets/static/grid.js";

test("a feed joins parts and reports a gap once", () => {
  const feed = new Feed();
  assert.deepEqual(feed.accept({ revision: 4, base: null, parts: { head: { live: true }, best: 1 } }, 0), { changed: ["head", "best"], gap: false });
  assert.deepEqual(feed.accept({ revision: 5, base: 4, parts: { best: 2 } }, 1), { changed: ["best"], gap: false });
  assert.deepEqual(feed.accept({ revision: 8, base: 7, parts: { top: [] } }, 2), { changed: ["top"], gap: true });
  assert.deepEqual(feed.accept({ revision: 9, base: null, parts: { head: { live: true }, best: 3, top: [1] } }, 3).gap, false);
  assert.deepEqual(feed.parts, { head: { live: true }, best: 3, top: [1] });
});

test("a message seen before changes nothing; an empty trait asks for everything", () => {
  const feed = new Feed();
  assert.deepEqual(feed.accept({}, 0), { changed: [], gap: true });
  feed.accept({ revision: 2, base: null, parts: { best: 1 } }, 0);
  assert.deepEqual(feed.accept({ revision: 2, base: 1, parts: { best: 9 } }, 0), { changed: [], gap: false });
  assert.deepEqual(feed.accept({ revision: 1, base: 0, parts: { best: 9 } }, 0), { changed: [], gap: false });
  assert.equal(feed.parts.best, 1);
});

test("a page that opens on a later message knows that it has a gap", () => {
  assert.equal(new Feed().accept({ revision: 30, base: 29, parts: {} }, 0).gap, true);
});

test("a new kernel's session starts again from a low revision", () => {
  const feed = new Feed();
  feed.accept({ revision: 900, base: null, parts: { best: 1 } }, 0);
  assert.deepEqual(feed.accept({ revision: 1, base: null, parts: { best: 2 } }, 0).changed, ["best"]);
});

test("silence counts only while something can change", () => {
  const feed = new Feed();
  feed.accept({ revision: 1, base: null, parts: { head: { live: true } } }, 1000);
  assert.equal(feed.silent(1000 + SILENCE_MS), false);
  assert.equal(feed.silent(1001 + SILENCE_MS), true);
  feed.accept({ revision: 2, base: 1, parts: { head: { live: false } } }, 1000);
  assert.equal(feed.silent(1e9), false);
});

test("a press is answered at once, then the wait is explained", () => {
  const head = { now: "trial 3, epoch 2", waiting: null };
  const asked = { verb: "pause", at: 0, taken: false };
  assert.equal(waitingText(asked, head, 10), "Pausing…");
  assert.match(waitingText(asked, head, 1600), /kernel has not answered/);
  assert.equal(waitingText({ ...asked, taken: true }, head, 1600), "Pausing…");
  assert.equal(waitingText(null, head, 1600), "trial 3, epoch 2");
  assert.equal(waitingText(null, { ...head, waiting: "Pauses at the next batch of trial 3." }, 0), "Pauses at the next batch of trial 3.");
});

test("a kernel that is gone or silent is told with the line that opens the panel again", () => {
  const head = { live: true, actions: ["pause", "stop"], attach: "kn.attach('7f3a')" };
  assert.equal(kernelText(head, { gone: false, silent: false }), null);
  assert.match(kernelText(head, { gone: false, silent: true }).text, /^No word from the kernel for 3 s/);
  assert.deepEqual(kernelText(head, { gone: true, silent: true }), { text: "The kernel is gone: run this after a restart; the search itself goes on.", code: head.attach });
  assert.match(kernelText({ actions: ["start"], attach: "" }, { gone: true, silent: false }).text, /run this cell again/);
  assert.equal(kernelText({ live: false, actions: [], attach: "x" }, { gone: true, silent: false }), null);
});

test("keys lead through a grid and stop at its edges", () => {
  const size = { rows: 100, columns: 5 };
  assert.deepEqual(leadsTo("ArrowDown", false, { row: 3, column: 2 }, size), { row: 4, column: 2 });
  assert.deepEqual(leadsTo("ArrowUp", false, { row: 0, column: 2 }, size), { row: 0, column: 2 });
  assert.deepEqual(leadsTo("Home", false, { row: 7, column: 4 }, size), { row: 7, column: 0 });
  assert.deepEqual(leadsTo("End", true, { row: 7, column: 0 }, size), { row: 100, column: 4 });
  assert.deepEqual(leadsTo("PageDown", false, { row: 95, column: 0 }, size), { row: 100, column: 0 });
  assert.deepEqual(leadsTo("PageUp", false, { row: 5, column: 0 }, size), { row: 1, column: 0 });
  assert.equal(leadsTo("a", false, { row: 5, column: 0 }, size), null);
});

test("a window is asked for so that what is seen stands in its middle", () => {
  assert.equal(windowStart(0, 12, 40, 1000), 0);
  assert.equal(windowStart(500, 12, 40, 1000), 486);
  assert.equal(windowStart(995, 12, 40, 1000), 960);
  assert.equal(covers({ start: 486, rows: 40 }, 500, 12, 1000), true);
  assert.equal(covers({ start: 486, rows: 40 }, 520, 12, 1000), false);
  assert.equal(covers({ start: 0, rows: 5 }, 0, 12, 5), true);
});

test("the pointer means the nearest line within reach", () => {
  const lines = [{ number: 1, points: readPoints("0,0 100,0") }, { number: 2, points: readPoints("0,20 100,20") }];
  assert.equal(nearest(lines, [50, 4]), 1);
  assert.equal(nearest(lines, [50, 17]), 2);
  assert.equal(nearest(lines, [50, 60]), null);
  assert.equal(nearest([{ number: 3, points: [[5, 5]] }], [6, 6]), 3);
});

test("stepping goes round", () => {
  assert.equal(step([3, 5, 9], 9, 1), 3);
  assert.equal(step([3, 5, 9], 3, -1), 9);
  assert.equal(step([3, 5, 9], null, 1), 3);
  assert.equal(step([], null, 1), null);
});
