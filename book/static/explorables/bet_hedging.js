// How long a population lives whose members differ by chance: `instruments.bet_hedging`, and a view of it.
"use strict";
(() => {
  const X = window.explorables;
  const NODES = 2000, LEAST_SPREAD = 1e-4;

  /** ln Gamma(a) for a of one half or more: Stirling's series, after stepping up to where it is exact. */
  const logGamma = (a) => {
    let shift = 0;
    for (; a < 15; a++) shift += Math.log(a);
    const b = 1 / (a * a);
    return (a - 0.5) * Math.log(a) - a + Math.log(2 * Math.PI) / 2 + (1 / 12 - b * (1 / 360 - b * (1 / 1260 - b / 1680))) / a - shift;
  };

  /** Probability that a Poisson variable of this mean is k, also for k that is no whole number. */
  const poisson = (k, mean) => (mean > 0 ? Math.exp(k * Math.log(mean) - mean - logGamma(k + 1)) : Number(k === 0));

  /** The regularised lower incomplete gamma function: a series, or a continued fraction where x is large. */
  const gammaP = (a, x) => {
    if (x <= 0) return 0;
    const first = poisson(a, x);
    if (first === 0) return x > a ? 1 : 0;
    if (x < a + 1) {
      let term = 1, total = 1;
      for (let n = 1; term > 1e-17 * total; n++) { term *= x / (a + n); total += term; }
      return Math.min(1, first * total);
    }
    let c = 1e300, d = 1 / (x + 1 - a), h = d;
    for (let i = 1, b = x + 3 - a; i < 10000; i++, b += 2) {
      const an = -i * (i - a);
      d = 1 / (an * d + b);
      c = b + an / c;
      h *= c * d;
      if (Math.abs(c * d - 1) < 1e-16) break;
    }
    return 1 - first * a * h;
  };

  /** The probability that a noncentral chi-square variable is below x: a Poisson mixture of central ones. */
  const noncentral = (x, d, shift) => {
    const mean = shift / 2, half = x / 2, reach = 9 * Math.sqrt(mean) + 12;
    const from = Math.max(0, Math.floor(mean - reach)), to = Math.ceil(mean + reach);
    let below = gammaP(d / 2 + to, half), step = poisson(d / 2 + to - 1, half), weight = poisson(to, mean), total = 0;
    for (let j = to; j >= from; j--) {
      total += weight * below;
      below += step;
      step *= (d / 2 + j - 1) / half;
      weight *= mean > 0 ? j / mean : 0;
    }
    return Math.min(1, mean > 0 ? total : gammaP(d / 2, half));
  };

  const individualSurvival = (distance, sd, tolerance, d) =>
    sd < LEAST_SPREAD * tolerance
      ? Number(distance < tolerance * Math.sqrt(d))
      : noncentral(d * (tolerance / sd) ** 2, d, (distance / sd) ** 2);

  const units = {};
  /** Distances of equal probability that stand for those of a normal optimum from the origin. */
  const optimumDistances = (size, d) => {
    units[d] ??= Array.from({ length: NODES }, (_, i) => {
      const aim = (i + 0.5) / NODES;
      let [low, high] = [0, 10 * d + 60];
      for (let round = 0; round < 60; round++) {
        const middle = (low + high) / 2;
        if (gammaP(d / 2, middle / 2) < aim) low = middle; else high = middle;
      }
      return Math.sqrt((low + high) / 2);
    });
    return units[d].map((unit) => size * unit);
  };

  /** The probability that a population of n is alive after each of so many generations. */
  const aliveCurve = (generations, { n, sd, rate, size, tolerance, d }) => {
    const some = optimumDistances(size, d).map((far) => 1 - (1 - individualSurvival(far, sd, tolerance, d)) ** n);
    let ahead = some.map(() => 1), mean = 1;
    return Array.from({ length: generations }, () => {
      ahead = some.map((s, i) => s * ((1 - rate) * ahead[i] + rate * mean));
      mean = X.sum(ahead) / NODES;
      return mean;
    });
  };

  const GENERATIONS = 60, FIXED = { tolerance: 0.3, d: 4 };
  const spreads = X.evenly(0, 0.6, 31);

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const plots = X.element("div", { class: "explorable-plots" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, plots, result);
    const changed = () => update();
    const rate = X.slider(controls, { label: "New optimum, share of generations", values: X.evenly(0, 1, 21), start: 1, text: (v) => `${Math.round(100 * v)} %`, changed });
    const size = X.slider(controls, { label: "Size of the changes", values: X.evenly(0.05, 0.8, 16), start: 0.3, text: X.short, changed });
    const sd = X.slider(controls, { label: "Spread of the phenotypes", values: spreads, start: 0.2, text: X.short, changed });
    const n = X.slider(controls, { label: "Population", values: [5, 10, 20, 50, 100, 200, 500, 1000], start: 200, changed });
    const course = X.chart(plots, { height: 215 });
    const best = X.chart(plots, { height: 215 });
    const percent = (value) => `${(100 * value).toFixed(1)} %`;

    function* after(world) {
      const points = [];
      for (const spread of spreads) {
        points.push([spread, aliveCurve(GENERATIONS, { ...world, sd: spread }).at(-1)]);
        yield points;
      }
      return points;
    }

    const update = () => {
      const world = { ...FIXED, n: n.value, rate: rate.value, size: size.value };
      const curves = [sd.value, 0].map((spread) => aliveCurve(GENERATIONS, { ...world, sd: spread }));
      const [alive, without] = curves.map((curve) => curve.at(-1));
      const lines = curves.map((curve) => [[0, 1], ...curve.map((value, i) => [i + 1, value])]);
      course.draw({
        title: "Probability to be alive",
        alt: `After ${GENERATIONS} generations ${percent(alive)} of populations are alive with the chosen spread, ${percent(without)} without any.`,
        x: { label: "generations", range: [0, GENERATIONS] }, y: { label: "share of populations", range: [0, 1.02] },
        marks: [
          { kind: "line", points: lines[1], colour: "muted", dash: "6 4" },
          { kind: "line", points: lines[0], colour: "c1", width: 2.5 },
        ],
      });
      const drawBest = (points) => best.draw({
        title: `Alive after ${GENERATIONS} generations`, alt: `Share of populations alive, against the spread of their phenotypes; ${percent(alive)} at the chosen one.`,
        x: { label: "spread of the phenotypes", range: [0, 0.6] }, y: { label: "share of populations", range: [0, 1.02] },
        marks: [
          { kind: "line", points, colour: "c1" },
          { kind: "rule", at: sd.value },
          { kind: "dots", points: [[sd.value, alive]], colour: "c2", size: 6 },
        ],
      });
      result.setAttribute("aria-busy", "true");
      X.inSlices(stage, after(world), {
        progress: drawBest,
        done: (points) => {
          drawBest(points);
          const top = points.reduce((a, b) => (b[1] > a[1] ? b : a));
          result.removeAttribute("aria-busy");
          result.innerHTML =
            `After ${GENERATIONS} generations <b>${percent(alive)}</b> of populations are alive with this spread (blue), and <b>${percent(without)}</b> without any (dashed). ` +
            `Of the spreads tried, ${X.short(top[0])} keeps most alive: ${percent(top[1])}.`;
        },
      });
    };
    X.whenNear(stage, update);
  };

  Object.assign(X, { individualSurvival, optimumDistances, aliveCurve });
  X.mount("bet-hedging", view);
})();
