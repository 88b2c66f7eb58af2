"""Hidden states of a causal language model, read without its head, its cache, or much padding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.spectrum import StreamingCovariance

Layers = Literal["last", "all"] | Sequence[int]

# Families whose models with a causal head read in both directions, unless their configuration makes them decoders.
_TWO_WAY = frozenset(
    [
        "bert",
        "bert-generation",
        "big_bird",
        "camembert",
        "data2vec-text",
        "electra",
        "ernie",
        "megatron-bert",
        "rembert",
        "roberta",
        "roberta-prelayernorm",
        "roc_bert",
        "roformer",
        "xlm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xlnet",
        "xmod",
    ]
)


@dataclass(frozen=True)
class HiddenStates:
    """The states that one batch contributes.

    `sequence` and `position`, int64 `(n,)`, say which token of which sequence each state belongs to, both counted from 0.
    `layers` maps each layer to its states, float32 `(n, d)`.
    """

    sequence: NDArray[np.int64]
    position: NDArray[np.int64]
    layers: dict[int, NDArray[np.float32]]


def decoder(model: nn.Module) -> nn.Module:
    """Return the base model of a transformers causal language model, which ends in the hidden states, not in logits.

    Raises:
        ValueError: If `model` is no transformers model, has or is part of one that has an encoder, or reads in both
            directions, so that its states know the tokens that follow.
    """
    config = getattr(model, "config", None)
    if not hasattr(model, "base_model") or config is None:
        raise ValueError(f"got a {type(model).__name__}; pass a causal language model of transformers")
    if getattr(config, "is_encoder_decoder", False):
        raise ValueError(f"{type(model).__name__} has an encoder; pass a causal (decoder-only) language model")
    body = model.base_model
    if type(body).__name__.endswith("DecoderWrapper"):
        raise ValueError(
            f"{type(model).__name__} is the decoder of a model that has an encoder; pass a decoder-only language model, "
            "such as GPT-NeoX, OLMo or Llama"
        )
    family = getattr(config, "model_type", "")
    one_way = getattr(config, "is_decoder", False) or getattr(config, "causal", False)
    if family == "xlnet" or (family in _TWO_WAY and not one_way):
        raise ValueError(
            f"{type(model).__name__} reads in both directions, so that a state knows the tokens after it; pass a causal "
            "language model"
        )
    return body


def hidden_states(
    model: nn.Module,
    sequences: Sequence[ArrayLike],
    *,
    layers: Layers = "last",
    every: int | None = None,
    token_budget: int = 4096,
    bfloat16: bool = False,
) -> Iterator[HiddenStates]:
    """Yield the hidden states of all sequences, batch by batch, the longest sequences first.

    Layer 0 is the embeddings, layer l the output of block l. The last layer is the output of the last block after the
    final norm, which makes it, and no other, what the head reads. Only the batch that is yielded is in memory.
    The model stays on its device, and the modes of its modules are put back when the iterator ends or is closed.

    Args:
        model: A transformers causal language model, with or without its head.
        sequences: One-dimensional token ids, of any lengths. No special token is added.
        layers: "last", "all" (`n_layers + 1` of them), or numbers from 0 to `n_layers`.
        every: None takes the last token of each sequence. A number k takes positions k - 1, 2 k - 1 and so on, and
            nothing of a sequence shorter than k.
        token_budget: The most tokens a batch may hold, padding included; a longer sequence is a batch of its own.
            Models that place tokens otherwise once a batch is longer than they were first trained on, as Phi-3 does, never
            have shorter sequences beside longer ones.
        bfloat16: Whether to compute under autocast to bfloat16; the states are float32 in any case.

    Raises:
        ValueError: If an argument is out of range, a sequence is empty or too long for the model, or an id is not in its
            vocabulary. It is raised by the call itself, before anything is computed.
    """
    body = decoder(model)
    tokens = _tokens(body, sequences)
    wanted = _layers(body, layers)
    if token_budget < 1:
        raise ValueError(f"token_budget is {token_budget}; pass at least 1 token a batch, such as 4096")
    if every is not None and not 1 <= every <= max(map(len, tokens)):
        longest = max(map(len, tokens))
        raise ValueError(f"every is {every} and the longest sequence {longest}; pass a number from 1 to {longest}")
    return _forward(body, tokens, wanted, every, token_budget, bfloat16)


def last_token_features(
    model: nn.Module, sequences: Sequence[ArrayLike], *, token_budget: int = 4096, bfloat16: bool = False
) -> NDArray[np.float32]:
    """Return the last layer's state at the last token of each sequence, `(n_sequences, d)` in the order given.

    Arguments are those of `hidden_states`.

    Raises:
        ValueError: As `hidden_states` does.
    """
    batches = list(hidden_states(model, sequences, token_budget=token_budget, bfloat16=bfloat16))
    states = np.concatenate([features for batch in batches for features in batch.layers.values()])
    features = np.empty_like(states)
    features[np.concatenate([batch.sequence for batch in batches])] = states
    return features


def layer_covariances(
    model: nn.Module,
    sequences: Sequence[ArrayLike],
    *,
    layers: Layers = "all",
    every: int | None = None,
    token_budget: int = 4096,
    bfloat16: bool = False,
) -> dict[int, StreamingCovariance]:
    """Return the covariance of the states of each layer, for spectra that need no state to be kept.

    Memory is one `(d, d)` matrix a layer and one batch, however many sequences there are. Arguments are those of
    `hidden_states`.

    Raises:
        ValueError: As `hidden_states` does.
    """
    covariances: dict[int, StreamingCovariance] = {}
    for batch in hidden_states(
        model, sequences, layers=layers, every=every, token_budget=token_budget, bfloat16=bfloat16
    ):
        for layer, features in batch.layers.items():
            covariances.setdefault(layer, StreamingCovariance(features.shape[1])).update(features)
    return covariances


def _forward(
    body: Any, tokens: list[NDArray[np.int64]], wanted: list[int], every: int | None, budget: int, bfloat16: bool
) -> Iterator[HiddenStates]:
    last = body.config.get_text_config().num_hidden_layers
    device = next(body.parameters()).device
    training = [module for module in body.modules() if module.training]
    body.eval()
    try:
        for batch in _batches([len(ids) for ids in tokens], every or 1, budget, _long_from(body.config)):
            lengths = np.array([len(tokens[i]) for i in batch])
            # On the right, padding leaves the positions of the real tokens as they are without any.
            mask = np.arange(lengths.max()) < lengths[:, None]
            padded = np.zeros(mask.shape, dtype=np.int64)
            padded[mask] = np.concatenate([tokens[i] for i in batch])
            row, position = _positions(lengths, every)
            # Not around the yield: the caller's own code would run in inference mode.
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                output = body(
                    input_ids=torch.from_numpy(padded).to(device),
                    attention_mask=torch.from_numpy(mask.astype(np.int64)).to(device),
                    use_cache=False,
                    output_hidden_states=wanted != [last],
                )
                # Some configurations keep the state before the final norm in `hidden_states[-1]`.
                states = {
                    layer: output.last_hidden_state if layer == last else output.hidden_states[layer]
                    for layer in wanted
                }
                features = {layer: state[row, position].float().cpu().numpy() for layer, state in states.items()}
            del output, states
            yield HiddenStates(np.array(batch)[row], position, features)
    finally:
        for module in training:
            module.training = True


def _batches(lengths: list[int], least: int, budget: int, long_from: float) -> Iterator[list[int]]:
    """Indices of the sequences of at least `least` tokens, longest first, in batches whose padded size is in budget.

    Sequences of `long_from` tokens or more share no batch with shorter ones.
    """
    order = sorted((i for i, length in enumerate(lengths) if length >= least), key=lambda i: -lengths[i])
    n_long = sum(lengths[i] >= long_from for i in order)
    for part in (order[:n_long], order[n_long:]):
        while part:
            size = max(1, budget // lengths[part[0]])
            yield part[:size]
            part = part[size:]


def _long_from(config: Any) -> float:
    """The length from which on a batch is computed with other positions, as LongRoPE does; otherwise infinite."""
    rope = getattr(config.get_text_config(), "rope_parameters", None) or {}
    # Some models have a set of parameters for each type of layer.
    sets = [rope, *(part for part in rope.values() if isinstance(part, dict))]
    starts = [part["original_max_position_embeddings"] + 1 for part in sets if part.get("rope_type") == "longrope"]
    return min(starts, default=float("inf"))


def _positions(lengths: NDArray[np.int64], every: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and position of each token whose state is wanted."""
    if every is None:
        return np.arange(len(lengths)), lengths - 1
    counts = lengths // every
    row = np.repeat(np.arange(len(lengths)), counts)
    nth = np.arange(len(row)) - np.repeat(counts.cumsum() - counts, counts)
    return row, (nth + 1) * every - 1


