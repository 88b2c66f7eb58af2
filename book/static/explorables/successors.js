// The successor representation of a maze as its discount and its policy change: `instruments.successor`, and a view of it.
"use strict";
(() => {
  const X = window.explorables;
  const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]]; // forward at each heading: right, down, left, up

  /** Walls `[y][x]` and boxes of a maze by its name: `materials.mazes`. */
  const maze = (name, size, layout = 1) => {
    const inside = (at) => at > 0 && at < size - 1;
    const middle = size >> 1, walls = Array.from({ length: size }, (_, y) => Array.from({ length: size }, (__, x) => !(inside(x) && inside(y))));
    let ends = [[1, 1], [size - 2, size - 2]];
    for (let at = 1; at < size - 1; at++) {
      if (name === "center_wall") walls[at][middle] = at !== (layout === 1 ? size - 2 : 1);
      if (name === "four_rooms") walls[middle][at] = walls[at][middle] = at !== middle >> 1 && at !== middle + (middle >> 1);
    }
    if (name === "inverted_l") {
      for (let x = 1; x < middle - 1; x++) walls[middle + 1][x] = true;
      for (let y = 3; y < middle + 2; y++) walls[y][middle - 1] = true;
      for (let x = middle + 1; x < size - 1; x++) walls[middle - 1][x] = true;
      for (let y = middle; y < size - 3; y++) walls[y][middle + 1] = true;
      ends = [[1, middle], [size - 2, middle]];
    }
    return { walls, boxes: ends };
  };

  /** Every state of a maze, each cell at each heading, and where turning left, right and going forward lead: `materials.maze_tables`. */
  const tabulate = ({ walls, boxes }) => {
    const worth = (x, y) => boxes.findIndex(([a, b]) => a === x && b === y); // 0 for the box that pays, 1 for the other
    const poses = [];
    for (let x = 0; x < walls[0].length; x++) for (let y = 0; y < walls.length; y++)
      if (!walls[y][x]) for (let heading = 0; heading < 4; heading++) poses.push([x, y, heading]);
    const index = new Map(poses.map((pose, state) => [pose.join(), state]));
    const next = [], reward = [], terminal = [];
    poses.forEach(([x, y, heading], state) => {
      const [dx, dy] = STEPS[heading], final = worth(x, y) >= 0, box = worth(x + dx, y + dy);
      const ahead = index.get([x + dx, y + dy, heading].join()) ?? state;
      next.push(final ? [state, state, state] : [index.get([x, y, (heading + 3) % 4].join()), index.get([x, y, (heading + 1) % 4].join()), ahead]);
      terminal.push(final ? [true, true, true] : [false, false, box >= 0]);
      reward.push([0, 0, final || box < 0 ? 0 : 1 - 2 * box]);
    });
    return { poses, next, reward, terminal, starts: poses.map(([x, y]) => worth(x, y) < 0) };
  };

  /** The transition matrix under a policy `[state][action]`; rows of final states are zero. */
  const policyTransitions = ({ next, terminal }, policy) =>
    next.map((following, state) => {
      const row = new Float64Array(next.length);
      if (!terminal[state].every(Boolean)) following.forEach((to, action) => { row[to] += policy[state][action]; });
      return row;
    });

  /** Solve A X = B for the columns of B, by elimination; I - discount T needs no pivots, for its diagonal dominates. */
  const solve = (a, b) => {
    const n = a.length, m = a.map((row) => Float64Array.from(row)), x = b.map((row) => Float64Array.from(row));
    for (let k = 0; k < n; k++) for (let i = k + 1; i < n; i++) {
      const factor = m[i][k] / m[k][k];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) m[i][j] -= factor * m[k][j];
      for (let j = 0; j < x[i].length; j++) x[i][j] -= factor * x[k][j];
    }
    for (let k = n - 1; k >= 0; k--) for (let j = 0; j < x[k].length; j++) {
      for (let i = k + 1; i < n; i++) x[k][j] -= m[k][i] * x[i][j];
      x[k][j] /= m[k][k];
    }
    return x;
  };

  const resolvent = (moves, discount) => moves.map((row, i) => row.map((p, j) => Number(i === j) - discount * p));

  /** Expected discounted visits `[state][state]`, the start included: (I - discount T)^-1. */
  const successorRepresentation = (moves, discount) =>
    solve(resolvent(moves, discount), moves.map((row, i) => row.map((_, j) => Number(i === j))));

  /** Values `[state][action]` of the best policy, by value iteration. */
  const optimalValues = ({ next, reward, terminal }, discount) => {
    let values = next.map((row) => row.map(() => 0));
    for (let change = 1; change >= 1e-12;) {
      const best = values.map((row) => Math.max(...row));
      change = 0;
      values = next.map((row, s) => row.map((to, a) => {
        const value = reward[s][a] + (terminal[s][a] ? 0 : discount * best[to]);
        change = Math.max(change, Math.abs(value - values[s][a]));
        return value;
      }));
    }
    return values;
  };

  /** Values `[state][action]` of going on by a policy after one action, under rewards `[state][action]`: M times what it is paid. */
  const valuesBySuccessors = ({ next, terminal }, moves, policy, reward, discount) => {
    const paid = reward.map((row, s) => [X.sum(row.map((pay, a) => pay * policy[s][a]))]);
    const ahead = solve(resolvent(moves, discount), paid);
    return next.map((row, s) => row.map((to, a) => reward[s][a] + (terminal[s][a] ? 0 : discount * ahead[to][0])));
  };

  /** The return of a deterministic policy from every state, within so many steps. */
  const expectedReturns = ({ next, terminal }, reward, actions, horizon) => {
    let value = actions.map(() => 0);
    for (let step = 0; step < horizon; step++)
      value = value.map((_, s) => reward[s][actions[s]] + (terminal[s][actions[s]] ? 0 : value[next[s][actions[s]]]));
    return value;
  };

  const argmax = (row) => row.findIndex((value) => value >= Math.max(...row) - 1e-12);

  const HORIZON = 60, CELL = 30;
  const NAMES = [["center_wall 1", "wall, gap below (task 1)"], ["center_wall 2", "wall, gap above (task 2)"], ["four_rooms 1", "four rooms"], ["inverted_l 1", "inverted L"]];
  const shares = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1];

  const view = (stage) => {
    const controls = X.element("div", { class: "explorable-controls" });
    const plots = X.element("div", { class: "explorable-plots" });
    const result = X.element("div", { class: "explorable-result", "aria-live": "polite" });
    stage.append(controls, plots, result);
    const percent = (share) => `${Math.round(100 * share)} %`;
    let table, walls, boxes, cells, start;
    const discount = X.slider(controls, { label: "Discount γ", values: [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99], start: 0.95, changed: () => update() });
    const share = X.slider(controls, { label: "Random actions", values: shares, start: 1, text: percent, changed: () => update() });
    const place = X.element("div");
    const which = X.choice(controls, { label: "Maze", options: NAMES, start: NAMES[0][0], changed: () => build() });
    controls.append(place);
    const map = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    map.setAttribute("role", "img");
    map.setAttribute("height", 220);
    plots.append(map);
    const returns = X.chart(plots, { height: 220 });

    const policyOf = (random) => {
      const best = optimalValues(table, Math.max(discount.value, 0.5)).map(argmax); // without a discount nothing is best
      return best.map((action) => [0, 1, 2].map((a) => random / 3 + (1 - random) * Number(a === action)));
    };
    const greedyReturns = (random) => {
      const policy = policyOf(random), moves = policyTransitions(table, policy);
      return [1, -1].map((sign) => {
        const reward = table.reward.map((row) => row.map((pay) => sign * pay));
        const actions = valuesBySuccessors(table, moves, policy, reward, discount.value).map(argmax);
        const all = expectedReturns(table, reward, actions, HORIZON).filter((_, s) => table.starts[s]);
        return X.sum(all) / all.length;
      });
    };
    function* curves() {
      const points = [[], []];
      for (const random of shares) {
        greedyReturns(random).forEach((value, k) => points[k].push([random, value]));
        yield points;
      }
      return points;
    }

    const drawMap = (visits) => {
      const greatest = Math.max(...visits);
      const at = new Map(cells.map(([x, y], i) => [`${x},${y}`, i]));
      const square = (x, y, rest) => `<rect x="${x * CELL}" y="${y * CELL}" width="${CELL}" height="${CELL}" ${rest}/>`;
      map.setAttribute("viewBox", `0 0 ${walls[0].length * CELL} ${walls.length * CELL}`);
      const [x0, y0] = cells[start.value];
      map.setAttribute("aria-label", `A maze with the visits ahead of column ${x0}, row ${y0}: ${X.short(X.sum(visits))} in all, at most ${X.short(greatest)} to one cell.`);
      map.innerHTML = walls.flatMap((row, y) => row.map((wall, x) => {
        if (wall) return square(x, y, 'class="fill-muted"');
        const visited = visits[at.get(`${x},${y}`)];
        return square(x, y, `class="fill-c1" fill-opacity="${Math.sqrt(visited / greatest).toFixed(3)}" data-cell="${at.get(`${x},${y}`)}"`);
      })).join("") + boxes.map(([x, y], k) =>
        `<rect class="${k ? "stroke-c3" : "stroke-c2"}" fill="none" stroke-width="3" x="${x * CELL + 3}" y="${y * CELL + 3}" width="${CELL - 6}" height="${CELL - 6}"/><text text-anchor="middle" x="${(x + 0.5) * CELL}" y="${(y + 0.5) * CELL + 4}">${k ? "−1" : "+1"}</text>`).join("") +
        `<circle class="open stroke-base" cx="${(x0 + 0.5) * CELL}" cy="${(y0 + 0.5) * CELL}" r="7"/>`;
    };
    map.addEventListener("click", (event) => {
      const cell = event.target.dataset?.cell;
      if (cell === undefined || !table.starts[4 * cell]) return;
      start.value = Number(cell);
      update();
    });

    const update = () => {
      const policy = policyOf(share.value), moves = policyTransitions(table, policy);
      // A row of M solves the transposed system; cells lump four headings, the start is at any of them.
      const system = resolvent(moves, discount.value), from = start.value;
      const turned = system.map((_, i) => system.map((row) => row[i]));
      const visits = solve(turned, table.poses.map((_, s) => [Math.floor(s / 4) === from ? 0.25 : 0])).map(([v]) => v);
      const perCell = cells.map((_, c) => X.sum(visits.slice(4 * c, 4 * c + 4)));
      drawMap(perCell);
      const draw = (points) => returns.draw({
        title: "One greedy step by M",
        alt: `Mean return over all starts of one greedy step by the successor representation, against the share of random actions in its policy.`,
        x: { label: "random actions of the policy", range: [0, 1.02], ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] }, y: { label: "return over all starts", range: [-1.05, 1.08], ticks: [-1, -0.5, 0, 0.5, 1] },
        marks: [
          { kind: "rule", at: share.value },
          { kind: "line", points: points[0], colour: "c1" }, { kind: "dots", points: points[0], colour: "c1", size: 3 },
          { kind: "line", points: points[1], colour: "c2", dash: "6 4" }, { kind: "dots", points: points[1], colour: "c2", size: 3 },
        ],
      });
      result.setAttribute("aria-busy", "true");
      X.inSlices(stage, curves(), {
        progress: draw,
        done: (points) => {
          draw(points);
          const [stay, switched] = points.map((line) => line.find(([random]) => random === share.value)[1].toFixed(2).replace("-", "−"));
          result.removeAttribute("aria-busy");
          result.innerHTML =
            `The row adds up to <b>${X.short(X.sum(visits))}</b> discounted visits, of ${X.short(1 / (1 - discount.value))} if no box ended an episode. ` +
            `One greedy step by M returns <b>${stay}</b> where the boxes keep their worth (blue) and <b>${switched}</b> where they change it (orange, dashed).`;
        },
      });
    };

    const build = () => {
      const [name, layout] = which.value.split(" ");
      ({ walls, boxes } = maze(name, 8, Number(layout)));
      table = tabulate({ walls, boxes });
      cells = table.poses.filter((_, s) => s % 4 === 0).map(([x, y]) => [x, y]);
      const free = cells.map((_, c) => c).filter((c) => table.starts[4 * c]);
      place.replaceChildren();
      start = X.slider(place, { label: "Start", values: free, start: free[2], text: (c) => `column ${cells[c][0]}, row ${cells[c][1]}`, changed: () => update() });
      update();
    };
    X.whenNear(stage, build);
  };

  Object.assign(X, { maze, tabulate, policyTransitions, successorRepresentation, optimalValues, valuesBySuccessors, expectedReturns });
  X.mount("successors", view);
})();
