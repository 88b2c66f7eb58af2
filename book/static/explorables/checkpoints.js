// The small transformer, checkpoint by checkpoint: spectra that the chapter measured, and what one training wrote.
"use strict";
(() => {
  const X = window.explorables;

  const view = (stage) => {
    const { steps, seeds, shares, ranks: [first, last] } = X.dataOf("checkpoints");
    const least = 0.7 * steps[1], place = (step) => Math.max(least, step), size = shares[0][0].length;
    // The final norm takes the mean away, and with it one direction: what is left of it is rounding.
    const seen = shares.flat(2).filter((share) => share > 1e-9), lowest = 10 ** Math.floor(Math.log10(Math.min(...seen)));
    const ranks = Math.min(...shares.flat().map((values) => values.filter((share) => share > 1e-9).length));
    const controls = X.element("div", { class: "explorable-controls" });
    const plots = X.element("div", { class: "explorable-plots" });
    const text = X.element("div", { class: "explorable-text" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    const scrubbing = X.element("div", { class: "explorable-scrubber" });
    stage.append(scrubbing, controls, plots, text, result);
    const changed = () => draw();
    const scrub = X.scrubber(scrubbing, { label: "Training step", values: steps, start: steps.at(-1), text: (s) => s.toLocaleString("en"), changed, pause: 220 });
    const seed = X.choice(controls, { label: "Training", options: seeds.map((s, i) => [String(i), `seed ${s}`]), start: "0", changed });
    const from = X.slider(controls, { label: "First rank of the fit", values: [1, 2, 3, 4, 5].filter((r) => r <= last - 2), start: first, changed });
    const to = X.slider(controls, { label: "Last rank of the fit", values: Array.from({ length: ranks - 6 }, (_, i) => i + 7), start: last, changed });
    const course = X.chart(plots, { height: 190 });
    const exponents = X.chart(plots, { height: 190 });
    const wide = X.element("div", { class: "wide" });
    plots.append(wide);
    const spectrum = X.chart(wide, { height: 215 });

    const draw = () => {
      const own = shares[seed.value], now = steps.indexOf(scrub.value), window = [from.value, to.value];
      const curve = own.map(X.rankme), alphas = own.map((values) => X.powerLaw(values, window));
      const spans = X.phases(steps, curve);
      const inPhase = spans.find(({ start, end }) => steps[now] >= start && steps[now] <= end);
      const across = { label: "training step, logarithmic", range: [least, steps.at(-1)], log: true };
      const followed = (values) => [
        ...X.bands(spans, least),
        { kind: "line", points: steps.map((step, i) => [place(step), values[i]]), colour: "base" },
        { kind: "rule", at: place(steps[now]) },
        { kind: "dots", points: [[place(steps[now]), values[now]]], colour: "c2", size: 6 },
      ];
      const slopes = alphas.map(({ alpha }) => alpha);
      course.draw({
        title: "RankMe", alt: `RankMe over training; at the chosen step it is ${curve[now].toFixed(2)}.`,
        x: across, y: { label: "RankMe", range: [0, 1.12 * Math.max(...curve)] }, marks: followed(curve),
      });
      exponents.draw({
        title: `Alpha-ReQ, ranks ${window.join(" to ")}`, alt: `The exponent over training; at the chosen step it is ${slopes[now].toFixed(3)}.`,
        x: across, y: { label: "alpha-ReQ", range: [Math.min(0, ...slopes), 1.12 * Math.max(...slopes)] }, marks: followed(slopes),
      });
      const points = (values) => values.map((share, i) => [i + 1, share]).filter(([, share]) => share > 1e-9);
      spectrum.draw({
        title: "Spectrum, and the power law that fits it", alt: `Shares of the variance by rank, from ${own[now][0].toPrecision(2)} to ${own[now][ranks - 1].toPrecision(2)}.`,
        x: { label: "rank of the eigenvalue, logarithmic", range: [0.9, size * 1.08], log: true },
        y: { label: "share of the variance", range: [lowest, 1.2], log: true },
        marks: [
          { kind: "line", points: points(own.at(-1)), colour: "faint", width: 1.5 },
          { kind: "line", points: window.map((rank) => [rank, alphas[now].at(rank)]), colour: "c2", width: 2.5 },
          { kind: "dots", points: points(own[now]), colour: "c1", size: 3.6 },
        ],
      });
      const written = X.texts.steps[steps[now]];
      text.replaceChildren(...(written === undefined ? [] : [
        X.element("p", {}, `What the training of seed ${X.texts.seed} goes on with here, after “${X.texts.prompt.trim()}” (a recorded sample):`),
        X.element("pre", { tabindex: 0, "aria-label": "Text written at this checkpoint" }, X.texts.prompt + written),
      ]));
      result.innerHTML =
        `At step ${steps[now].toLocaleString("en")}${inPhase ? `, in the ${inPhase.name},` : ""} RankMe is <b>${curve[now].toFixed(3)}</b> of ${size}, ` +
        `alpha-ReQ of ranks ${window.join(" to ")} <b>${slopes[now].toFixed(3)}</b>, and the leading direction has ${(100 * own[now][0]).toFixed(1)} % of the variance.`;
    };
    draw();
  };

  X.mount("checkpoints", view);
})();