def _layers(body: Any, layers: Layers) -> list[int]:
    n_layers = body.config.get_text_config().num_hidden_layers
    if layers == "last":
        return [n_layers]
    if layers == "all":
        return list(range(n_layers + 1))
    wanted = sorted(set(layers))
    if not wanted or not set(wanted) <= set(range(n_layers + 1)):
        raise ValueError(f"layers is {layers!r}; pass 'last', 'all' or numbers from 0 to {n_layers}")
    return wanted


def _tokens(body: Any, sequences: Sequence[ArrayLike]) -> list[NDArray[np.int64]]:
    vocabulary = body.get_input_embeddings().num_embeddings
    # Models without a table of positions may not name a limit.
    limit = getattr(body.config.get_text_config(), "max_position_embeddings", None)
    tokens = []
    for i, sequence in enumerate(sequences):
        ids = as_array(sequence)
        if ids.ndim != 1 or len(ids) == 0:
            raise ValueError(f"sequence {i} has shape {ids.shape}; pass at least one token id, in one dimension")
        if ids.dtype.kind not in "iu":
            raise ValueError(f"sequence {i} has dtype {ids.dtype}; pass integer token ids")
        for extreme in (int(ids.min()), int(ids.max())):
            if not 0 <= extreme < vocabulary:
                raise ValueError(
                    f"sequence {i} holds the id {extreme}, but the model's vocabulary ends at {vocabulary - 1}; "
                    "use the model's own tokenizer"
                )
        if limit is not None and 0 < limit < len(ids):
            raise ValueError(f"sequence {i} has {len(ids)} tokens, but the model takes {limit}; cut the sequence")
        tokens.append(ids.astype(np.int64))
    if not tokens:
        raise ValueError("sequences is empty; pass at least one sequence of token ids")
    return tokens
