"""Successor representations of a table of transitions, exact returns, and whether features have collapsed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

Array = NDArray[np.float64]
_NOTHING = 1e-12  # a feature vector shorter than this has no direction


def policy_transitions(next_state: ArrayLike, terminal: ArrayLike, policy: ArrayLike, *, slip: float = 0.0) -> Array:
    """The transition matrix `(states, states)` under a policy.

    Args:
        next_state: `(states, actions)`, where each action leads.
        terminal: `(states, actions)`, whether that ends the episode. A state all of whose actions are terminal and lead
            to itself is final: its row is zero.
        policy: `(states, actions)`, probabilities.
        slip: Probability that an action is replaced by one drawn from all.

    Raises:
        ValueError: The rows of the policy are no probabilities, or a next state is outside the table.
    """
    following, probability = np.asarray(next_state), np.asarray(policy, dtype=np.float64)
    n_states, n_actions = following.shape
    if probability.shape != following.shape or (probability < 0).any() or not np.allclose(probability.sum(1), 1):
        raise ValueError(f"the policy {probability.shape} has a row that is no probability over {n_actions} actions")
    if following.min() < 0 or following.max() >= n_states:
        raise ValueError(f"a next state is outside the {n_states} states of the table")
    carried_out: Array = (1 - slip) * probability + slip / n_actions
    moves: Array = np.zeros((n_states, n_states))
    np.add.at(moves, (np.arange(n_states)[:, None], following), carried_out)
    moves[final_states(following, terminal)] = 0
    return moves


def final_states(next_state: ArrayLike, terminal: ArrayLike) -> NDArray[np.bool_]:
    """Which states `(states,)` are final: all of their actions end the episode and lead nowhere."""
    following = np.asarray(next_state)
    stays = (following == np.arange(len(following))[:, None]).all(1)
    final: NDArray[np.bool_] = stays & np.asarray(terminal).all(1)
    return final


def successor_representation(transitions: ArrayLike, discount: float) -> Array:
    """The expected discounted number of visits `(I - discount T)^-1` `(states, states)`, the start included.

    Raises:
        ValueError: The discount is outside [0, 1).

    Source: Dayan 1993.
    """
    if not 0 <= discount < 1:
        raise ValueError(f"discount = {discount}; the sum of visits is finite only from 0 to below 1")
    moves: Array = np.asarray(transitions, dtype=np.float64)
    visits: Array = np.asarray(np.linalg.inv(np.eye(len(moves)) - discount * moves))
    return visits


def expected_returns(
    next_state: ArrayLike,
    reward: ArrayLike,
    terminal: ArrayLike,
    actions: ArrayLike,
    *,
    horizon: int,
    slip: float = 0.0,
) -> Array:
    """The exact undiscounted return `(..., states)` from each state within `horizon` steps of deterministic policies.

    `actions` `(..., states)` are what the policies do; with probability `slip` an action is replaced by one drawn from all.
    """
    following, pay = np.asarray(next_state), np.asarray(reward, dtype=np.float64)
    going_on = ~np.asarray(terminal)
    chosen = np.asarray(actions)
    states = np.arange(len(following))
    value = np.zeros(chosen.shape)
    for _ in range(horizon):
        if slip:
            of_action = pay + going_on * value[..., following]
            own = np.take_along_axis(of_action, chosen[..., None], -1)[..., 0]
            value = (1 - slip) * own + slip * of_action.mean(-1)
        else:
            ahead = np.take_along_axis(value, following[states, chosen], -1)
            value = pay[states, chosen] + going_on[states, chosen] * ahead
    return value


def optimal_values(next_state: ArrayLike, reward: ArrayLike, terminal: ArrayLike, discount: float) -> Array:
    """The values `(states, actions)` of the best policy, by value iteration to 1e-12."""
    following, pay, going_on = np.asarray(next_state), np.asarray(reward, dtype=np.float64), ~np.asarray(terminal)
    values = np.zeros(following.shape)
    while True:
        updated = pay + discount * going_on * values.max(1)[following]
        if np.abs(updated - values).max() < 1e-12:
            return updated
        values = np.asarray(updated)


def values_by_successors(
    next_state: ArrayLike, reward: ArrayLike, terminal: ArrayLike, visits: ArrayLike, policy: ArrayLike, discount: float
) -> Array:
    """The values `(states, actions)` of going on by `policy` after one action, under rewards `(states, actions)`.

    They follow from the successor representation `visits` of the policy: what successor features promise when rewards
    alone change.
    """
    following, pay = np.asarray(next_state), np.asarray(reward, dtype=np.float64)
    expected = (np.asarray(policy) * pay).sum(1)
    on = np.asarray(visits) @ expected
    values: Array = pay + discount * ~np.asarray(terminal) * on[following]
    return values


def mean_pairwise_cosine(features: ArrayLike) -> Array:
    """The mean cosine `(...)` over all pairs of different rows of features `(..., n, d)`, 1 where all point the same way.

    Rows without length count as equal to each other and orthogonal to the rest, so that features that have died are
    collapsed too.

    Raises:
        ValueError: There are fewer than two rows.
    """
    rows = np.asarray(features, dtype=np.float64)
    n = rows.shape[-2]
    if n < 2:
        raise ValueError(f"{n} rows make no pair; pass the features of two states or more")
    length = np.linalg.norm(rows, axis=-1)
    dead = (length < _NOTHING).sum(-1)
    directions = rows / np.maximum(length, _NOTHING)[..., None]
    directions[length < _NOTHING] = 0
    total = np.square(directions.sum(-2)).sum(-1) - (n - dead) + dead * (dead - 1)
    cosine: Array = total / (n * (n - 1))
    return cosine


def decoding_error(features: ArrayLike, target: ArrayLike, *, ridge: float = 1e-3, folds: int = 5) -> float:
    """The share of the variance of `target` `(n, k)` that a linear decoder of `features` `(n, d)` leaves unexplained.

    Ridge regression on centred features divided by their root mean square, so that neither their scale nor a common part
    counts; every row is predicted by a decoder that has not seen it, in `folds` interleaved folds. A decoder that knows
    nothing has 1; one that misleads has more.

    Raises:
        ValueError: The numbers of rows differ, or are fewer than the folds.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if len(x) != len(y) or len(x) < folds or folds < 2:
        raise ValueError(
            f"{len(x)} rows of features, {len(y)} of the target, {folds} folds: rows must agree and suffice"
        )
    x = x - x.mean(0)
    x = x / max(float(np.sqrt((x**2).mean())), _NOTHING)
    squared = total = 0.0
    for fold in range(folds):
        held = np.arange(len(x)) % folds == fold
        x_mean, y_mean = x[~held].mean(0), y[~held].mean(0)
        known = x[~held] - x_mean
        gram = known.T @ known + ridge * len(known) * np.eye(x.shape[1])
        decoder = np.linalg.solve(gram, known.T @ (y[~held] - y_mean))
        squared += float(np.square(y[held] - y_mean - (x[held] - x_mean) @ decoder).sum())
        total += float(np.square(y[held] - y_mean).sum())
    return squared / total


def similarity_correlation(features: ArrayLike, visits: ArrayLike) -> float:
    """Spearman's correlation of the pairwise cosines of features and of the rows of a successor representation.

    0 if the features have no two different cosines: then there is no order to compare.
    """
    upper = np.triu_indices(len(np.asarray(features)), 1)
    cosines = []
    for rows in (np.asarray(features, dtype=np.float64), np.asarray(visits, dtype=np.float64)):
        directions = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _NOTHING)
        cosines.append((directions @ directions.T)[upper])
    if np.ptp(cosines[0]) < _NOTHING:
        return 0.0
    return float(spearmanr(*cosines).statistic)
