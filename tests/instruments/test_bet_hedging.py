"""Exact survival against simulation, and the bound on what chance can do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.bet_hedging import (
    alive_curve,
    growth_with_excursions,
    individual_survival,
    mean_fitness,
    optimum_distances,
)


def test_an_individual_survives_as_often_as_sampled_phenotypes() -> None:
    rng = np.random.default_rng(0)
    phenotypes = 0.2 * rng.standard_normal((100_000, 4))
    for distance in (0.0, 0.4, 0.9):
        off = phenotypes - np.array([distance, 0, 0, 0])
        share = (np.sqrt((off**2).mean(1)) < 0.3).mean()
        assert individual_survival(distance, 0.2, 0.3, 4) == pytest.approx(share, abs=0.006)


def test_without_spread_all_survive_or_none() -> None:
    assert individual_survival([0.59, 0.61], 0.0, 0.3, 4).tolist() == [1.0, 0.0]
    assert individual_survival([0.5, 0.7], 1e-3, 0.3, 4) == pytest.approx([1.0, 0.0])


def test_distances_stand_for_normal_optima() -> None:
    drawn = np.linalg.norm(0.3 * np.random.default_rng(0).standard_normal((100_000, 4)), axis=1)
    assert np.quantile(optimum_distances(0.3, 4), [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(drawn, [0.1, 0.5, 0.9]), rel=0.02
    )


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_curve_is_that_of_simulated_populations(rate: float) -> None:
    rng, runs, generations, n = np.random.default_rng(0), 3000, 8, 10
    alive, share = np.ones(runs, dtype=bool), []
    optimum = 0.4 * rng.standard_normal((runs, 4))
    for generation in range(generations):
        new = (rng.random(runs) < rate) & (generation > 0)
        optimum[new] = 0.4 * rng.standard_normal((new.sum(), 4))
        phenotypes = 0.25 * rng.standard_normal((runs, n, 4))
        alive &= (((phenotypes - optimum[:, None]) ** 2).mean(2) < 0.09).any(1)
        share.append(alive.mean())
    assert alive_curve(generations, n, 0.25, rate, 0.4, 0.3, 4) == pytest.approx(share, abs=0.04)


@settings(max_examples=30)
@given(st.floats(0, 0.6), st.floats(0.05, 0.6))
def test_no_spread_beats_the_centre_in_the_arithmetic_mean(sd: float, size: float) -> None:
    spread, centre = mean_fitness(sd, size, 0.3, 4), mean_fitness(0.0, size, 0.3, 4)
    assert spread[0] <= centre[0] + 1e-9
    assert spread[1] <= spread[0] + 1e-12


def test_spread_wins_in_the_geometric_mean_where_the_world_changes_and_costs_where_it_does_not() -> None:
    assert mean_fitness(0.2, 0.4, 0.3, 4)[1] > mean_fitness(0.0, 0.4, 0.3, 4)[1] == 0
    assert growth_with_excursions(0.2, 0.0, 0.4, 0.3, 4) < growth_with_excursions(0.0, 0.0, 0.4, 0.3, 4) == 0
    assert growth_with_excursions(0.2, 1.0, 0.4, 0.3, 4) == pytest.approx(np.log(mean_fitness(0.2, 0.4, 0.3, 4)[1]))


def test_impossible_populations_are_refused() -> None:
    with pytest.raises(ValueError, match=r"rate 1\.5"):
        alive_curve(5, 10, 0.1, 1.5, 0.3, 0.3, 4)
    with pytest.raises(ValueError, match="sd = -1"):
        individual_survival(0.0, -1.0, 0.3, 4)
