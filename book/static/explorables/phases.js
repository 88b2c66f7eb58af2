// RankMe, power laws and phases: `instruments.spectrum` and `instruments.phases`.
"use strict";
(() => {
  const X = window.explorables;
  if (X.phases) return;

  /** `instruments.spectrum.rankme` of eigenvalues. */
  const rankme = (eigenvalues) => {
    const values = eigenvalues.map((value) => Math.max(value, 0)), total = X.sum(values);
    return Math.exp(-X.sum(values.map((value) => value / total + 1e-7).map((p) => p * Math.log(p))));
  };

  /** The exponent and the first value of `instruments.spectrum.power_law`, in a window of ranks that counts from 1. */
  const powerLaw = (eigenvalues, [first, last]) => {
    const ranks = Array.from({ length: last - first + 1 }, (_, i) => first + i), total = X.sum(ranks.map((rank) => 1 / rank));
    const weighted = (value) => X.sum(ranks.map((rank) => value(rank) / rank / total));
    const x = (rank) => Math.log(rank), y = (rank) => Math.log(eigenvalues[rank - 1]);
    const [middleX, middleY] = [weighted(x), weighted(y)];
    const slope = weighted((rank) => (x(rank) - middleX) * (y(rank) - middleY)) / weighted((rank) => (x(rank) - middleX) ** 2);
    return { alpha: -slope, at: (rank) => Math.exp(middleY + slope * (x(rank) - middleX)) };
  };

  /** `instruments.phases.phases`: stretches between turning points, from which the curve moves away by 5 % on both sides. */
  const phases = (steps, curve, leastChange = 0.05) => {
    const values = curve.map(Math.log), threshold = Math.log1p(leastChange), turns = [];
    let [top, bottom, direction] = [0, 0, 0];
    values.forEach((value, i) => {
      if (value > values[top]) top = i;
      if (value < values[bottom]) bottom = i;
      if (direction >= 0 && values[top] - value > threshold) {
        if (direction > 0) turns.push(top);
        [direction, bottom] = [-1, i];
      } else if (direction <= 0 && value - values[bottom] > threshold) {
        if (direction < 0) turns.push(bottom);
        [direction, top] = [1, i];
      }
    });
    if (!turns.length) return [];
    const bounds = [0, ...turns, values.length - 1];
    const rising = values[turns[0]] > values[0];
    return bounds.slice(1).map((end, i) => ({
      name: (i % 2 === 0) === rising ? "expansion" : i ? "compression" : "collapse", start: steps[bounds[i]], end: steps[end],
    }));
  };

  const tints = { collapse: "t1", expansion: "t2", compression: "t3" };

  /** Stretches of training as marks of a chart whose first step 0 stands at `least`. */
  const bands = (spans, least) =>
    spans.map(({ name, start, end }) => ({ kind: "band", from: Math.max(least, start), to: end, text: name, tint: tints[name] }));

  Object.assign(X, { rankme, powerLaw, phases, bands });
})();
