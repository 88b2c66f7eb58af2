"""Theorems about successor representations, exact returns and collapse, with slow oracles and negative controls."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.interquartile import interquartile_mean, stratified_interval
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.instruments.successor import (
    decoding_error,
    expected_returns,
    final_states,
    mean_pairwise_cosine,
    optimal_values,
    policy_transitions,
    similarity_correlation,
    successor_representation,
    values_by_successors,
)

SEEDS = st.integers(0, 2**32 - 1)


def world(seed: int, n: int = 9, actions: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A random table whose last state is final and pays on entry."""
    rng = np.random.default_rng(seed)
    following = rng.integers(n, size=(n, actions))
    following[-1] = n - 1
    terminal = following == n - 1
    reward = np.where(terminal, rng.standard_normal((n, actions)), 0.0)
    reward[-1] = 0.0
    return following, reward, terminal


def policy(seed: int, n: int = 9, actions: int = 3) -> np.ndarray:
    drawn: np.ndarray = np.random.default_rng(seed).dirichlet(np.ones(actions), n)
    return drawn


@given(SEEDS, st.floats(0, 0.99), st.floats(0, 1))
@settings(max_examples=30)
def test_the_representation_is_the_sum_of_discounted_visits(seed: int, discount: float, slip: float) -> None:
    following, _, terminal = world(seed)
    moves = policy_transitions(following, terminal, policy(seed), slip=slip)
    visits = successor_representation(moves, discount)
    slow, term = np.zeros_like(moves), np.eye(len(moves))
    for _ in range(4000):
        slow += term
        term = discount * term @ moves
    assert visits == pytest.approx(slow, abs=1e-6)
    # Bellman's equation, and no negative visit.
    assert visits == pytest.approx(np.eye(len(moves)) + discount * moves @ visits)
    assert visits.min() > -1e-12


def test_rows_are_probabilities_but_for_final_states() -> None:
    following, _, terminal = world(0)
    moves = policy_transitions(following, terminal, policy(0), slip=0.3)
    assert moves.sum(1) == pytest.approx([1.0] * 8 + [0.0])
    assert final_states(following, terminal).tolist() == [False] * 8 + [True]


@given(SEEDS, st.sampled_from([0.0, 0.4]))
@settings(max_examples=20)
def test_returns_are_those_of_playing(seed: int, slip: float) -> None:
    following, reward, terminal = world(seed)
    actions = np.random.default_rng(seed).integers(3, size=(2, 9))
    exact = expected_returns(following, reward, terminal, actions, horizon=4, slip=slip)

    def play(state: int, own: np.ndarray, left: int) -> float:
        if not left:
            return 0.0
        worth = [
            reward[state, a] + (0 if terminal[state, a] else play(following[state, a], own, left - 1)) for a in range(3)
        ]
        return float((1 - slip) * worth[own[state]] + slip * np.mean(worth))

    slow = [[play(state, own, 4) for state in range(9)] for own in actions]
    assert exact == pytest.approx(np.array(slow))


@given(SEEDS)
@settings(max_examples=30)
def test_successors_give_the_values_of_their_policy_for_every_reward(seed: int) -> None:
    following, reward, terminal = world(seed)
    own, discount = policy(seed), 0.9
    visits = successor_representation(policy_transitions(following, terminal, own), discount)
    for pay in (reward, -2 * reward):
        values = values_by_successors(following, pay, terminal, visits, own, discount)
        state_values = (own * values).sum(1)
        bellman = pay + discount * ~terminal * state_values[following]
        assert values[:-1] == pytest.approx(bellman[:-1])


def test_one_step_of_improvement_never_harms_and_the_optimum_is_optimal() -> None:
    following, reward, terminal = world(3)
    best = optimal_values(following, reward, terminal, 0.9)
    for seed in range(20):
        own = policy(seed)
        visits = successor_representation(policy_transitions(following, terminal, own), 0.9)
        values = values_by_successors(following, reward, terminal, visits, own, 0.9)
        improved = np.eye(3)[values.argmax(1)]
        again = successor_representation(policy_transitions(following, terminal, improved), 0.9)
        better = values_by_successors(following, reward, terminal, again, improved, 0.9)
        assert ((improved * better).sum(1) - (own * values).sum(1)).min() > -1e-9
        assert (best - values).min() > -1e-9


