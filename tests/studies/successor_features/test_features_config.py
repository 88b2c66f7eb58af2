"""What the study may be asked: wrong wishes are refused by name before any training."""

from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["successor_features"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"maze": "labyrinth"}, "maze = 'labyrinth' is unknown; choose center_wall"),
        ({"maze": "miniworld"}, "Miniworld and MuJoCo are not included"),
        ({"maze_size": 5}, "too small"),
        ({"memory": 200}, "memory = 200 is smaller than batch_size = 256"),
        ({"agents": ["simple", "DQN", "clever"], "learning_rates": [0.1] * 3}, "agent 'clever' is unknown"),
        ({"learning_rates": [0.1]}, "1 entries for 9 agents"),
        ({"agents": ["simple"], "learning_rates": [0.1]}, "lacks 'DQN'"),
        ({"agent_seeds": [1]}, "1, which is none of seeds"),
        ({"evaluate_every": 7}, "does not divide"),
        ({"branches": ["walls"]}, "branches has 'walls'"),
        ({"slips": [1.5]}, "slips has 1.5"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_agents_are_compared_on_the_same_seeds() -> None:
    config: Any = STUDY.config()
    units: list[Any] = [unit for unit in config.units() if unit.experiment() == "training"]

    def seeds(agent: str, **where: Any) -> list[int]:
        chosen = [u for u in units if u.agent == agent and all(getattr(u, k) == v for k, v in where.items())]
        return [seed for unit in chosen for seed in unit.seeds]

    plain = {"view": "allocentric", "slip": 0.0}
    assert seeds("simple", **plain) == seeds("DQN", **plain) == config.seeds
    assert all(seeds(a, **plain) == config.agent_seeds for a in config.agents if a not in ("simple", "DQN"))
    assert len(config.agent_seeds) >= 5
