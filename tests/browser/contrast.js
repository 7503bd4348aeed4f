// Every visible text of the studio whose contrast with what lies behind it is below 4.5 : 1 (WCAG 2.2, AA).
() => {
  const parse = (colour) => {
    const srgb = colour.match(/color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?/);
    if (srgb) return [srgb[1] * 255, srgb[2] * 255, srgb[3] * 255, srgb[4] === undefined ? 1 : Number(srgb[4])];
    const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => [...[0, 1, 2].map((k) => top[k] * top[3] + below[k] * (1 - top[3])), 1];
  const luminance = (colour) => {
    const linear = colour.slice(0, 3).map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const faint = [];
  for (const root of document.querySelectorAll(".jp-OutputArea-output .kn, .jp-OutputArea-output .kn-form")) {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.textContent.trim();
      const element = texts.currentNode.parentElement;
      if (!text || !element.checkVisibility() || element.closest(".kn-unseen")) continue;
      const drawing = element.closest("svg");
      const below = behind(drawing ? drawing.parentElement : element);
      const style = getComputedStyle(element);
      const colour = over(parse(drawing ? style.fill : style.color), below);
      const [light, dark] = [luminance(colour), luminance(below)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
    }
  }
  return faint;
}