@given(SEEDS)
@settings(max_examples=20)
def test_the_mean_cosine_is_that_over_pairs_and_knows_no_length(seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((6, 4))
    rows[[1, 4]] = 0

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        both = np.linalg.norm(a), np.linalg.norm(b)
        return float(a @ b / (both[0] * both[1])) if min(both) else float(max(both) == 0)

    slow = np.mean([cosine(rows[i], rows[j]) for i in range(6) for j in range(6) if i != j])
    assert mean_pairwise_cosine(rows) == pytest.approx(slow)
    assert mean_pairwise_cosine(rows * np.arange(1, 7)[:, None]) == pytest.approx(slow)
    assert mean_pairwise_cosine(np.stack([rows, rows]))[1] == pytest.approx(slow)


def test_collapse_is_seen_by_the_cosine_and_the_uncentred_rank_and_not_by_the_centred_rank() -> None:
    rng = np.random.default_rng(0)
    spread = rng.standard_normal((200, 30))
    collapsed = 1.0 + 1e-3 * spread  # all but one point
    dead = np.zeros((200, 30))
    assert mean_pairwise_cosine(spread) < 0.1
    assert mean_pairwise_cosine(collapsed) > 0.9999
    assert mean_pairwise_cosine(dead) == 1

    def rank(rows: np.ndarray, center: bool) -> float:
        return rankme(eigenspectrum(rows, center=center), of="singular_values")

    assert rank(spread, False) > 25
    assert rank(collapsed, False) < 3
    # The centred rank has no scale, and finds the collapsed features as rich as the others.
    assert rank(collapsed, True) > 25


def test_a_decoder_knows_what_a_linear_map_can_tell_and_no_more() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((200, 5))
    target = features @ rng.standard_normal((5, 12)) + 3
    assert decoding_error(features, target, ridge=1e-9) < 1e-6
    assert decoding_error(7 * features - 100, target) == pytest.approx(decoding_error(features, target))
    assert decoding_error(features, rng.standard_normal((200, 12))) > 0.9
    assert decoding_error(np.zeros((200, 5)), target) == pytest.approx(1)
    # Held-out rows: many useless features do not help.
    assert decoding_error(rng.standard_normal((50, 49)), rng.standard_normal((50, 3)), ridge=1e-9) > 1


def test_the_order_of_similarities_is_compared() -> None:
    visits = successor_representation(policy_transitions(*(world(0)[k] for k in (0, 2)), policy(0)), 0.9)
    assert similarity_correlation(visits, visits) == pytest.approx(1)
    assert similarity_correlation(np.ones((9, 3)), visits) == 0
    drawn = [similarity_correlation(np.random.default_rng(k).standard_normal((9, 4)), visits) for k in range(50)]
    assert abs(np.mean(drawn)) < 0.1


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_the_interquartile_mean_leaves_out_a_quarter_at_each_end(scores: list[float]) -> None:
    cut = int(0.25 * len(scores))
    slow = sorted(scores)[cut : len(scores) - cut]
    assert interquartile_mean(scores) == pytest.approx(sum(slow) / len(slow), abs=1e-12)


def test_the_interquartile_mean_ignores_outliers_where_the_mean_does_not() -> None:
    scores = np.append(np.linspace(0, 1, 15), 1e6)
    assert interquartile_mean(scores) < 1
    assert interquartile_mean(scores[:, None] * [[1.0, 1.0]]) == interquartile_mean(scores)


def test_the_bootstrap_resamples_within_tasks() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((8, 3)) + np.array([0.0, 10.0, 20.0])
    interval = stratified_interval(scores, samples=300, seed=5)
    drawn = np.random.default_rng(5).integers(8, size=(300, 8, 3))
    slow = []
    for places in drawn:
        sample = [scores[places[i, j], j] for i in range(8) for j in range(3)]
        slow.append(interquartile_mean(sample))
    assert interval == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))
    # Without the strata a sample may draw one task more often, and the interval is far wider.
    mixed = [interquartile_mean(rng.choice(scores.ravel(), 24)) for _ in range(300)]
    assert np.ptp(np.quantile(mixed, [0.025, 0.975])) > 3 * (interval.high - interval.low)


def test_bad_input_is_refused_by_name() -> None:
    following, _, terminal = world(0)
    with pytest.raises(ValueError, match="no probability"):
        policy_transitions(following, terminal, np.ones((9, 3)))
    with pytest.raises(ValueError, match="outside the 9 states"):
        policy_transitions(following + 5, terminal, policy(0))
    with pytest.raises(ValueError, match=r"discount = 1\.0"):
        successor_representation(np.eye(2), 1.0)
    with pytest.raises(ValueError, match="make no pair"):
        mean_pairwise_cosine(np.ones((1, 3)))
    with pytest.raises(ValueError, match="rows must agree"):
        decoding_error(np.ones((5, 2)), np.ones((6, 2)))
    with pytest.raises(ValueError, match="not finite"):
        interquartile_mean([0.0, np.nan])
    with pytest.raises(ValueError, match="two runs or more"):
        stratified_interval([[1.0, 2.0]])
