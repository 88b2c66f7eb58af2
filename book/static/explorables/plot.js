// Plots in SVG, redrawn whole at each change: axes, lines, dots, rules and bands. Colours are classes of the style sheet.
"use strict";
(() => {
  const X = window.explorables;
  if (X.chart) return;

  let charts = 0;
  const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const round = (value) => Math.round(value * 100) / 100;

  /** Round numbers within a range, about as many as fit. */
  const linearTicks = ([low, high], room) => {
    const rough = (high - low) / Math.max(2, room);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
  };

  const logTicks = ([low, high], room) => {
    const decades = Math.log10(high / low);
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const m of decades < 2.5 ? [1, 2, 5] : [1]) {
        const tick = Number((m * 10 ** power).toPrecision(12));
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    const every = Math.ceil(ticks.length / Math.max(2, room));
    return ticks.filter((_, i) => i % every === 0);
  };

  /** From values to pixels along one axis `{range, log}`. */
  const scale = ({ range: [low, high], log }, from, to) => {
    const of = log ? Math.log : (v) => v;
    return (value) => from + ((of(value) - of(low)) / (of(high) - of(low))) * (to - from);
  };

  const written = (value, log) => {
    if (log && value > 0 && (value >= 1e5 || value < 1e-3)) {
      const power = Math.round(Math.log10(value)).toString().replace("-", "−");
      return `10<tspan dy="-0.5em" font-size="75%">${power}</tspan>`;
    }
    return value.toLocaleString("en", { maximumFractionDigits: 8 }).replace("-", "−");
  };

  const marks = {
    line: ({ points, colour, dash, width = 2 }, x, y) =>
      `<polyline class="stroke-${colour}" fill="none" stroke-width="${width}" ${dash ? `stroke-dasharray="${dash}"` : ""} ` +
      `points="${points.map(([a, b]) => `${round(x(a))},${round(y(b))}`).join(" ")}"/>`,
    dots: ({ points, colour, size = 4, open }, x, y) =>
      points.map(([a, b, own]) =>
        `<circle class="${open ? `open stroke-${colour}` : `fill-${colour}`}" cx="${round(x(a))}" cy="${round(y(b))}" r="${round(own ?? size)}"/>`).join(""),
    bars: ({ points, colour, width = 14 }, x, y, { bottom }) =>
      points.map(([a, b]) =>
        `<rect class="fill-${colour}" x="${round(x(a) - width / 2)}" width="${width}" y="${round(Math.min(y(b), bottom))}" height="${round(Math.max(0, bottom - y(b)))}"/>`).join(""),
    band: ({ from, to, text = "", tint = "" }, x, y, { top, bottom }) =>
      `<rect class="band ${tint}" x="${round(x(from))}" width="${round(Math.max(0, x(to) - x(from)))}" y="${top}" height="${bottom - top}"/>` +
      (x(to) - x(from) > 7 * text.length ? `<text class="note" text-anchor="middle" x="${round((x(from) + x(to)) / 2)}" y="${top + 13}">${escaped(text)}</text>` : ""),
    rule: ({ at, across, text = "", colour = "muted", side = "right" }, x, y, { left, right, top, bottom }) =>
      across
        ? `<line class="rule stroke-${colour}" x1="${left}" x2="${right}" y1="${round(y(at))}" y2="${round(y(at))}"/><text class="note" text-anchor="${side === "right" ? "end" : "start"}" x="${side === "right" ? right - 4 : left + 6}" y="${round(y(at)) - 5}">${escaped(text)}</text>`
        : `<line class="rule stroke-${colour}" x1="${round(x(at))}" x2="${round(x(at))}" y1="${top}" y2="${bottom}"/>`,
    words: ({ at: [a, b], text, anchor = "start" }, x, y) =>
      `<text class="note" text-anchor="${anchor}" x="${round(x(a))}" y="${round(y(b))}">${escaped(text)}</text>`,
  };

  /** A plot that fills the width of its place. `draw` takes `{title, alt, x, y, marks}`; an axis is `{label, range, log, ticks}`. */
  X.chart = (parent, { height: tallest = 240, equal = false } = {}) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const clip = `explorable-clip-${++charts}`;
    svg.setAttribute("role", "img");
    svg.setAttribute("height", tallest); // so that nothing moves when it is drawn
    parent.append(svg);
    let last = null;
    const chart = { svg, draw: (spec) => { last = spec; paint(); } };
    const paint = () => {
      const width = svg.clientWidth || 320;
      const height = matchMedia("(max-width: 600px)").matches ? Math.min(tallest, 230) : tallest;
      const frame = { left: 54, right: width - 20, top: last.title ? 26 : 10, bottom: height - 42 };
      const room = { x: (frame.right - frame.left) / 60, y: (frame.bottom - frame.top) / 36 };
      let { x: across, y: up } = last;
      if (equal) { // a unit is as long across as up
        const unit = Math.max((across.range[1] - across.range[0]) / (frame.right - frame.left), (up.range[1] - up.range[0]) / (frame.bottom - frame.top));
        const widened = (axis, pixels) => {
          const middle = (axis.range[0] + axis.range[1]) / 2;
          return { ...axis, range: [middle - (unit * pixels) / 2, middle + (unit * pixels) / 2] };
        };
        across = widened(across, frame.right - frame.left);
        up = widened(up, frame.bottom - frame.top);
      }
      const x = scale(across, frame.left, frame.right);
      const y = scale(up, frame.bottom, frame.top);
      const ticksOf = (axis, count) => axis.ticks ?? (axis.log ? logTicks : linearTicks)(axis.range, count);
      const drawn = last.marks.map((mark) => marks[mark.kind](mark, x, y, frame)).join("");
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.setAttribute("height", height);
      svg.setAttribute("aria-label", last.alt);
      svg.innerHTML =
        `<clipPath id="${clip}"><rect x="${frame.left}" y="${frame.top - 1}" width="${frame.right - frame.left + 8}" height="${frame.bottom - frame.top + 2}"/></clipPath>` +
        (last.title ? `<text class="title" x="${frame.left}" y="15">${escaped(last.title)}</text>` : "") +
        `<g clip-path="url(#${clip})">${drawn}</g>` +
        `<path class="axis" d="M${frame.left},${frame.top}V${frame.bottom}H${frame.right}"/>` +
        ticksOf(across, room.x).map((t) => `<path class="axis" d="M${round(x(t))},${frame.bottom}v4"/><text text-anchor="middle" x="${round(x(t))}" y="${frame.bottom + 17}">${written(t, across.log)}</text>`).join("") +
        ticksOf(up, room.y).map((t) => `<path class="axis" d="M${frame.left},${round(y(t))}h-4"/><text text-anchor="end" x="${frame.left - 7}" y="${round(y(t)) + 4}">${written(t, up.log)}</text>`).join("") +
        `<text text-anchor="middle" x="${(frame.left + frame.right) / 2}" y="${height - 6}">${escaped(across.label)}</text>` +
        `<text text-anchor="middle" transform="translate(12 ${(frame.top + frame.bottom) / 2}) rotate(-90)">${escaped(up.label)}</text>`;
    };
    new ResizeObserver(() => last && paint()).observe(svg);
    return chart;
  };
})();
