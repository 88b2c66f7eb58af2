"""Batched hidden states against one sequence at a time, in two architectures, and what is never computed or changed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, Olmo2Config, Olmo2ForCausalLM

from learning_geometry.instruments.hidden_states import decoder, hidden_states, last_token_features, layer_covariances
from learning_geometry.instruments.spectrum import eigenspectrum

VOCABULARY, LIMIT, N_LAYERS = 60, 40, 3
LENGTHS = (5, 17, 1, 40, 8, 8, 23, 2, 31, 12)
kinds = pytest.mark.parametrize("kind", ["gpt_neox", "olmo2"])


def build(kind):
    torch.manual_seed(0)
    sizes = {
        "vocab_size": VOCABULARY,
        "hidden_size": 16,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": LIMIT,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": None,
        "initializer_range": 0.5,  # Wide enough for context and depth to matter.
    }
    if kind == "olmo2":
        return Olmo2ForCausalLM(Olmo2Config(**sizes)).eval()
    model = GPTNeoXForCausalLM(GPTNeoXConfig(**sizes, hidden_dropout=0.5, attention_dropout=0.5)).eval()
    torch.nn.init.normal_(model.gpt_neox.final_layer_norm.weight)  # At its initial 1 a second norm would go unseen.
    return model


@pytest.fixture(scope="module")
def models():
    return {kind: build(kind) for kind in ("gpt_neox", "olmo2")}


def draw_sequences(lengths=LENGTHS, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, VOCABULARY, length) for length in lengths]


def one_by_one(model, sequence):
    """All states of one sequence by the whole model, `(n_layers + 1, n_tokens, d)`."""
    with torch.no_grad():
        output = model(torch.tensor([sequence.tolist()]), output_hidden_states=True)
    return torch.cat(output.hidden_states).numpy()


def shapes_seen(model, sequences, **options):
    """Rows, columns and attended tokens of every forward pass."""
    seen = []
    body = decoder(model)
    handle = body.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append((*kwargs["input_ids"].shape, int(kwargs["attention_mask"].sum()))),
        with_kwargs=True,
    )
    try:
        for _ in hidden_states(model, sequences, **options):
            pass
    finally:
        handle.remove()
    return seen


@kinds
@pytest.mark.parametrize("every", [None, 1, 3, 8, 40])
def test_every_state_equals_that_of_its_sequence_alone(models, kind, every):
    model, sequences = models[kind], draw_sequences()
    expected = [one_by_one(model, sequence) for sequence in sequences]
    found = []
    for batch in hidden_states(model, sequences, layers="all", every=every, token_budget=60):
        assert sorted(batch.layers) == [0, 1, 2, 3]
        found += zip(batch.sequence.tolist(), batch.position.tolist(), strict=True)
        for layer, features in batch.layers.items():
            alone = np.stack([expected[i][layer, at] for i, at in zip(batch.sequence, batch.position, strict=True)])
            assert features.dtype == np.float32
            np.testing.assert_allclose(features, alone, atol=1e-5)
    wanted = {
        (i, at)
        for i, length in enumerate(LENGTHS)
        for at in range(length)
        if (at == length - 1 if every is None else (at + 1) % every == 0)
    }
    assert len(found) == len(wanted)
    assert set(found) == wanted


@kinds
def test_last_token_features_are_in_the_order_given_and_padding_shows_if_read(models, kind):
    model, sequences = models[kind], draw_sequences()
    expected = np.stack([one_by_one(model, sequence)[-1, -1] for sequence in sequences])
    features = last_token_features(model, sequences, token_budget=100)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, atol=1e-5)
    np.testing.assert_allclose(last_token_features(decoder(model), sequences), expected, atol=1e-5)
    # The control: the last column of a padded batch, which is a state of the padding wherever there is any.
    padded = torch.zeros(len(sequences), LIMIT, dtype=torch.int64)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = torch.tensor(sequence)
    with torch.no_grad():
        column = decoder(model)(padded).last_hidden_state[:, -1].numpy()
    shorter = np.array(LENGTHS) < LIMIT
    assert np.abs(column - expected)[shorter].max(axis=1).min() > 1e-2
    np.testing.assert_allclose(column[~shorter], expected[~shorter], atol=1e-5)


@kinds
def test_final_norm_is_applied_once(models, kind):
    model = models[kind]
    norm = model.gpt_neox.final_layer_norm if kind == "gpt_neox" else model.model.norm
    sequence = draw_sequences([9])
    before = []
    handle = norm.register_forward_pre_hook(lambda module, args: before.append(args[0]))
    (batch,) = hidden_states(model, sequence, layers=[N_LAYERS - 1, N_LAYERS])
    handle.remove()
    (block_output,) = before
    with torch.no_grad():
        once, twice = norm(block_output), norm(norm(block_output))
    np.testing.assert_allclose(batch.layers[N_LAYERS][0], once[0, -1], atol=1e-6)
    assert np.abs(batch.layers[N_LAYERS][0] - block_output[0, -1].numpy()).max() > 1e-2
    if kind == "gpt_neox":  # An RMS norm of unit weight is idempotent.
        assert np.abs(batch.layers[N_LAYERS][0] - twice[0, -1].numpy()).max() > 1e-2
    with torch.no_grad():
        block_input = one_by_one(model, sequence[0])[N_LAYERS - 1, -1]
    np.testing.assert_allclose(batch.layers[N_LAYERS - 1][0], block_input, atol=1e-6)  # The others are not normed.


@given(lengths=st.lists(st.integers(1, LIMIT), min_size=1, max_size=20), budget=st.integers(1, 150))
@settings(deadline=None, derandomize=True, max_examples=20)
def test_budget_bounds_the_padded_batch(models, lengths, budget):
    seen = shapes_seen(models["gpt_neox"], draw_sequences(lengths), token_budget=budget)
    assert sum(rows for rows, _, _ in seen) == len(lengths)
    assert sum(attended for _, _, attended in seen) == sum(lengths)
    assert all(rows * columns <= budget or rows == 1 for rows, columns, _ in seen)
    widths = [columns for _, columns, _ in seen]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == max(lengths)


def test_a_larger_budget_takes_fewer_passes_and_short_sequences_are_skipped(models):
    sequences = draw_sequences()
    few, many = (shapes_seen(models["gpt_neox"], sequences, token_budget=budget) for budget in (400, 40))
    assert (len(few), len(many)) == (1, 5)
    assert shapes_seen(models["gpt_neox"], sequences, every=40) == [(1, 40, 40)]


@kinds
def test_head_is_never_called(models, kind):
    model = models[kind]

    def refuse(*args):
        raise AssertionError("the head was called")

    handle = model.get_output_embeddings().register_forward_hook(refuse)
    try:
        layer_covariances(model, draw_sequences())
        with pytest.raises(AssertionError, match="the head was called"):  # the control
            one_by_one(model, draw_sequences()[0])
    finally:
        handle.remove()


def test_hidden_states_of_all_layers_are_asked_for_only_if_wanted(models):
    asked = []
    body = decoder(models["gpt_neox"])
    handle = body.register_forward_pre_hook(
        lambda module, args, kwargs: asked.append((kwargs["output_hidden_states"], kwargs["use_cache"])),
        with_kwargs=True,
    )
    for layers in ("last", [N_LAYERS], [0], "all"):
        list(hidden_states(body, draw_sequences([3]), layers=layers))
    handle.remove()
    assert asked == [(False, False), (False, False), (True, False), (True, False)]


@kinds
def test_modes_are_restored_and_dropout_is_off_meanwhile(models, kind):
    model, sequences = build(kind), draw_sequences()
    expected = last_token_features(model, sequences)
    model.train()
    decoder(model).layers[1].eval()
    modes = [module.training for module in model.modules()]
    np.testing.assert_array_equal(last_token_features(model, sequences), expected)
    assert [module.training for module in model.modules()] == modes
    unfinished = hidden_states(model, sequences, token_budget=40)
    next(unfinished)
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()
    unfinished.close()
    assert [module.training for module in model.modules()] == modes


@kinds
def test_repeated_calls_agree_bit_by_bit_and_leave_the_sequences_alone(models, kind):
    sequences = draw_sequences()
    for sequence in sequences:
        sequence.setflags(write=False)
    first = last_token_features(models[kind], sequences, token_budget=64)
    np.testing.assert_array_equal(last_token_features(models[kind], sequences, token_budget=64), first)
    lists = [sequence.tolist() for sequence in sequences]
    np.testing.assert_array_equal(last_token_features(models[kind], lists, token_budget=64), first)


def test_bfloat16_returns_float32_close_to_the_exact_states(models):
    exact = last_token_features(models["gpt_neox"], draw_sequences())
    autocast = last_token_features(models["gpt_neox"], draw_sequences(), bfloat16=True)
    converted = last_token_features(build("gpt_neox").to(torch.bfloat16), draw_sequences())
    for rounded in (autocast, converted):
        assert rounded.dtype == np.float32
        assert 1e-4 < np.linalg.norm(rounded - exact) / np.linalg.norm(exact) < 0.1


@kinds
@pytest.mark.parametrize("every", [None, 4])
def test_layer_covariances_have_the_spectra_of_the_stored_states(models, kind, every):
    model, sequences = models[kind], draw_sequences([20] * 6 + [9, 30, 14])
    covariances = layer_covariances(model, sequences, every=every, token_budget=60)
    batches = list(hidden_states(model, sequences, layers="all", every=every, token_budget=60))
    spectra = {}
    for layer in range(N_LAYERS + 1):
        stored = np.concatenate([batch.layers[layer] for batch in batches])
        spectra[layer] = eigenspectrum(stored)
        assert covariances[layer].n_samples == len(stored)
        kept = len(spectra[layer])
        np.testing.assert_allclose(
            covariances[layer].eigenspectrum()[:kept], spectra[layer], atol=1e-6 * spectra[layer][0]
        )
    assert sorted(covariances) == sorted(spectra)
    assert not np.allclose(spectra[0], spectra[N_LAYERS], rtol=0.1)  # the control: layers can be told apart


@pytest.mark.parametrize(
    ("sequences", "options", "message"),
    [
        ([], {}, "sequences is empty"),
        ([[1], []], {}, r"sequence 1 has shape \(0,\)"),
        ([[[1, 2]]], {}, r"sequence 0 has shape \(1, 2\)"),
        ([[1.5]], {}, "sequence 0 has dtype float64"),
        ([[1], [VOCABULARY]], {}, "sequence 1 holds the id 60, .* ends at 59"),
        ([[-1]], {}, "holds the id -1"),
        ([[1] * 41], {}, "sequence 0 has 41 tokens, but the model takes 40"),
        ([[1]], {"layers": [4]}, r"layers is \[4\]; .* from 0 to 3"),
        ([[1]], {"layers": [-1]}, r"layers is \[-1\]"),
        ([[1]], {"layers": []}, r"layers is \[\]"),
        ([[1]], {"layers": "first"}, "layers is 'first'"),
        ([[1]], {"every": 0}, "every is 0"),
        ([[1] * 5], {"every": 6}, "every is 6 and the longest sequence 5"),
        ([[1]], {"token_budget": 0}, "token_budget is 0"),
    ],
)
def test_refused_by_the_call_itself(models, sequences, options, message):
    with pytest.raises(ValueError, match=message):
        hidden_states(models["gpt_neox"], sequences, **options)


def test_decoder_refuses_what_is_no_causal_language_model():
    with pytest.raises(ValueError, match="got a Linear"):
        decoder(torch.nn.Linear(2, 2))
    model = build("olmo2")
    assert decoder(model) is model.model
    assert decoder(model.model) is model.model
    model.config.is_encoder_decoder = True
    with pytest.raises(ValueError, match="has an encoder"):
        decoder(model)


def longrope(**changes):
    from transformers import Phi3Config, Phi3ForCausalLM

    factors = {"short_factor": [1.0] * 4, "long_factor": [4.0] * 4}
    config = Phi3Config(
        vocab_size=50, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=64, original_max_position_embeddings=16, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        rope_scaling={"rope_type": "longrope", **factors} | changes,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Phi3ForCausalLM(config).eval()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("budget", [1, 40, 4096])
def test_long_sequences_leave_short_ones_their_positions(budget):
    model = longrope()
    rng = np.random.default_rng(0)
    sequences = [rng.integers(3, 50, length) for length in (40, 16, 17, 5, 16, 30)]
    alone = np.concatenate([last_token_features(model, [sequence]) for sequence in sequences])
    together = last_token_features(model, sequences, token_budget=budget)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    # Control: in one batch the short ones would be another.
    padded = np.zeros((2, 40), dtype=np.int64)
    padded[0], padded[1, :16] = sequences[0], sequences[1]
    mask = np.arange(40) < np.array([[40], [16]])
    with torch.inference_mode():
        mixed = decoder(model)(
            input_ids=torch.from_numpy(padded), attention_mask=torch.from_numpy(mask.astype(int)), use_cache=False
        ).last_hidden_state[1, 15]
    assert np.abs(mixed.numpy() - alone[1]).max() > 3e-4


@pytest.mark.filterwarnings("ignore")
def test_what_is_no_one_way_model_says_what_it_is():
    from transformers import (
        BartConfig,
        BartForCausalLM,
        BertConfig,
        BertLMHeadModel,
        OPTConfig,
        OPTForCausalLM,
        XLNetConfig,
        XLNetLMHeadModel,
    )

    bert = {"vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    for model, said in (
        (XLNetLMHeadModel(XLNetConfig(vocab_size=9, d_model=8, n_layer=1, n_head=2, d_inner=8)), "in both directions"),
        (BertLMHeadModel(BertConfig(**bert)), "BertLMHeadModel reads in both directions"),
        (
            BartForCausalLM(BartConfig(vocab_size=9, d_model=16, decoder_layers=1, encoder_layers=1)),
            "BartForCausalLM is the decoder of a model that has an encoder; pass a decoder-only",
        ),
    ):
        with pytest.raises(ValueError, match=said):
            hidden_states(model, [[1, 2, 3]])
    opt = OPTConfig(
        vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, ffn_dim=8, word_embed_proj_dim=8
    )
    for model in (BertLMHeadModel(BertConfig(**bert, is_decoder=True)), OPTForCausalLM(opt)):
        first, second = last_token_features(model.eval(), [[1], [1]]), hidden_states(model, [[1, 2, 3]], every=1)
        np.testing.assert_allclose(next(second).layers[1][0], first[0], atol=1e-5)
