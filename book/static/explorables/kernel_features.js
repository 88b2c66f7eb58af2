// Features that fill the eigenfunctions of an augmentation kernel: `instruments.augmentation_kernel`, `kernel_matching`, and a view of them.
"use strict";
(() => {
  const X = window.explorables;
  const dot = (a, b) => { let total = 0; for (let i = 0; i < a.length; i++) total += a[i] * b[i]; return total; };
  const column = (rows, k) => rows.map((row) => row[k]);

  /** Where images at points of a line land, `[image][view]`, if noise moves them to their neighbours; points rise. */
  const landing = (points, noise) =>
    points.map((x) => {
      const row = points.map((v) => Math.exp(-((x - v) ** 2) / (2 * noise ** 2)));
      const total = X.sum(row);
      return row.map((p) => p / total);
    });

  /** Eigenvalues of the kernel and its eigenfunctions on views `[view][rank]`, without the constant one. */
  const kernelEigenfunctions = (landed) => {
    const n = landed.length, weights = landed[0].map((_, v) => X.sum(column(landed, v)) / n);
    const scaled = weights.map((w, v) => landed.map((row) => row[v] / Math.sqrt(n * w) - Math.sqrt(w / n)));
    const { values, vectors } = X.eigen(scaled.map((a) => scaled.map((b) => dot(a, b))));
    return { weights, values: values.slice(0, n - 1), views: vectors.map((row, v) => row.slice(0, n - 1).map((u) => u / Math.sqrt(weights[v]))) };
  };

  /** An orthonormal basis of the span of centred features `[view][k]`, in terms of the eigenfunctions. */
  const coordinates = (features, { weights, views }) => {
    const roots = weights.map(Math.sqrt), basis = [];
    for (let k = 0; k < features[0].length; k++) {
      const f = column(features, k), mean = dot(weights, f);
      let u = f.map((value, v) => roots[v] * (value - mean));
      const size = Math.sqrt(dot(u, u));
      for (let twice = 0; twice < 2; twice++) for (const b of basis) { const along = dot(b, u); u = u.map((value, v) => value - along * b[v]); }
      const left = Math.sqrt(dot(u, u));
      if (left > 1e-10 * size) basis.push(u.map((value) => value / left));
    }
    return basis.map((b) => views[0].map((_, i) => dot(b, views.map((row, v) => roots[v] * row[i]))));
  };

  /** How much of each eigenfunction lies in the span of the features. */
  const captured = (features, known) => {
    const parts = coordinates(features, known);
    return known.values.map((_, i) => X.sum(parts.map((part) => part[i] ** 2)));
  };

  /** How much of what as many features can match of the kernel these features match. */
  const matched = (features, known) => {
    const parts = coordinates(features, known), weighted = parts.map((part) => part.map((c, i) => c * known.values[i]));
    const best = X.sum(known.values.slice(0, features[0].length).map((value) => value ** 2));
    return X.sum(weighted.flatMap((a) => parts.map((b) => dot(a, b) ** 2))) / best;
  };

  /** Gradient descent of features on `2 tr(S - C) + 2 orthogonality |S - 1|^2`, each view at the rate of its probability; keeps the steps `at`. */
  function* descendMatching(start, landed, { orthogonality, rate, at }) {
    const n = landed.length, weights = landed[0].map((_, v) => X.sum(column(landed, v)) / n);
    const kernel = weights.map((w, v) => weights.map((_, u) => X.sum(landed.map((row) => row[v] * row[u])) / n / w)); // k(v, u) p(u)
    const d = start[0].length, kept = [];
    let features = start.map((row) => [...row]);
    for (let step = 0; step <= at.at(-1); step++) {
      if (at.includes(step)) kept.push(features);
      const columns = Array.from({ length: d }, (_, k) => column(features, k));
      const off = columns.map((a, k) => columns.map((b, l) => X.sum(weights.map((w, v) => w * a[v] * b[v])) - Number(k === l)));
      features = features.map((row, v) => row.map((value, k) =>
        value - rate * (4 * (value - dot(kernel[v], columns[k])) + 8 * orthogonality * dot(row, off[k]))));
      yield step;
    }
    return kept;
  }

  const KINDS = 5, EACH = 6, MOST = 10, RATE = 0.02;
  const points = Array.from({ length: KINDS * EACH }, (_, i) => 1.1 * Math.floor(i / EACH) + 0.17 * (i % EACH) + 0.03 * Math.floor(i / EACH) ** 1.5);
  const at = [0, 1, 2, 4, 7, 12, 20, 30, 45, 70, 100, 150, 220, 330, 500, 750, 1100, 1600];

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const plots = X.element("div", { class: "explorable-plots" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, plots, result);
    const step = X.slider(controls, { label: "Step", values: at, start: 45, changed: () => show() });
    const strength = X.slider(controls, { label: "Orthogonality β", values: [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 4], start: 0.5, changed: () => train() });
    const d = X.slider(controls, { label: "Features", values: [1, 2, 3, 4, 5, 6, 7, 8], start: 6, changed: () => train() });
    const reach = X.slider(controls, { label: "Reach of the augmentation", values: [0.1, 0.15, 0.2, 0.3, 0.45, 0.6, 0.8], start: 0.2, text: X.short, changed: () => train() });
    const filling = X.chart(plots, { height: 200 });
    const course = X.chart(plots, { height: 200 });
    let known, shares = [], matches = [];

    const show = () => {
      const now = at.indexOf(step.value), chosen = shares[now];
      if (!chosen) return;
      const ranks = chosen.slice(0, MOST).map((share, i) => [i + 1, share]);
      const values = known.values.slice(0, MOST).map((value, i) => [i + 1, value]);
      const full = chosen.slice(0, d.value).filter((share) => share > 0.9).length;
      filling.draw({
        title: "Share captured (bars)", alt: `At step ${step.value} the features capture more than nine tenths of ${full} of the first ${d.value} eigenfunctions.`,
        x: { label: "eigenfunction", range: [0.4, MOST + 0.6], ticks: [1, 2, 4, 6, 8, 10] }, y: { label: "share, eigenvalue", range: [0, 1.04] },
        marks: [
          { kind: "bars", points: ranks, colour: "c1", width: 16 },
          { kind: "rule", at: d.value + 0.5 },
          { kind: "line", points: values, colour: "c2", width: 1.2 },
          { kind: "dots", points: values, colour: "c2", size: 3.5 },
        ],
      });
      const line = matches.map((value, i) => [Math.max(at[i], 0.5), value]);
      course.draw({
        title: "Share of the kernel matched", alt: `The share of the kernel that is matched, against steps; ${(100 * matches[now]).toFixed(1)} % at step ${step.value}.`,
        x: { label: "step", range: [0.5, at.at(-1)], log: true, ticks: [1, 10, 100, 1000] }, y: { label: "share", range: [0, 1.04] },
        marks: [
          { kind: "line", points: line, colour: "c1", width: 2.5 },
          { kind: "dots", points: [line[now]], colour: "c2", size: 6 },
        ],
      });
      const left = known.values.slice(0, d.value).filter((value) => value < 1 - 2 * strength.value).length;
      result.innerHTML =
        `At step ${step.value} the features match <b>${(100 * matches[now]).toFixed(1)} %</b> of what ${d.value} could, and hold more than nine tenths of <b>${full}</b> of the first ${d.value} eigenfunctions. ` +
        (left ? `At this strength the minimum of the loss leaves out ${left} of them.` : "At this strength the minimum of the loss leaves none of them out.") + " Orange: eigenvalues.";
    };

    const train = () => {
      const landed = landing(points, reach.value), normal = X.normals(3);
      known = kernelEigenfunctions(landed);
      const start = points.map(() => Array.from({ length: d.value }, () => 0.1 * normal()));
      const means = start[0].map((_, k) => dot(known.weights, column(start, k)));
      const centred = start.map((row) => row.map((value, k) => value - means[k]));
      result.setAttribute("aria-busy", "true");
      X.inSlices(stage, descendMatching(centred, landed, { orthogonality: strength.value, rate: RATE, at }), {
        done: (kept) => {
          shares = kept.map((features) => captured(features, known));
          matches = kept.map((features) => matched(features, known));
          result.removeAttribute("aria-busy");
          show();
        },
      });
    };
    X.whenNear(stage, train);
  };

  Object.assign(X, { landing, kernelEigenfunctions, captured, matched, descendMatching });
  X.mount("kernel-features", view);
})();
