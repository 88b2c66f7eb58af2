// How many paired synapses rule a wrong geometry out: `instruments.synapse_power.required_synapses` with the likelihood.
"use strict";
(() => {
  const X = window.explorables;
  const FEWEST = 10, AROUND = [-1.5, -1, -0.5, 0, 0.5].map((power) => 2 ** power), LEVEL = 0.05;

  /** Sizes before and after, `trials` rows each of `n`; `normal` gives standard normal numbers. */
  const simulateSynapses = (exponent, [trials, n], { change, spread, noise }, normal) => {
    const count = trials * n, drawn = count + Math.floor(count / 4), power = exponent - 1;
    const first = [], last = [];
    while (first.length < count) {
      const logBefore = Float64Array.from({ length: drawn }, () => spread * normal());
      for (const log of logBefore) {
        const dual = X.dualSize(log, exponent) + change * normal();
        if (!(1 + power * dual > 0)) continue; // lost
        first.push(log);
        last.push(power === 0 ? dual : Math.log1p(power * dual) / power);
      }
    }
    const error = Math.sqrt(Math.log1p(noise ** 2));
    const noisy = (logs) => logs.slice(0, count).map((log) => Math.exp(log + (noise ? error * normal() : 0)));
    const rows = (sizes) => Array.from({ length: trials }, (_, i) => sizes.slice(i * n, (i + 1) * n));
    return [rows(noisy(first)), rows(noisy(last))];
  };

  /** Where a probit line in the root of n, fitted by weighted least squares again and again, reaches the power. */
  const crossing = (sizes, counts, trials, power) => {
    const nowhere = { n: Infinity, low: sizes[0], high: Infinity };
    if (sizes.length === 1) return nowhere;
    const roots = sizes.map(Math.sqrt), shares = counts.map((count) => (count + 0.5) / (trials + 1));
    let line = shares.map(X.ndtri), offset = 0, rise = 0, covariance = [];
    for (let round = 0; round < 20; round++) {
      let [a, b, c, d, e] = [0, 0, 0, 0, 0];
      roots.forEach((root, i) => {
        const fitted = Math.min(1 - 1e-6, Math.max(1e-6, X.ndtr(line[i]))), score = X.ndtri(fitted);
        const slope = Math.exp(-(score ** 2) / 2) / Math.sqrt(2 * Math.PI);
        const weight = (trials * slope ** 2) / (fitted * (1 - fitted)), aim = score + (shares[i] - fitted) / slope;
        a += weight; b += weight * root; c += weight * root * root; d += weight * aim; e += weight * root * aim;
      });
      const determinant = a * c - b * b;
      covariance = [c / determinant, -b / determinant, a / determinant];
      offset = covariance[0] * d + covariance[1] * e;
      rise = covariance[1] * d + covariance[2] * e;
      line = roots.map((root) => offset + rise * root);
    }
    if (rise <= 0) return nowhere;
    const root = (X.ndtri(power) - offset) / rise;
    const error = 1.96 * Math.sqrt((covariance[0] + 2 * covariance[1] * root + covariance[2] * root ** 2) / rise ** 2);
    const [low, n, high] = [root - error, root, root + error].map((r) => Math.max(FEWEST, Math.max(r, 0) ** 2));
    return { n, low, high, offset, rise };
  };

  /** Numbers of synapses until one is enough, then powers about that one; yields what it is doing. */
  function* requiredSynapses(truth, rival, { change, spread, noise = 0, assumed = noise, power = 0.8, replicates = 200, most = 5000, normal }) {
    const critical = X.ndtri(1 - LEVEL / 2) ** 2;
    function* successes(n, trials) {
      const [before, after] = simulateSynapses(truth, [trials, n], { change, spread, noise }, normal);
      let count = 0;
      for (let i = 0; i < trials; i++) {
        count += X.deviance(before[i], after[i], rival, assumed).deviance > critical;
        yield { n, done: (i + 1) / trials };
      }
      return count;
    }
    const quarter = Math.floor(replicates / 4);
    let enough = FEWEST;
    while (enough < most && (yield* successes(enough, quarter)) < power * quarter) enough *= 2;
    enough = Math.min(enough, most);
    const within = (n) => Math.min(most, Math.max(FEWEST, Math.round(n)));
    const sizes = [...new Set(AROUND.map((factor) => within(enough * factor)))];
    const counts = [];
    for (const n of sizes) counts.push(yield* successes(n, replicates));
    const shares = () => counts.map((count) => count / replicates);
    if (sizes[0] === FEWEST && shares()[0] >= power) return { n: FEWEST, low: FEWEST, high: FEWEST, sizes, power: shares() };
    let found = crossing(sizes, counts, replicates, power);
    for (let larger = AROUND.at(-1) * Math.SQRT2; found.n > sizes.at(-1) && sizes.at(-1) < most; larger *= Math.SQRT2) {
      sizes.push(Math.min(Math.round(enough * larger), most));
      counts.push(yield* successes(sizes.at(-1), replicates));
      found = crossing(sizes, counts, replicates, power);
    }
    const { offset, rise } = found;
    if (found.n <= most) return { ...found, sizes, power: shares() };
    if (shares().at(-1) < power) return { n: null, low: null, high: null, sizes, power: shares(), offset, rise };
    return { n: most, low: Math.min(found.low, most), high: found.high, sizes, power: shares(), offset, rise };
  }

  const MOST = 1500, REPLICATES = 100; // a page shall answer within seconds
  const exponents = [1, 1.5, 2, 2.5, 3, 3.5, 4];
  const names = { 1: "1, negative entropy", 2: "2, Euclidean" };
  const percent = (value) => `${X.short(100 * value)} %`;

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const place = X.element("div");
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, place, result);
    const changed = () => update();
    const exponent = (label, start) => X.slider(controls, { label, values: exponents, start, text: (p) => names[p] ?? String(p), changed });
    const truth = exponent("Exponent that holds", 3), rival = exponent("Exponent to rule out", 2);
    const change = X.slider(controls, { label: "Relative change of a typical synapse", values: [0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5], start: 0.3, text: percent, changed });
    const spread = X.slider(controls, { label: "Standard deviation of log size", values: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.83, 1, 1.2], start: 0.83, changed });
    const noise = X.slider(controls, { label: "Measurement noise", values: [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3], start: 0.1, text: percent, changed });
    const power = X.slider(controls, { label: "Power wanted", values: [0.5, 0.6, 0.7, 0.8, 0.9, 0.95], start: 0.8, text: percent, changed });
    const knows = X.choice(controls, { label: "The analysis", options: [["knows", "takes the noise into account"], ["ignores", "ignores the noise"]], start: "knows", changed });
    const chart = X.chart(place, { height: 210 });

    const python = () =>
      `required_synapses(${truth.value}, ${rival.value}, change=${change.value}, spread=${spread.value}, noise=${noise.value}` +
      `${knows.value === "ignores" && noise.value ? ", assumed_noise=0" : ""}${power.value === 0.8 ? "" : `, power=${power.value}`}, replicates=${REPLICATES}, rng=rng)`;

    const draw = (found, words) => {
      const sizes = found?.sizes ?? [10, 20], to = Math.max(20, 1.25 * sizes.at(-1));
      const marks = [{ kind: "rule", at: power.value, across: true, text: "power wanted", side: "left" }];
      if (found?.n) {
        marks.unshift({ kind: "band", from: Math.max(found.low, 8), to: Math.min(found.high, to) });
        marks.push({ kind: "rule", at: found.n });
      }
      if (found?.rise)
        marks.push({ kind: "line", points: X.inRatio(8, to, 80).map((n) => [n, X.ndtr(found.offset + found.rise * Math.sqrt(n))]), colour: "c1" });
      if (found) marks.push({ kind: "dots", points: sizes.map((n, i) => [n, found.power[i]]), colour: "c2", size: 5 });
      chart.draw({
        title: "The wrong exponent is ruled out", alt: words,
        x: { label: "paired synapses, logarithmic", range: [8, to], log: true }, y: { label: "share of experiments", range: [0, 1.02] }, marks,
      });
    };

    const update = () => {
      const code = `<br>The same in Python: <code>${python()}</code>`;
      if (truth.value === rival.value) {
        stage.run = null;
        draw(null, "Nothing is simulated.");
        result.innerHTML = "Choose two different exponents.";
        return;
      }
      const options = {
        change: change.value, spread: spread.value, noise: noise.value, assumed: knows.value === "knows" ? noise.value : 0,
        power: power.value, replicates: REPLICATES, most: MOST, normal: X.normals(1),
      };
      result.setAttribute("aria-busy", "true");
      X.inSlices(stage, requiredSynapses(truth.value, rival.value, options), {
        progress: ({ n }) => { result.innerHTML = `Simulating experiments with ${n} synapses …${code}`; },
        done: (found) => {
          const few = found.n === FEWEST && found.high === FEWEST;
          const words =
            found.n === null ? `More than ${MOST} synapses are needed; this page tries no more.`
            : few ? "Ten synapses are enough, the fewest that the analysis takes."
            : `About ${Math.round(found.n)} synapses are needed (95 % interval of the simulations ${Math.round(found.low)} to ${Number.isFinite(found.high) ? Math.round(found.high) : "more"}).`;
          result.removeAttribute("aria-busy");
          result.innerHTML = `<b>${words}</b>${code}`;
          draw(found, words);
        },
      });
    };
    draw(null, "Nothing has been simulated yet.");
    X.whenNear(stage, update);
  };

  Object.assign(X, { simulateSynapses, crossing, requiredSynapses });
  X.mount("synapse-calculator", view);
})();
