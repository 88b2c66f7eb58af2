// The linear model of the three phases, trained on the page: `_free_features` of the study, one run at a time.
"use strict";
(() => {
  const X = window.explorables;

  const zipf = (classes, exponent) => {
    const weights = Array.from({ length: classes }, (_, i) => (i + 1) ** -exponent), total = X.sum(weights);
    return weights.map((weight) => weight / total);
  };

  /** 0 and at most `count - 1` whole steps from 1 to `steps`, evenly spaced in the logarithm. */
  const logSpaced = (steps, count) => [...new Set([0, ...X.inRatio(1, steps, count - 1).map(Math.round)])];

  /** Full-batch gradient descent on features and classifier (flat, a row for each class); yields at each step. */
  function* descend(features, classifier, frequencies, { at, rate, loss }) {
    const classes = frequencies.length, dimension = features.length / classes;
    const [f, w] = [Float64Array.from(features), Float64Array.from(classifier)];
    const [byF, byW, row] = [new Float64Array(f.length), new Float64Array(w.length), new Float64Array(classes)];
    const kept = [];
    let done = 0;
    for (const step of at) {
      for (; done < step; done++) {
        byF.fill(0);
        byW.fill(0);
        for (let c = 0; c < classes; c++) {
          const own = c * dimension;
          let largest = -Infinity;
          for (let k = 0; k < classes; k++) {
            let logit = 0;
            for (let j = 0; j < dimension; j++) logit += f[own + j] * w[k * dimension + j];
            row[k] = logit;
            if (logit > largest) largest = logit;
          }
          if (loss === "cross_entropy") {
            let total = 0;
            for (let k = 0; k < classes; k++) total += row[k] = Math.exp(row[k] - largest);
            for (let k = 0; k < classes; k++) row[k] *= frequencies[c] / total;
          } else for (let k = 0; k < classes; k++) row[k] *= frequencies[c];
          row[c] -= frequencies[c];
          for (let k = 0; k < classes; k++)
            for (let j = 0; j < dimension; j++) {
              byF[own + j] += row[k] * w[k * dimension + j];
              byW[k * dimension + j] += row[k] * f[own + j];
            }
        }
        for (let i = 0; i < f.length; i++) { f[i] -= rate * byF[i]; w[i] -= rate * byW[i]; }
        yield done / at.at(-1);
      }
      kept.push({ step, features: f.slice(), classifier: w.slice() });
    }
    return kept;
  }

  /** Eigenvalues and vectors of the frequency-weighted second moment of the features. */
  const spectrum = (features, frequencies) => {
    const dimension = features.length / frequencies.length;
    const moment = Array.from({ length: dimension }, (_, j) => Array.from({ length: dimension }, (__, k) =>
      frequencies.reduce((total, p, c) => total + p * features[c * dimension + j] * features[c * dimension + k], 0)));
    return X.eigen(moment);
  };

  const loss = (features, classifier, frequencies, kind) => {
    const dimension = features.length / frequencies.length;
    return X.sum(frequencies.map((p, c) => {
      const logits = frequencies.map((_, k) => {
        let logit = 0;
        for (let j = 0; j < dimension; j++) logit += features[c * dimension + j] * classifier[k * dimension + j];
        return logit;
      });
      if (kind === "mse") return (p * X.sum(logits.map((z, k) => (z - Number(k === c)) ** 2))) / 2;
      const against = logits.map((z) => z - logits[c]), largest = Math.max(...against);
      return p * (largest + Math.log(X.sum(against.map((z) => Math.exp(z - largest)))));
    }));
  };

  /** Features and classifier with entries N(0, scale^2), from the first of the stored normal numbers of a seed. */
  const initial = (seed, classes, dimension, scale) => {
    const drawn = Float64Array.from(X.draws[seed].slice(0, 2 * classes * dimension), (value) => scale * value);
    return [drawn.slice(0, classes * dimension), drawn.slice(classes * dimension)];
  };

  const STEPS = 10000, POINTS = 100, SCALE = 0.05, RATES = { cross_entropy: 1, mse: 0.5 };

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const scrubber = X.element("div", { class: "explorable-controls wide" });
    const plots = X.element("div", { class: "explorable-plots" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, plots, result);
    const changed = () => train();
    const skew = X.slider(controls, { label: "Skew z of the frequencies", values: X.evenly(0, 2.5, 26), start: 1.5, text: (z) => z.toFixed(1), changed });
    const dimension = X.slider(controls, { label: "Dimensions d", values: [2, 3, 4, 5, 6, 7, 8], start: 3, changed });
    const classes = X.slider(controls, { label: "Classes", values: [4, 8, 16, 32], start: 32, changed });
    const kind = X.choice(controls, { label: "Loss", options: [["cross_entropy", "cross-entropy"], ["mse", "squared errors"]], start: "cross_entropy", changed });
    const seed = X.choice(controls, { label: "Random start", options: Object.keys(X.draws).map((s) => [s, `seed ${s}`]), start: Object.keys(X.draws)[0], changed });
    const wide = X.element("div", { class: "wide" });
    plots.append(wide, scrubber);
    const course = X.chart(wide, { height: 170 });
    const plane = X.chart(plots, { height: 210, equal: true });
    const bars = X.chart(plots, { height: 210 });
    const at = logSpaced(STEPS, POINTS);
    const scrub = X.scrubber(scrubber, { label: "Training step", values: at, start: STEPS, text: (s) => s.toLocaleString("en"), changed: () => run && draw() });
    let run = null;

    const train = () => {
      const frequencies = zipf(classes.value, skew.value), start = initial(seed.value, classes.value, dimension.value, SCALE);
      result.setAttribute("aria-busy", "true");
      X.inSlices(stage, descend(...start, frequencies, { at, rate: RATES[kind.value], loss: kind.value }), {
        progress: (share) => { result.textContent = `Training … ${Math.round(100 * share)} %`; },
        done: (kept) => {
          const spectra = kept.map(({ features }) => spectrum(features, frequencies));
          const curve = spectra.map(({ values }) => X.rankme(values));
          run = { kept, spectra, curve, frequencies, spans: X.phases(at, curve), loss: kind.value };
          result.removeAttribute("aria-busy");
          draw();
        },
      });
    };

    /** Positions of all classes at a checkpoint along the two leading axes of the last one; the axes themselves in the plane. */
    const projected = (checkpoint) => {
      const d = checkpoint.features.length / run.frequencies.length, { vectors } = run.spectra.at(-1);
      const axis = (j) => (d === 2 ? [Number(j === 0), Number(j === 1)] : vectors.map((row) => row[j]));
      return run.frequencies.map((_, c) => [0, 1].map((j) => axis(j).reduce((total, v, k) => total + v * checkpoint.features[c * d + k], 0)));
    };

    const draw = () => {
      const now = at.indexOf(scrub.value), { curve, frequencies, spectra, spans } = run;
      const d = spectra[0].values.length, here = spectra[now].values, places = run.kept.map(projected);
      const described = spans.length ? spans.map((span) => span.name).join(", then ") : "no turning point";
      course.draw({
        title: "RankMe of the features", alt: `RankMe over training: ${described}. At the chosen step it is ${curve[now].toFixed(2)}.`,
        x: { label: "training step, logarithmic", range: [0.5, STEPS], log: true, ticks: [1, 10, 100, 1000, 10000] },
        y: { label: "RankMe", range: [0.9, Math.max(1.6, Math.max(...curve) * 1.12)] },
        marks: [
          ...X.bands(spans, 0.5),
          { kind: "line", points: at.map((step, i) => [Math.max(0.5, step), curve[i]]), colour: "base" },
          { kind: "rule", at: Math.max(0.5, at[now]) },
          { kind: "dots", points: [[Math.max(0.5, at[now]), curve[now]]], colour: "c2", size: 6 },
        ],
      });
      const reach = 1.08 * Math.max(...places[now].flat().map(Math.abs), 1e-9);
      plane.draw({
        title: d === 2 ? "Features, a dot for each class" : "Features along two leading axes",
        alt: "Dots for the classes' features, larger where a class is frequent, with the way that they have come.",
        x: { label: d === 2 ? "first dimension" : "first axis", range: [-reach, reach] },
        y: { label: d === 2 ? "second dimension" : "second axis", range: [-reach, reach] },
        marks: [
          ...frequencies.map((_, c) => ({ kind: "line", points: places.slice(0, now + 1).map((all) => all[c]), colour: "faint", width: 1 })),
          { kind: "dots", points: frequencies.map((p, c) => [...places[now][c], 2.5 + 6 * Math.sqrt(p / frequencies[0])]), colour: "c1" },
        ],
      });
      const shares = here.map((value) => Math.max(value / X.sum(here), 1e-6));
      bars.draw({
        title: "Spectrum, on a logarithmic axis", alt: `Shares of the eigenvalues: ${shares.map((share) => share.toPrecision(2)).join(", ")}.`,
        x: { label: "rank of the eigenvalue", range: [0.5, d + 0.5], ticks: here.map((_, i) => i + 1) },
        y: { label: "share of the variance", range: [Math.min(1e-3, 10 ** Math.floor(Math.log10(Math.min(...shares)))), 1.2], log: true },
        marks: [{ kind: "bars", points: shares.map((share, i) => [i + 1, share]), colour: "c1", width: 18 }],
      });
      const { features, classifier } = run.kept[now];
      result.innerHTML =
        `At step ${at[now].toLocaleString("en")} RankMe is <b>${curve[now].toFixed(3)}</b> of ${d}, and the loss ${loss(features, classifier, frequencies, run.loss).toFixed(4)}. ` +
        `Over the whole training: ${spans.length ? `<b>${described}</b>` : "<b>no turning point</b>, hence no phases"}.`;
    };
    X.whenNear(stage, train);
  };

  Object.assign(X, { zipf, logSpaced, descend, spectrum, loss, initial });
  X.mount("linear-model", view);
})();
