"""The pieces of the experiments: what they must do whatever the numbers, with slow oracles and negative controls."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from learning_geometry.materials.maze_tables import tabulate
from learning_geometry.materials.mazes import maze
from learning_geometry.materials.training import seeded
from learning_geometry.studies import STUDIES
from learning_geometry.studies.successor_features.experiments import _networks as networks
from learning_geometry.studies.successor_features.experiments._course import Course
from learning_geometry.studies.successor_features.experiments._learner import Batch, Learner, orthogonality
from learning_geometry.studies.successor_features.experiments._playing import Memory, Players, chances
from learning_geometry.studies.successor_features.experiments._recipes import RECIPES
from learning_geometry.studies.successor_features.experiments._stages import effective_rank
from learning_geometry.studies.successor_features.experiments.training import Training, measure
from learning_geometry.studies.unit import Execution

TABLE = tabulate(maze("center_wall", 8))
PATCHES = networks.take_apart(TABLE.frames, 4)
SIZES = networks.Sizes(features=8, hidden=12)
SMALL: dict[str, Any] = {
    "view": "allocentric", "slip": 0.0, "phases": 2, "branches": [], "learning_rate": 0.001, "features": 8, "hidden": 12,
    "updates": 10, "evaluate_every": 5, "batch_size": 16, "memory": 300, "warm_up": 16, "exploration": 5, "target_every": 4,
}  # fmt: skip


def learner(agent: str, seeds: tuple[int, ...] = (0, 1)) -> Learner:
    torch.manual_seed(9)
    return Learner(
        RECIPES[agent], PATCHES, SIZES, [seeded(seed, 0) for seed in seeds],
        learning_rate=0.01, task_learning_rate=0.01, discount=0.9,
    )  # fmt: skip


def batch(seeds: int = 2, n: int = 32) -> Batch:
    rng = np.random.default_rng(0)
    state, action = rng.choice(TABLE.start_states, n), rng.integers(3, size=n)
    parts = [state, action, rng.standard_normal(n), TABLE.next_state[state, action], TABLE.terminal[state, action]]
    drawn = [torch.from_numpy(part).expand(seeds, -1) for part in parts]
    return Batch(drawn[0], drawn[1], drawn[2].float(), drawn[3], drawn[4].float())


def unit(agent: str, seeds: list[int], **given: Any) -> Training:
    return Training.of(STUDIES["successor_features"].config(), agent=agent, seeds=seeds, **(SMALL | given))


@pytest.mark.parametrize("view", ["allocentric", "egocentric"])
def test_the_encoder_is_two_convolutions_and_a_linear_layer(view: Any) -> None:
    table = tabulate(maze("center_wall", 8), view)
    patches = networks.take_apart(table.frames, 4)
    parameters = networks.encoder(patches, SIZES, [seeded(seed, 0) for seed in (0, 1)])
    fast = networks.encode(patches, parameters)
    assert len(patches.tiles) < 60
    frames = torch.from_numpy(table.frames.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    assert torch.allclose(patches.pixels, functional.avg_pool2d(frames, 2).permute(0, 2, 3, 1).flatten(1), atol=1e-6)
    for k in range(2):
        own = {name: value[k] for name, value in parameters.items()}
        first = own["encoder.0.weight"].T.reshape(-1, 3, 4, 4)
        seen = torch.relu(functional.conv2d(frames, first, own["encoder.0.offset"][0], stride=4))
        second = own["encoder.1.weight"].T.reshape(-1, 3, 3, networks.CHANNELS).permute(0, 3, 1, 2)
        seen = torch.relu(functional.conv2d(seen, second, own["encoder.1.offset"][0], stride=2, padding=1))
        flat = seen.permute(0, 2, 3, 1).flatten(1)
        slow = torch.relu(flat @ own["encoder.2.weight"] + own["encoder.2.offset"])
        assert torch.allclose(fast[k], slow, atol=1e-5)


def test_values_are_successor_features_times_the_task_vector() -> None:
    agent = learner("simple")
    features, successors, values = agent.look()
    both = torch.cat([features, agent.task_vector[:, None].expand(-1, len(TABLE), -1)], 2)
    for k in range(2):
        own = {name: value[k] for name, value in agent.parameters.items()}
        hidden = torch.relu(both[k] @ own["head.0.weight"] + own["head.0.offset"])
        psi = (hidden @ own["head.1.weight"] + own["head.1.offset"]).unflatten(1, (3, 8))
        assert torch.allclose(values[k], psi @ agent.task_vector[k], atol=1e-6)
        best = psi[torch.arange(len(TABLE)), values[k].argmax(1)]
        assert torch.allclose(successors[k], best, atol=1e-6)


@pytest.mark.parametrize("agent", RECIPES)
def test_seeds_that_learn_together_learn_as_if_alone(agent: str) -> None:
    together, alone = learner(agent, (0, 1, 2)), learner(agent, (1,))
    for _ in range(3):
        together.update(batch(3))
        alone.update(batch(1))
    for name, value in alone.parameters.items():
        assert torch.allclose(value[0], together.parameters[name][1], atol=1e-5), name
    assert not torch.allclose(together.parameters["head.0.weight"][0], together.parameters["head.0.weight"][1])


def gradients(agent: str) -> dict[str, Any]:
    own = learner(agent)
    own.update(batch())
    return {name: value.grad for name, value in own.parameters.items()} | {"task vector": own.task_vector.grad}


def test_rewards_shape_the_task_vector_alone_behind_the_stop_gradient() -> None:
    """Of the same networks the agent without reward loss has the same gradients in encoder and head."""
    simple, same, open_ = (gradients(agent) for agent in ("simple", "same head", "no stop-gradient"))
    shared = [name for name in simple if name != "task vector"]
    assert all(torch.allclose(simple[name], same[name], atol=1e-7) for name in shared)
    assert not torch.allclose(simple["encoder.2.weight"], open_["encoder.2.weight"], atol=1e-7)
    # The task vector's own gradient is that of least squares on features.
    own, given = learner("simple"), batch()
    with torch.no_grad():
        phi = networks.directions(own.look()[0])[0][given.following[0]]
        slow = -((given.reward[0] - phi @ own.task_vector[0])[:, None] * phi).mean(0)
    assert torch.allclose(simple["task vector"][0], slow, atol=1e-6)


def test_encoders_learn_where_they_should() -> None:
    for agent in RECIPES:
        own = learner(agent)
        before = own.parameters["encoder.2.weight"].detach().clone()
        own.update(batch())
        moved = not torch.equal(own.parameters["encoder.2.weight"], before)
        assert moved == (agent != "random"), agent


def test_the_canonical_loss_is_content_with_features_that_know_nothing() -> None:
    own = learner("canonical")
    with torch.no_grad():
        for name, value in own.parameters.items():
            value.zero_()
            if name == "encoder.2.offset":
                value.fill_(1.0)
            elif name == "head.1.offset":
                value.fill_(8**-0.5 / (1 - 0.9))  # psi = phi / (1 - discount)
    own.copy_target()
    given = batch()._replace(ended=torch.zeros(2, 32))
    own.update(given)
    canonical = {name: value.grad for name, value in own.parameters.items() if value.grad is not None}
    assert max(float(grad.abs().max()) for grad in canonical.values()) < 1e-5
    # The loss of values is not: rewards differ, and one constant cannot predict them.
    simple = learner("simple")
    with torch.no_grad():
        for name, value in simple.parameters.items():
            value.copy_(own.parameters[name])
    simple.copy_target()
    simple.update(given)
    assert float(simple.parameters["head.1.offset"].grad.abs().max()) > 1e-3


def test_orthogonality_is_its_formula() -> None:
    rng = np.random.default_rng(0)
    phi, following = rng.standard_normal((2, 5, 3)), rng.standard_normal((2, 5, 3))
    slow = 0.0
    for a, b in zip(phi, following, strict=True):
        gram = a @ b.T
        off = [gram[i, j] ** 2 for i in range(5) for j in range(5) if i != j]
        slow += ((a - b) ** 2).mean() + np.mean(off) - 2 * np.mean(np.diag(gram))
    assert float(orthogonality(torch.from_numpy(phi), torch.from_numpy(following))) == pytest.approx(slow)


def test_the_memory_keeps_the_last_transitions() -> None:
    memory = Memory(1, 6, 2)
    for k in range(4):
        memory.add(tuple(np.full((1, 2), k) for _ in range(4)), np.full((1, 2), float(k)))
    assert len(memory) == 6
    kept, reward = memory.draw(np.linspace(0, 0.999, 60)[None])
    assert set(kept[0].ravel()) == {1, 2, 3}
    assert (reward == kept[0]).all()
    with pytest.raises(ValueError, match="memory of 3 transitions is smaller than a batch of 4"):
        Memory(1, 3, 4)


def test_players_follow_the_table_and_start_again() -> None:
    numbers = chances([np.random.default_rng(0)], 50, 1)
    players = Players(TABLE, next(numbers), horizon=5, slip=0.0)
    greedy = np.full((1, len(TABLE)), 2)
    ages = []
    for _ in range(12):
        before = players.state.copy()
        (state, action, following, ended), reward = players.step(greedy, 0.2, next(numbers))
        assert (state == before).all()
        assert (following == TABLE.next_state[state, action]).all()
        assert (reward == TABLE.reward[state, action]).all()
        assert TABLE.starts[players.state].all()
        assert (players.state == following)[(players.age > 0)].all()
        ages.append(players.age.max())
        assert (players.age[ended] == 0).all()
    assert max(ages) == 4


def test_slipped_actions_are_remembered_as_those_that_were_meant() -> None:
    numbers = chances([np.random.default_rng(0)], 3000, 1)
    players = Players(TABLE, next(numbers), horizon=60, slip=0.3)
    (state, action, following, _), _ = players.step(np.full((1, len(TABLE)), 0), 0.0, next(numbers))
    assert (action == 0).all()
    assert (following == TABLE.next_state[state, 0]).mean() == pytest.approx(0.8, abs=0.03)


def test_a_course_is_the_same_with_and_without_branches_and_companions() -> None:
    plain = measure(unit("simple", [3, 4]), Execution())
    branched = measure(unit("simple", [4], branches=["nothing", "rewards"]), Execution())
    assert plain["course"].sel(seed=[4]).returns.values == pytest.approx(branched["course"].returns.values, abs=1e-5)
    assert plain["course"].sel(seed=4).feature_cosine.values == pytest.approx(
        branched["course"].feature_cosine.values[0], abs=1e-5
    )
    assert list(branched["branches"].switch.values) == ["nothing", "rewards"]
    assert "branches" not in plain
    assert "task_vector" not in measure(unit("DQN", [4], branches=["nothing"]), Execution())


def test_a_frozen_branch_learns_the_task_vector_alone() -> None:
    course = Course(unit("simple", [0]), "cpu")
    course.learn("T1")
    own = {name: value.detach().clone() for name, value in course.learner.parameters.items()}
    task = course.learner.task_vector.detach().clone()
    branch = course.branch(frozen=True)
    branch.learn("rewards")
    assert all(torch.equal(value, own[name]) for name, value in branch.learner.parameters.items())
    assert not torch.equal(branch.learner.task_vector, task)
    assert torch.equal(course.learner.task_vector, task)
    with pytest.raises(ValueError, match="no task vector"):
        Course(unit("DQN", [0]), "cpu").branch(frozen=True)


def test_an_update_costs_what_its_products_cost() -> None:
    cheap, dear = (Course(unit(agent, [0, 1]), "cpu").cost() for agent in ("random", "reconstruction"))
    assert dear > cheap > 0
    assert Course(unit("simple", [0]), "cpu").cost() == pytest.approx(Course(unit("simple", [0, 1]), "cpu").cost())


def test_dead_features_have_rank_one() -> None:
    assert effective_rank(np.zeros((10, 4)), center=True) == 1
    assert effective_rank(np.ones((10, 4)), center=False) == pytest.approx(1, abs=1e-5)
    assert effective_rank(np.random.default_rng(0).standard_normal((100, 4)), center=True) > 3.5
