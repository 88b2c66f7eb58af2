// How likely a synapse's later size is under a geometry of plasticity: `instruments.synapse_likelihood`, one sample at a time.
"use strict";
(() => {
  const X = window.explorables;
  const RANGE = [-1, 5]; // of exponents
  const STEP = 1e-3, ROUNDS = 4, FARTHEST = 5, LEAST_GAIN = 1e-4;
  const clip = (value, low, high) => Math.min(high, Math.max(low, value));

  const variance = (values) => {
    const mean = X.sum(values) / values.length;
    return values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  };

  const median = (values) => {
    const sorted = Float64Array.from(values).sort(), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  };

  const dualPower = (exponent) => (Math.abs(exponent - 1) < 1e-8 ? 1e-8 : exponent - 1);
  const dualSize = (logSize, exponent) => Math.expm1(dualPower(exponent) * logSize) / dualPower(exponent);

  /** Logarithms of paired sizes in units of the geometric mean before, and the errors that `noise` leaves in them. */
  const logSizes = (before, after, noise) => {
    const first = Float64Array.from(before, Math.log), last = Float64Array.from(after, Math.log);
    const unit = X.sum(first) / first.length;
    const error = Math.log1p(noise ** 2);
    const kept = error === 0 ? 1 : 1 - Math.min(error / variance(first), 0.99);
    return {
      before: first.map((value) => kept * (value - unit)),
      after: last.map((value) => value - unit),
      varianceBefore: error * kept,
      varianceAfter: error,
    };
  };

  /** Log-likelihood of exponent, drift and log of change; with noise by Laplace's approximation over the true sizes. */
  const logLikelihood = ([exponent, drift, logChange], sizes) => {
    const power = dualPower(exponent), change = Math.exp(logChange), square = Math.exp(2 * logChange);
    const { before, after, varianceBefore: ofY, varianceAfter: ofX } = sizes;
    const reachX = FARTHEST * Math.sqrt(ofX), reachY = FARTHEST * Math.sqrt(ofY);
    let total = 0;
    for (let i = 0; i < before.length; i++) {
      let begin, joint;
      if (ofX === 0) {
        begin = Math.exp(power * before[i]);
        const miss = ((Math.exp(power * after[i]) - begin) / power - drift) / change;
        joint = -(miss * miss) / 2 - logChange + power * after[i];
      } else {
        let x = after[i], y = before[i], shifted = 0, share = 0, end = 0, miss = 0;
        for (let round = 0; round < ROUNDS; round++) {
          end = Math.exp(power * x);
          begin = Math.exp(power * y);
          const all = square + ofX * end * end + ofY * begin * begin;
          share = square / all;
          shifted = after[i] + share * power * ofX;
          miss = (end - begin) / power - drift + end * (shifted - x) - begin * (before[i] - y);
          x = shifted - clip((ofX * end * miss) / all, -reachX, reachX);
          y = before[i] + clip((ofY * begin * miss) / all, -reachY, reachY);
        }
        end = Math.exp(power * x);
        begin = Math.exp(power * y);
        miss = (end - begin) / power - drift;
        const squares = (miss * miss) / square + (x - shifted) ** 2 / ofX + (y - before[i]) ** 2 / ofY;
        const bendX = miss * power * end, bendY = -miss * power * begin;
        const mixed = bendX * begin * begin + bendY * end * end + bendX * bendY;
        const straight = square + ofX * end * end + ofY * begin * begin;
        const volume = Math.max(straight + ofX * bendX + ofY * bendY + (ofX * ofY * mixed) / square, straight / 10);
        const tilt = share * power;
        joint = tilt * after[i] + (tilt * tilt * ofX) / 2 + (1 - share) * power * x - (squares + Math.log(volume)) / 2;
      }
      total += joint - X.logNdtr((begin / Math.abs(power) + Math.sign(power) * drift) / change);
    }
    return total;
  };

  const start = (sizes, exponent) => {
    const changes = Array.from(sizes.after, (value, i) => dualSize(value, exponent) - dualSize(sizes.before[i], exponent));
    let spread = variance(changes);
    if (sizes.varianceAfter) {
      const typical = (median(changes.map(Math.abs)) / 0.6745) ** 2;
      spread = Math.max(typical - 2 * sizes.varianceAfter, typical / 10, spread / 1000);
    }
    return [exponent, 0, Math.log(spread) / 2];
  };

  const derivatives = (here, value, sizes, scale, free) => {
    const moved = (...which) => {
      const parameters = [...here];
      for (const [parameter, sign] of which) parameters[parameter] += sign * STEP * scale[parameter];
      return logLikelihood(parameters, sizes);
    };
    const ahead = free.map((p) => moved([p, 1])), behind = free.map((p) => moved([p, -1]));
    const curvature = free.map(() => []);
    free.forEach((p, i) => {
      curvature[i][i] = (2 * value - ahead[i] - behind[i]) / STEP ** 2;
      for (let j = 0; j < i; j++)
        curvature[i][j] = curvature[j][i] = (ahead[i] + ahead[j] - moved([p, 1], [free[j], 1]) - value) / STEP ** 2;
    });
    return { gradient: ahead.map((a, i) => (a - behind[i]) / (2 * STEP)), curvature };
  };

  /** The parameters of maximum likelihood by damped Newton steps, each parameter in a unit of its own. */
  const fit = (begin, sizes, freeExponent) => {
    const free = freeExponent ? [0, 1, 2] : [1, 2];
    let parameters = [...begin], best = logLikelihood(parameters, sizes), damping = 0;
    const low = [RANGE[0], -Infinity, Math.log(Math.max(Math.exp(begin[2]) * 1e-3, 0.02 * Math.sqrt(sizes.varianceAfter)))];
    const high = [RANGE[1], Infinity, Infinity];
    for (let round = 0; round < 60; round++) {
      const scale = [1, Math.exp(parameters[2]), 1];
      const { gradient, curvature } = derivatives(parameters, best, sizes, scale, free);
      free.forEach((p, i) => {
        const stuck = (parameters[p] <= low[p] && gradient[i] < 0) || (parameters[p] >= high[p] && gradient[i] > 0);
        if (stuck) { gradient[i] = 0; free.forEach((_, j) => { curvature[i][j] = curvature[j][i] = 0; }); }
      });
      const unit = curvature.map((row, i) => 1 / Math.sqrt(Math.abs(row[i]) + 1e-12));
      const { values, vectors } = X.eigen(curvature.map((row, i) => row.map((value, j) => value * unit[i] * unit[j])));
      const along = values.map((value, j) =>
        free.reduce((total, _, k) => total + vectors[k][j] * unit[k] * gradient[k], 0) / (Math.max(Math.abs(value), 1e-6) + damping));
      const step = unit.map((u, i) => u * along.reduce((total, a, j) => total + vectors[i][j] * a, 0));
      const moved = [...parameters];
      free.forEach((p, i) => { moved[p] = clip(moved[p] + scale[p] * clip(step[i], -1, 1), low[p], high[p]); });
      const found = logLikelihood(moved, sizes);
      if (found > best) { parameters = moved; best = found; damping /= 10; } else damping = Math.max(damping, 1e-3) * 10;
      if (gradient.reduce((total, g, i) => total + g * step[i], 0) < LEAST_GAIN || damping > 1e6) break;
    }
    return { parameters, logLikelihood: best };
  };

  /** Twice the log-likelihood ratio of the best exponent to the rival, the best exponent beside it. */
  const deviance = (before, after, rival, noise) => {
    const sizes = logSizes(before, after, noise);
    const atRival = fit(start(sizes, rival), sizes, false);
    const best = fit(atRival.parameters, sizes, true);
    return { deviance: 2 * (best.logLikelihood - atRival.logLikelihood), exponent: best.parameters[0] };
  };

  Object.assign(X, { dualSize, logSizes, logLikelihood, deviance });
})();
