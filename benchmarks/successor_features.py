"""Time the table of a maze beside MiniGrid, an update of many seeds beside a loop over them, and our DQN beside that of a peer.

Prints one Markdown table. Times are CPU seconds on one thread, the least of several alternating runs. The peer,
stable-baselines3, is left out where it is not installed.
"""

import importlib.util
import time
from typing import Any

import numpy as np
import torch
from racing import race, row

from learning_geometry.instruments.successor import expected_returns
from learning_geometry.materials.maze_environments import MazeEnvironment
from learning_geometry.materials.maze_tables import TableEnvironment, tabulate
from learning_geometry.materials.mazes import maze
from learning_geometry.studies import STUDIES
from learning_geometry.studies.successor_features.experiments._course import Course
from learning_geometry.studies.successor_features.experiments._playing import Players, chances
from learning_geometry.studies.successor_features.experiments.training import Training

MAZE = maze("center_wall", 8)
TABLE = tabulate(MAZE)
STEPS, SEEDS, UPDATES = 20_000, 5, 1000


def unit(agent: str, seeds: list[int], updates: int) -> Training:
    config: Any = STUDIES["successor_features"].config()
    rate = config.learning_rates[config.agents.index(agent)]
    how = {"view": "allocentric", "slip": 0.0, "phases": 1, "branches": [], "learning_rate": rate}
    return Training.of(config, agent=agent, seeds=seeds, updates=updates, evaluate_every=updates, **how)


def environments() -> None:
    real = MazeEnvironment(MAZE)
    real.reset(seed=0)
    actions = np.random.default_rng(0).integers(3, size=STEPS)

    def drawn() -> None:
        for action in actions[: STEPS // 20]:
            if any(real.step(action)[2:4]):
                real.reset()

    def table() -> None:
        numbers = chances([np.random.default_rng(0)], 64, 1)
        players = Players(TABLE, next(numbers), horizon=60, slip=0.0)
        greedy = np.zeros((1, len(TABLE)), dtype=np.int64)
        for _ in range(STEPS // 64):
            (state, *_), _ = players.step(greedy, 1.0, next(numbers))
            TABLE.frames[state]

    seconds, _ = race({"ours": table, "minigrid": drawn}, 3)
    row(
        f"{STEPS:,} steps in the table, 64 at once, frames gathered",
        seconds["ours"],
        "MiniGrid, drawn",
        20 * seconds["minigrid"],
        "300x faster",
        "equal in every state",
    )


def seeds_together() -> None:
    def learn(groups: list[list[int]]) -> None:
        for seeds in groups:
            Course(unit("simple", seeds, 100), "cpu").learn("T1")

    rivals = {"ours": lambda: learn([list(range(SEEDS))]), "loop": lambda: learn([[seed] for seed in range(SEEDS)])}
    seconds, _ = race(rivals, 3)
    row(
        f"100 updates of {SEEDS} seeds together, simple agent",
        seconds["ours"],
        "a loop over seeds",
        seconds["loop"],
        "2x faster",
        "equal to 1e-5",
    )


def peer() -> None:
    import gymnasium
    from stable_baselines3 import DQN
    from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

    class Encoder(BaseFeaturesExtractor):
        """The encoder of the chapter, as a module."""

        def __init__(self, space: gymnasium.Space) -> None:
            super().__init__(space, 64)
            self.layers = torch.nn.Sequential(
                torch.nn.Conv2d(3, 16, 4, 4), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, 2, 1), torch.nn.ReLU(),
                torch.nn.Flatten(), torch.nn.Linear(256, 64), torch.nn.ReLU(),
            )  # fmt: skip

        def forward(self, frames: torch.Tensor) -> torch.Tensor:
            return self.layers(frames)

    config: Any = STUDIES["successor_features"].config()
    start = time.process_time()
    theirs = []
    for seed in range(900, 900 + SEEDS):
        frames = config.environments * UPDATES + config.warm_up
        model = DQN(
            "CnnPolicy", TableEnvironment(TABLE), learning_rate=0.001, buffer_size=config.memory, learning_starts=config.warm_up,
            batch_size=config.batch_size, gamma=config.discount, train_freq=config.environments, seed=seed, device="cpu",
            target_update_interval=config.target_every * config.environments, exploration_final_eps=config.epsilon,
            exploration_fraction=config.exploration / UPDATES,
            policy_kwargs={"features_extractor_class": Encoder, "net_arch": [config.hidden], "normalize_images": True},
        )  # fmt: skip
        model.learn(frames)
        with torch.no_grad():
            values = model.q_net(torch.from_numpy(TABLE.frames.transpose(0, 3, 1, 2).copy()).float()).numpy()
        theirs.append(_returns(values.argmax(1)))
    their_seconds = time.process_time() - start
    start = time.process_time()
    course = Course(unit("DQN", list(range(900, 900 + SEEDS)), UPDATES), "cpu")
    ours = course.learn("T1").returns[-1]
    seconds = time.process_time() - start
    note = f"greedy return {np.mean(ours):.2f} (sd {np.std(ours):.2f}), theirs {np.mean(theirs):.2f} (sd {np.std(theirs):.2f})"
    row(
        f"DQN, {UPDATES} updates, {SEEDS} seeds",
        seconds,
        "stable-baselines3, same encoder and budget",
        their_seconds,
        "",
        note,
    )


def _returns(actions: np.ndarray) -> float:
    reached = expected_returns(TABLE.next_state, TABLE.reward, TABLE.terminal, actions, horizon=60)
    return float(reached[TABLE.starts].mean())


def main() -> None:
    torch.set_num_threads(1)
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    environments()
    seeds_together()
    if importlib.util.find_spec("stable_baselines3"):
        peer()
    else:
        print("stable-baselines3 is not installed; its row is left out")


if __name__ == "__main__":
    main()
