"""The pieces of the experiments: what they must do whatever the numbers, with slow oracles and negative controls."""

import numpy as np
import pytest
import torch

from learning_geometry.instruments.bet_hedging import alive_curve
from learning_geometry.studies.stochastic_wiring.experiments._cart_pole import balance, weights
from learning_geometry.studies.stochastic_wiring.experiments._environments import moved, recentred, seen, shifts
from learning_geometry.studies.stochastic_wiring.experiments._genomes import average_agent, genome_of, population, train
from learning_geometry.studies.stochastic_wiring.experiments._moving_optimum import live, optima
from learning_geometry.studies.stochastic_wiring.experiments._search import evolve, growth

STABLE = {"individuals": 50, "tolerance": 0.3, "mutation": 0.05, "first_logit": (-1.0, 0.1)}


def test_moves_are_those_of_the_environment_and_novel_ones_lie_just_outside() -> None:
    assert len(shifts(2, False)) == 25
    novel = shifts(1, True)
    assert len(novel) == 16
    assert (novel.abs().max(1).values == 2).all()


def test_an_image_is_moved_as_by_a_loop_over_its_pixels() -> None:
    image = torch.arange(1.0, 13).reshape(1, 3, 4)
    slow = torch.zeros(3, 4)
    for y in range(3):
        for x in range(4):
            if 0 <= y - 1 < 3 and 0 <= x + 2 < 4:
                slow[y, x] = image[0, y - 1, x + 2]
    assert torch.equal(moved(image, torch.tensor([[1, -2]]))[0], slow)


def test_recentring_undoes_a_move_that_loses_nothing() -> None:
    image = torch.zeros(1, 9, 9)
    image[0, 3:6, 3:6] = torch.rand(3, 3) + 0.5
    there = moved(image, torch.tensor([[2, -1]]))
    assert torch.equal(recentred(there), recentred(image))
    assert not torch.equal(seen(image, torch.tensor([[2, -1]]), centre=False), image.flatten(1))


def toy_network(epochs: int = 60) -> tuple:
    """Genomes that learn which half of four pixels is bright; a stochastic and a deterministic one for each of two seeds."""
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    images = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]).repeat(8, 1)
    labels = torch.tensor([0, 1]).repeat(8)
    network = train(
        lambda step: (images.expand(2, -1, -1), labels.expand(2, -1)),
        [32.0, float("inf")],
        (4, 4, 2),
        steps=epochs,
        learning_rate=0.1,
        gain=8.0,
        first_logit=(-2.0, 1.0),
        generators=generators,
        device="cpu",
    )
    return network, images, labels.numpy()


def test_a_genome_is_selected_by_its_moments_and_its_sampled_brains_are_right() -> None:
    network, images, labels = toy_network()
    rng = np.random.default_rng(0)
    for seed in (0, 1):
        brains = population(genome_of(network, (seed, 0), 32), 10, rng, network, (seed, 0), images, 8.0)
        assert (brains == labels).mean() > 0.95
        assert (average_agent(genome_of(network, (seed, 1), 1), network, (seed, 1), images, 8.0) == labels).all()
    unselected, *_ = toy_network(epochs=1)
    brains = population(genome_of(unselected, (0, 0), 32), 10, rng, unselected, (0, 0), images, 8.0)
    assert (brains == labels).mean() < 0.9


def test_the_average_agent_is_the_same_however_many_neurons_it_has() -> None:
    network, images, _ = toy_network(5)
    few, many = (average_agent(genome_of(network, (0, 0), m), network, (0, 0), images, 8.0) for m in (1, 50))
    assert (few == many).all()


def test_optima_rest_until_they_are_redrawn() -> None:
    rng = np.random.default_rng
    assert (np.diff(optima(3, 20, 2, 0.0, rng(0)), axis=1) == 0).all()
    assert (np.diff(optima(3, 20, 2, 1.0, rng(0)), axis=1) != 0).all()
    rests = (np.diff(optima(50, 200, 1, 0.2, rng(0)), axis=1) == 0).mean()
    assert rests == pytest.approx(0.8, abs=0.02)


