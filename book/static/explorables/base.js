// What all explorables share: where they stand on a page, their sliders and choices, and long work in short slices.
// Classic scripts, not modules: browsers refuse modules on pages opened from a disk (file://).
"use strict";
(() => {
  if (window.explorables) return; // two explorables on one page load this once

  const element = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };

  /** Replace the words for readers without JavaScript by the live view, wherever a page has a place for it. */
  const mount = (name, view) => {
    for (const root of document.querySelectorAll(`.explorable[data-explorable="${name}"]`)) {
      root.querySelector(".explorable-still")?.remove();
      const live = root.querySelector(".explorable-live");
      live.hidden = false;
      const stage = element("div", { class: "explorable-stage" });
      live.append(stage);
      view(stage);
    }
  };

  /** What the notebook wrote into the page for an explorable. */
  const dataOf = (name) => JSON.parse(document.querySelector(`script[data-of="${name}"]`).textContent);

  let controls = 0;

  /** A slider over the entries of `values`, with its value in words beside its label. */
  const slider = (parent, { label, values, start, text = String, changed }) => {
    const nearest = (value) =>
      values.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(values[best] - value) ? i : best), 0);
    const id = `explorable-control-${++controls}`;
    const input = element("input", {
      type: "range", id, min: 0, max: values.length - 1, step: 1, value: nearest(start), autocomplete: "off",
    });
    const output = element("output", { for: id });
    const show = () => {
      output.textContent = text(values[input.value]);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("input", () => { show(); changed(); });
    parent.append(element("div", { class: "explorable-control" }, element("label", { for: id }, label), output, input));
    show();
    return {
      input,
      get value() { return values[input.value]; },
      set value(value) { input.value = nearest(value); show(); },
    };
  };

  /** A slider with a button that lets it run to its end. */
  const scrubber = (parent, { pause = 90, ...options }) => {
    const { values, changed } = options, slide = slider(parent, options);
    const play = element("button", { type: "button" }, "Play");
    parent.append(play);
    let timer = null;
    const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
    play.addEventListener("click", () => {
      if (timer) return stop();
      if (slide.value === values.at(-1)) slide.value = values[0];
      play.textContent = "Stop";
      timer = setInterval(() => {
        const next = values[values.indexOf(slide.value) + 1];
        if (next === undefined) return stop();
        slide.value = next;
        changed();
      }, pause);
    });
    slide.input.addEventListener("pointerdown", stop);
    return slide;
  };

  /** A choice among named options, each a pair of value and words. */
  const choice = (parent, { label, options, start, changed }) => {
    const id = `explorable-control-${++controls}`;
    const select = element("select", { id, autocomplete: "off" });
    for (const [value, words] of options) select.append(element("option", { value }, words));
    select.value = start;
    select.addEventListener("change", changed);
    parent.append(element("div", { class: "explorable-control" }, element("label", { for: id }, label), select));
    return { select, get value() { return select.value; }, set value(value) { select.value = value; } };
  };

  /** Run a generator in slices that leave the page responsive; a new run under the same owner stops the old one. */
  const inSlices = (owner, steps, { progress = () => {}, done }) => {
    const run = (owner.run = {});
    const slice = () => {
      if (owner.run !== run) return;
      const end = performance.now() + 14;
      for (;;) {
        const step = steps.next();
        if (step.done) return done(step.value);
        if (performance.now() > end) {
          progress(step.value);
          setTimeout(slice);
          return;
        }
      }
    };
    setTimeout(slice);
  };

  /** Begin long work only when the reader comes near. */
  const whenNear = (node, begin) => {
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      begin();
    }, { rootMargin: "300px" });
    watch.observe(node);
  };

  const evenly = (from, to, count) => Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  const inRatio = (from, to, count) => evenly(Math.log(from), Math.log(to), count).map(Math.exp);
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  /** Three significant digits without an exponent. */
  const short = (value) => {
    if (!Number.isFinite(value) || value === 0) return String(value);
    const digits = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
    return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
  };

  window.explorables = { element, mount, dataOf, slider, scrubber, choice, inSlices, whenNear, evenly, inRatio, sum, short };
})();
