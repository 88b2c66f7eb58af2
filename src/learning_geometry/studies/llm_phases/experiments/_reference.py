"""What is measured at a checkpoint of the reference alone: other probes, predictions by their reach, alignment."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from transformers import PreTrainedModel

from learning_geometry.instruments.hidden_states import hidden_states, last_token_features
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.studies.llm_phases.experiments._probes import REACHES, Probe, Reach
from learning_geometry.studies.llm_phases.experiments._tracing import read_out

_ENOUGH = 10  # occurrences of a token from which its mean probability is kept


def measure_reference(model: PreTrainedModel, probe: Probe, *, token_budget: int) -> xr.Dataset:
    """Measure one model of the reference on what its probe has beside the contexts.

    `rankme_probe` `(probe,)` is RankMe on each further set of contexts. `accuracy_by_reach` `(reach,)` is that of the
    predictions of each reach, of which there are `n_by_reach`. `token_probability` `(token,)` is the mean probability of each
    token where it is the true one, for tokens that occur ten times or more, and `n_token` how often they do. `alignment` is
    the squared cosine of the leading eigenvectors of `F^T F` and `W^T W`, of states `F` and read-out `W`, not centred.

    Source: figures 8 to 10 for the probes, section 3.2 for short and long contexts, section 3.3 for the alignment; how each
    is measured in a small model is ours.
    """
    if probe.reach is None:
        raise ValueError("the probe has no tokens sorted by reach; make it with _probes.reference")
    others = [last_token_features(model, tokens, token_budget=token_budget) for tokens in probe.others.values()]
    states = _all_states(model, probe, token_budget)
    read_from = states[:, probe.reach.first :]
    probability, right = _predictions(model, read_from, probe.reach)
    label = probe.reach.label
    tokens, place, counts = np.unique(probe.reach.truth, return_inverse=True, return_counts=True)
    mean = np.bincount(place.ravel(), weights=probability.ravel()) / counts
    kept = counts >= _ENOUGH
    head = model.get_output_embeddings().weight.detach().cpu().double().numpy()
    return xr.Dataset(
        {
            "rankme_probe": ("probe", [rankme(eigenspectrum(one), of="eigenvalues") for one in others]),
            # A reach that no token has (at smoke scale) has no accuracy either.
            "accuracy_by_reach": ("reach", [right[label == n].mean() if (label == n).any() else 0.0 for n in range(3)]),
            "n_by_reach": ("reach", [int((label == n).sum()) for n in range(3)]),
            "token_probability": ("token", mean[kept]),
            "n_token": ("token", counts[kept]),
            "alignment": _alignment(states[:, -1].astype(np.float64), head),
        },
        coords={"probe": list(probe.others), "reach": list(REACHES), "token": tokens[kept]},
    )


def _all_states(model: PreTrainedModel, probe: Probe, token_budget: int) -> NDArray[np.float32]:
    """The last layer's states at every position, `(n_contexts, length, d)`."""
    tokens = probe.contexts.tokens
    states: NDArray[np.float32] | None = None
    for batch in hidden_states(model, tokens, every=1, token_budget=token_budget):
        (features,) = batch.layers.values()
        if states is None:
            states = np.empty((len(tokens), len(tokens[0]), features.shape[1]), dtype=np.float32)
        states[batch.sequence, batch.position] = features
    assert states is not None
    return states


def _predictions(
    model: PreTrainedModel, states: NDArray[np.float32], reach: Reach
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability of the true token, and whether it is the most probable, `(n_contexts, n_positions)`."""
    truth = reach.truth.ravel()
    probability, right = np.empty(len(truth)), np.empty(len(truth), dtype=np.bool_)
    for rows, logarithms in read_out(model, states.reshape(len(truth), -1)):
        own = logarithms[np.arange(len(logarithms)), truth[rows]]
        probability[rows] = own.exp().cpu().numpy()
        right[rows] = (logarithms.argmax(dim=1).cpu().numpy()) == truth[rows]
    return probability.reshape(reach.truth.shape), right.reshape(reach.truth.shape)


def _alignment(features: NDArray[np.float64], head: NDArray[np.float64]) -> float:
    first, second = (np.linalg.eigh(matrix.T @ matrix)[1][:, -1] for matrix in (features, head))
    return float((first @ second) ** 2)
