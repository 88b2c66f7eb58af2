// A neuron's activation as its gain and saturation move: `instruments.activation`.
"use strict";
(() => {
  const X = window.explorables;

  const sigmoid = (u) => 1 / (1 + Math.exp(-u));
  const softplus = (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));

  /** A rectifier of gain n that the saturation s turns into a sigmoid. */
  const gamma = (x, n, s) => ((1 - s) * softplus(n * x)) / n + s * sigmoid(n * x);

  /** Its derivatives in x, n and s. */
  const gammaDerivatives = (x, n, s) => {
    const u = n * x, q = sigmoid(u), soft = softplus(u), steep = q * (1 - q);
    return [(1 - s) * q + s * n * steep, s * x * steep - ((1 - s) * (soft - u * q)) / n ** 2, q - soft / n];
  };

  /** The largest slope in x. */
  const steepestSlope = (n, s) => (s > 1 / (n + 1) ? (1 + s * (n - 1)) ** 2 / (4 * n * s) : 1 - s);

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const plots = X.element("div", { class: "explorable-plots" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, plots, result);
    const changed = () => update();
    const gain = X.slider(controls, { label: "Gain n", values: [0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 4, 5, 5.5, 6, 7, 8, 10, 15, 20], start: 5, text: X.short, changed });
    const saturation = X.slider(controls, { label: "Saturation s", values: X.evenly(0, 1, 21), start: 0, text: (s) => s.toFixed(2), changed });
    const input = X.slider(controls, { label: "Input x", values: X.evenly(-3, 3, 61), start: 1, text: (x) => x.toFixed(1), changed });
    const activation = X.chart(plots, { height: 215 });
    const slope = X.chart(plots, { height: 215 });
    const across = X.evenly(-3, 3, 181);

    const update = () => {
      const [n, s, x] = [gain.value, saturation.value, input.value];
      const output = gamma(x, n, s), [ofX, ofN] = gammaDerivatives(x, n, s), steepest = steepestSlope(n, s);
      const curve = across.map((at) => [at, gamma(at, n, s)]);
      const outputs = curve.map(([, y]) => y);
      activation.draw({
        title: "Output", alt: `The activation rises from ${outputs[0].toFixed(2)} to ${outputs.at(-1).toFixed(2)}; at the chosen input it is ${output.toFixed(3)}.`,
        x: { label: "input x", range: [-3, 3] }, y: { label: "output", range: [-0.1, Math.max(3.1, 1.05 * outputs.at(-1))] },
        marks: [
          { kind: "line", points: across.map((at) => [at, Math.max(at, 0)]), colour: "muted", dash: "5 4", width: 1.3 },
          { kind: "line", points: curve, colour: "c1", width: 2.5 },
          { kind: "dots", points: [[x, output]], colour: "c2", size: 6 },
        ],
      });
      slope.draw({
        title: "Slope", alt: `The slope is at most ${steepest.toFixed(3)}; at the chosen input it is ${ofX.toFixed(3)}.`,
        x: { label: "input x", range: [-3, 3] }, y: { label: "slope", range: [0, Math.max(1.1, 1.08 * steepest)] },
        marks: [
          { kind: "rule", at: steepest, across: true, text: "steepest", side: "left" },
          { kind: "line", points: across.map((at) => [at, gammaDerivatives(at, n, s)[0]]), colour: "c1", width: 2.5 },
          { kind: "dots", points: [[x, ofX]], colour: "c2", size: 6 },
        ],
      });
      result.innerHTML =
        `The output is <b>${output.toFixed(4)}</b> with the slope ${ofX.toFixed(4)}; the steepest slope anywhere is ${steepest.toFixed(4)}. ` +
        `If the gain rises by a little, the output changes ${ofN.toFixed(4).replace("-", "−")} times as much. Dashed: the rectifier that large gains make when s is 0.`;
    };
    update();
  };

  Object.assign(X, { gamma, gammaDerivatives, steepestSlope });
  X.mount("activation", view);
})();