def test_a_population_in_the_middle_of_its_world_lives_and_one_far_outside_dies_at_once() -> None:
    home, away = np.zeros((2, 30, 4)), np.full((2, 30, 4), 5.0)
    for neurons in (0, 4):
        assert (live(home, neurons=neurons, rng=np.random.default_rng(0), **STABLE) > 0).all()
        assert (live(away, neurons=neurons, rng=np.random.default_rng(0), **STABLE) == 0).all()
    # The fate of one replicate is not that of the other.
    shares = live(np.stack([home[0], away[0]]), neurons=4, rng=np.random.default_rng(0), **STABLE)
    assert (shares[0] > 0).all()
    assert (shares[1] == 0).all()


def test_many_neurons_are_the_mean_and_chance_costs_survivors() -> None:
    home = np.zeros((2, 10, 4))
    shares = {m: live(home, neurons=m, rng=np.random.default_rng(0), **STABLE).mean() for m in (0, 2, 8, 5000)}
    assert shares[2] < shares[8] < shares[0]
    assert shares[5000] == pytest.approx(shares[0], abs=0.01)


def test_without_mutation_populations_live_as_long_as_theory_says() -> None:
    moves = 0.3 * optima(300, 10, 4, 1.0, np.random.default_rng(0))
    alive = (
        live(
            moves, **(STABLE | {"mutation": 0.0, "first_logit": (-1.0, 0.0)}), neurons=16, rng=np.random.default_rng(1)
        )
        > 0
    )
    p = 1 / (1 + np.e)
    curve = alive_curve(10, 50, np.sqrt(2 * p * (1 - p) / 16), 1.0, 0.3, 0.3, 4)
    assert alive.mean(0) == pytest.approx(curve, abs=0.1)


def test_fitness_of_a_genome_counts_the_brains_that_survive() -> None:
    certain = np.array([[[1.0, 0.0], [0.0, 1.0]]])  # always +1 and -1
    rng = np.random.default_rng(0)
    signs = np.array([[1, -1], [1, 1]])
    assert growth(certain, signs, 10, False, rng) == pytest.approx([0.5])
    assert growth(certain, signs, 10, True, rng) == pytest.approx([np.log(0.5 / 10.5) / 2])
    undecided = np.full((1, 2, 2), 0.5)  # +1, 0, 0, -1: each sign in a quarter of the brains
    assert growth(undecided, signs, 4000, False, rng) == pytest.approx([1 / 16], abs=0.02)


def test_the_search_finds_what_a_stable_world_asks_for() -> None:
    how = {"geometric": True, "agents": 64, "worlds": 8, "generations": 60, "first_sd": 1.0}
    wanted = np.array([1, -1])
    found, best = evolve(wanted, 1.0, seed=[0], **how)
    assert found == pytest.approx(np.array([[1, 0], [0, 1]]), abs=0.2)
    assert best[-5:].mean() > best[:5].mean()
    assert evolve(wanted, 1.0, seed=[0], **how)[0].tolist() == found.tolist()


def test_a_pole_falls_without_a_brain_and_stands_with_a_good_controller() -> None:
    rng = np.random.default_rng(0)
    nothing = balance(np.zeros((20, 4, 2)), np.zeros((20, 2)), 0.0, rng)
    assert nothing.max() < 0.3
    # Push to where the pole leans and turns: one neuron for each side.
    hidden = np.tile(np.array([[0.1, -0.1], [0.2, -0.2], [1, -1], [1, -1]], dtype=float), (20, 1, 1))
    assert balance(hidden, np.tile([1.0, -1.0], (20, 1)), 0.0, rng).min() == 1.0


def test_the_mean_network_of_a_pole_is_the_mean_of_its_brains() -> None:
    genomes = np.random.default_rng(0).standard_normal((1, 2, 5, 3)).repeat(4000, axis=0)
    sampled, means = weights(genomes, 3, 2, np.random.default_rng(1)), weights(genomes[:1], 3, 2, None)
    assert sampled[0].shape == (4000, 4, 6)
    assert sampled[0].mean(0) == pytest.approx(means[0][0], abs=0.07)
    assert sampled[1].mean(0) == pytest.approx(means[1][0], abs=0.07)
