// CKA between a cloud of points and itself after some of them moved: the closed form of `instruments.translation`.
"use strict";
(() => {
  const X = window.explorables;

  const dot = (a, b) => a.reduce((total, value, i) => total + value * b[i], 0);

  const centred = (x) => {
    const mean = x[0].map((_, j) => X.sum(x.map((row) => row[j])) / x.length);
    return x.map((row) => row.map((value, j) => value - mean[j]));
  };

  const moment = (x, y) => x[0].map((_, j) => y[0].map((__, k) => x.reduce((total, row, i) => total + row[j] * y[i][k], 0)));
  const squares = (matrix) => X.sum(matrix.map((row) => dot(row, row)));

  /** What the closed form needs of features `x` (rows) and of the Boolean `moved`. */
  const prepared = (x, moved) => {
    const features = centred(x);
    const count = moved.filter(Boolean).length;
    const total = features[0].map((_, j) => features.reduce((s, row, i) => s + (moved[i] ? row[j] : 0), 0));
    return { features, energy: squares(moment(features, features)), total, spread: count * (1 - count / x.length), count };
  };

  /** `instruments.translation.translated_cka` at one distance. */
  const translatedCka = (x, moved, direction, distance) => {
    const { features, energy, total, spread } = prepared(x, moved);
    const length = Math.sqrt(dot(direction, direction));
    const v = direction.map((value) => value / length);
    const along = features.map((row) => dot(row, v));
    const cross = features.reduce((s, row, i) => s + dot(total, row) * along[i], 0);
    const reach = dot(total, total), pull = dot(total, v);
    const balance = (energy / spread ** 2) ** 0.25;
    const a = balance / Math.hypot(balance, distance), b = balance * (distance / Math.hypot(balance, distance));
    const withX = energy * a ** 2 + 2 * a * b * cross + b ** 2 * reach;
    const withSelf =
      energy * a ** 4 + 4 * a ** 3 * b * cross + 2 * (a * b) ** 2 * (dot(along, along) * spread + pull ** 2 + reach) +
      4 * a * b ** 3 * pull * spread + (b ** 2 * spread) ** 2;
    return Math.min(1, Math.max(0, withX / Math.sqrt(energy * withSelf)));
  };

  /** `instruments.translation.translated_cka_limit`, and the three factors that make it up. */
  const translatedCkaLimit = (x, moved) => {
    const { features, energy, total, spread, count } = prepared(x, moved);
    const share = count / x.length;
    const size = X.sum(features.map((row) => dot(row, row)));
    return {
      limit: Math.min(1, dot(total, total) / (spread * Math.sqrt(energy))),
      odds: share / (1 - share),
      farness: dot(total, total) / count ** 2 / (size / x.length),
      dimensions: size ** 2 / energy,
    };
  };

  /** `instruments.similarity.cka`, linear and biased, computed from both sets of features. */
  const cka = (x, y) => {
    const [a, b] = [centred(x), centred(y)];
    return squares(moment(a, b)) / Math.sqrt(squares(moment(a, a)) * squares(moment(b, b)));
  };

  /** Three round classes of 30 points at the corners of a triangle, whose centres are `separation` from the middle. */
  const cloud = (separation) =>
    Array.from({ length: 90 }, (_, i) => {
      const [own, place] = [Math.floor(i / 30), i % 30];
      const [corner, turn] = [Math.PI * (0.5 + (2 * own) / 3), place * Math.PI * (3 - Math.sqrt(5))];
      const radius = Math.sqrt((place + 0.5) / 30);
      return [separation * Math.cos(corner) + radius * Math.cos(turn), separation * Math.sin(corner) + radius * Math.sin(turn)];
    });

  const subsets = {
    class: ["one class (30 of 90)", (i) => i < 30],
    half: ["half of a class (15)", (i) => i < 30 && i % 2 === 0],
    two: ["two classes (60)", (i) => i < 60],
    every: ["every third point (30)", (i) => i % 3 === 0],
    point: ["a single point", (i) => i === 29],
  };

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const plots = X.element("div", { class: "explorable-plots" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, plots, result);
    const changed = () => update();
    const who = X.choice(controls, { label: "Points that move", options: Object.entries(subsets).map(([key, [words]]) => [key, words]), start: "class", changed });
    const distance = X.slider(controls, { label: "Distance", values: [0, ...X.inRatio(0.1, 1000, 81)], start: 2, text: X.short, changed });
    const angle = X.slider(controls, { label: "Direction", values: X.evenly(0, 345, 24), start: 30, text: (v) => `${v}°`, changed });
    const apart = X.slider(controls, { label: "Classes from the middle", values: X.evenly(0, 4, 17), start: 1.5, text: X.short, changed });
    const plane = X.chart(plots, { height: 300, equal: true });
    const curve = X.chart(plots, { height: 300 });

    const update = () => {
      const x = cloud(apart.value);
      const moved = x.map((_, i) => subsets[who.value][1](i));
      const turn = (angle.value * Math.PI) / 180;
      const v = [Math.cos(turn), Math.sin(turn)];
      const y = x.map((row, i) => (moved[i] ? [row[0] + distance.value * v[0], row[1] + distance.value * v[1]] : row));
      const value = translatedCka(x, moved, v, distance.value);
      const { limit, odds, farness, dimensions } = translatedCkaLimit(x, moved);
      const at = [0.1, ...X.inRatio(0.1, 1000, 121)];
      const ends = (j) => [Math.min(...x.concat(y).map((row) => row[j])), Math.max(...x.concat(y).map((row) => row[j]))];
      const widened = ([low, high]) => [low - 0.05 * (high - low), high + 0.05 * (high - low)];
      plane.draw({
        title: "The points, after the move",
        alt: `${moved.filter(Boolean).length} of 90 points in the plane stand ${X.short(distance.value)} away from where they were; open circles show where.`,
        x: { label: "first feature", range: widened(ends(0)) },
        y: { label: "second feature", range: widened(ends(1)) },
        marks: [
          { kind: "dots", points: x.filter((_, i) => moved[i]), colour: "faint", size: 3, open: true },
          { kind: "dots", points: y.filter((_, i) => !moved[i]), colour: "muted", size: 3.5 },
          { kind: "dots", points: y.filter((_, i) => moved[i]), colour: "c2", size: 3.5 },
        ],
      });
      curve.draw({
        title: "CKA before and after",
        alt: `CKA falls from 1 to ${limit.toFixed(3)} as the distance grows; at the chosen distance it is ${value.toFixed(3)}.`,
        x: { label: "distance, logarithmic", range: [0.1, 1000], log: true },
        y: { label: "linear CKA", range: [0, 1.02] },
        marks: [
          { kind: "rule", at: limit, across: true, text: "limit" },
          { kind: "line", points: at.map((c) => [c, translatedCka(x, moved, v, c)]), colour: "c1" },
          { kind: "dots", points: [[Math.max(0.1, distance.value), value]], colour: "c2", size: 6 },
        ],
      });
      result.innerHTML =
        `CKA is <b>${value.toFixed(4)}</b> by the closed form and ${cka(x, y).toFixed(4)} computed from the two sets of points. Far away it tends to ` +
        `<b>${limit.toFixed(4)}</b> in every direction: ${odds.toFixed(3)} (points that move for each that stays) × ${farness.toFixed(3)} ` +
        `(squared distance of their mean from the middle, over the mean square of all) × ${Math.sqrt(dimensions).toFixed(3)} (root of the participation ratio).`;
    };
    update();
  };

  Object.assign(X, { translatedCka, translatedCkaLimit, cka, cloud });
  X.mount("cka-translation", view);
})();
