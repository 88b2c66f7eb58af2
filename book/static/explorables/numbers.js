// Special functions and eigenvalues, to about 1e-13: what scipy and numpy give the package.
"use strict";
(() => {
  const X = window.explorables;
  if (X.logNdtr) return;
  const ROOT_PI = Math.sqrt(Math.PI);

  /** exp(z^2) erfc(z) for z of 2 or more: Laplace's continued fraction from its far end. */
  const scaledErfc = (z) => {
    let rest = z;
    for (let k = Math.ceil(10 + 200 / (z * z)); k >= 1; k--) rest = z + k / 2 / rest;
    return 1 / (ROOT_PI * rest);
  };

  const erfc = (z) => {
    if (z < 0) return 2 - erfc(-z);
    if (z >= 2) return Math.exp(-z * z) * scaledErfc(z);
    let term = z, total = z;
    for (let n = 1; term > 1e-17 * total; n++) { term *= (2 * z * z) / (2 * n + 1); total += term; }
    return 1 - (2 / ROOT_PI) * Math.exp(-z * z) * total;
  };

  const ndtr = (x) => erfc(-x / Math.SQRT2) / 2;

  const logNdtr = (x) => {
    if (x > 9) return 0; // within 1e-19
    if (x > -2.9) return Math.log1p(-erfc(x / Math.SQRT2) / 2);
    return -(x * x) / 2 + Math.log(scaledErfc(-x / Math.SQRT2) / 2);
  };

  /** The normal quantile: bisection to begin with, then Newton's method on the logarithm of the nearer tail. */
  const ndtri = (p) => {
    if (p > 0.5) return -ndtri(1 - p);
    let [low, high] = [-40, 0];
    while (high - low > 0.25) {
      const middle = (low + high) / 2;
      if (ndtr(middle) < p) low = middle; else high = middle;
    }
    let x = (low + high) / 2;
    for (let round = 0; round < 8; round++) {
      const value = logNdtr(x);
      x -= (value - Math.log(p)) * Math.exp(value + (x * x) / 2) * Math.sqrt(2 * Math.PI);
    }
    return x;
  };

  /** Eigenvalues, descending, of a symmetric matrix and their vectors (columns), by Jacobi's rotations. */
  const eigen = (matrix) => {
    const n = matrix.length, a = matrix.map((row) => [...row]);
    const vectors = a.map((_, i) => a.map((__, j) => Number(i === j)));
    for (let sweep = 0; sweep < 60; sweep++) {
      let off = 0, all = 0;
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { all += a[i][j] ** 2; if (i !== j) off += a[i][j] ** 2; }
      if (off <= 1e-34 * all) break;
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
        if (a[i][j] === 0) continue;
        const theta = (a[j][j] - a[i][i]) / (2 * a[i][j]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1), s = t * c;
        for (let k = 0; k < n; k++) { const [p, q] = [a[k][i], a[k][j]]; a[k][i] = c * p - s * q; a[k][j] = s * p + c * q; }
        for (let k = 0; k < n; k++) { const [p, q] = [a[i][k], a[j][k]]; a[i][k] = c * p - s * q; a[j][k] = s * p + c * q; }
        for (const row of vectors) { const [p, q] = [row[i], row[j]]; row[i] = c * p - s * q; row[j] = s * p + c * q; }
      }
    }
    const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
    return { values: order.map((i) => a[i][i]), vectors: vectors.map((row) => order.map((i) => row[i])) };
  };

  /** A source of standard normal numbers: mulberry32 and Box and Muller's transform. */
  const normals = (seed) => {
    let state = seed >>> 0, spare = null;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
    };
    return () => {
      if (spare !== null) { const value = spare; spare = null; return value; }
      const radius = Math.sqrt(-2 * Math.log(uniform())), turn = 2 * Math.PI * uniform();
      spare = radius * Math.sin(turn);
      return radius * Math.cos(turn);
    };
  };

  Object.assign(X, { erfc, ndtr, logNdtr, ndtri, eigen, normals });
})();
