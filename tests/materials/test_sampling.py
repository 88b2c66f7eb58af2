"""Samples against the softmax that they are drawn from, and what sampling must not do to anything else."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from sums import Arithmetic
from tiny_models import tiny_model, tiny_tokenizer
from transformers import GenerationConfig

from learning_geometry.materials.language_models import Architecture, gpt_neox
from learning_geometry.materials.sampling import sample

LANGUAGE = Arithmetic(terms=2, largest=30, noise=0.0, spread=1)
PROMPTS = ["<eos>1", "<eos>2 + 2 - 1 =", "<eos>0 ="]
WORDS = [*"+-=", *map(str, range(LANGUAGE.largest_number + 1))]


@pytest.fixture
def tokenizer() -> Any:
    return LANGUAGE.tokenizer()


@pytest.fixture
def model() -> Any:
    """A random model of 75 words whose answers depend on the prompt, some of them far likelier than others."""
    model = gpt_neox(Architecture(LANGUAGE.vocabulary, width=16, layers=1, heads=2, context=16), seed=0)
    with torch.no_grad():
        for values in model.parameters():
            values.mul_(8 if values.ndim == 2 else 1)
        model.get_output_embeddings().weight.mul_(1.5)
    return model


def drawn(model: Any, tokenizer: Any, prompts: list[str] = PROMPTS, **others: Any) -> list[list[str]]:
    settings = {"n_samples": 4, "max_new_tokens": 3, "temperature": 1.0, "seed": 0, "device": "cpu", "batch_size": 64}
    return sample(model, tokenizer, prompts, **{**settings, **others})


def softmax(model: Any, tokenizer: Any, text: str, temperature: float = 1.0) -> Any:
    """Chances of what comes after a text: the end, then the words."""
    with torch.inference_mode():
        logits = model(torch.tensor([tokenizer(text)["input_ids"]])).logits[0, -1].double()
    return torch.softmax(logits / temperature, 0).numpy()


def p_value(texts: list[str], chances: Any) -> float:
    """Of counts of one-word texts; rare words are counted together."""
    counts = Counter(texts)
    observed = np.array([counts[word] for word in ["", *WORDS]])
    assert observed.sum() == len(texts)
    rare = chances * len(texts) < 5
    place = np.where(rare, 0, np.cumsum(~rare) - (not rare.any()))
    pooled = [np.bincount(place, values) for values in (observed, chances * len(texts))]
    return float(chisquare(*pooled).pvalue)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 1.5])
def test_words_are_drawn_from_the_softmax(model: Any, tokenizer: Any, temperature: float) -> None:
    settings = {"n_samples": 5000, "max_new_tokens": 1, "temperature": temperature, "batch_size": 20000}
    for prompt, texts in zip(PROMPTS, drawn(model, tokenizer, **settings), strict=True):
        chances = softmax(model, tokenizer, prompt, temperature)
        assert 0.03 < chances.max() < 0.99
        assert p_value(texts, chances) > 1e-3
        assert p_value(texts, softmax(model, tokenizer, prompt, 2 * temperature)) < 1e-6
        # Nor are they drawn from the softmax of another prompt.
        others = [softmax(model, tokenizer, other, temperature) for other in PROMPTS if other != prompt]
        assert all(p_value(texts, other) < 1e-6 for other in others)


def test_the_second_word_follows_from_the_first(model: Any, tokenizer: Any) -> None:
    for prompt, texts in zip(PROMPTS, drawn(model, tokenizer, n_samples=6000, max_new_tokens=2), strict=True):
        pairs = [text.split() for text in texts]
        (first, _), *_ = Counter(pair[0] for pair in pairs if pair).most_common(1)
        second = ["".join(pair[1:]) for pair in pairs if pair and pair[0] == first]
        assert p_value(second, softmax(model, tokenizer, f"{prompt} {first}")) > 1e-3
        assert p_value(second, softmax(model, tokenizer, prompt)) < 1e-6


@pytest.mark.parametrize("batch_size", [1, 3, 4, 5, 8, 100])
def test_every_batch_size_gives_each_prompt_its_own_samples(model: Any, tokenizer: Any, batch_size: int) -> None:
    # So cold that only the likeliest word is drawn, which differs between these prompts.
    prompts = PROMPTS * 2
    likeliest = [["", *WORDS][softmax(model, tokenizer, prompt).argmax()] for prompt in prompts]
    assert len(set(likeliest)) > 1
    cold = {"temperature": 1e-4, "max_new_tokens": 1, "batch_size": batch_size}
    assert drawn(model, tokenizer, prompts, **cold) == [[word] * 4 for word in likeliest]


@pytest.mark.parametrize(("n_samples", "batch_size"), [(4, 1), (4, 3), (4, 6), (4, 100), (1, 2)])
def test_no_more_than_a_batch_is_drawn_at_a_time(
    model: Any, tokenizer: Any, n_samples: int, batch_size: int, monkeypatch: Any
) -> None:
    sizes = []
    generate = model.generate

    def noted(*inputs: Any, **others: Any) -> Any:
        answer = generate(*inputs, **others)
        sizes.append(len(answer))
        return answer

    monkeypatch.setattr(model, "generate", noted)
    found = drawn(model, tokenizer, n_samples=n_samples, batch_size=batch_size)
    assert [len(texts) for texts in found] == [n_samples] * 3
    assert max(sizes) <= batch_size
    assert sum(sizes) == 3 * n_samples


def test_a_text_ends_at_the_end_or_after_so_many_words(model: Any, tokenizer: Any) -> None:
    (texts,) = drawn(model, tokenizer, PROMPTS[:1], n_samples=400, max_new_tokens=3, temperature=2.0)
    assert {len(text.split()) for text in texts} == {0, 1, 2, 3}
    assert all(text == " ".join(text.split()) and set(text.split()) <= set(WORDS) for text in texts)
    # Any other word that the model's own settings name ends a text as well, and is still a word of it.
    model.generation_config.eos_token_id = [0, tokenizer.convert_tokens_to_ids("=")]
    (texts,) = drawn(model, tokenizer, PROMPTS[:1], n_samples=400, max_new_tokens=3, temperature=2.0)
    assert any(text.endswith("=") for text in texts)
    assert not any("=" in text.split()[:-1] for text in texts)


def test_the_model_s_own_settings_are_put_aside(model: Any, tokenizer: Any) -> None:
    expected = drawn(model, tokenizer, n_samples=50)
    own = GenerationConfig(
        do_sample=True,
        top_k=1,
        min_p=0.9,
        repetition_penalty=5.0,
        suppress_tokens=[5],
        max_new_tokens=1,
        eos_token_id=0,
    )
    model.generation_config = own
    was = own.to_dict()
    assert drawn(model, tokenizer, n_samples=50) == expected
    assert model.generation_config is own
    assert own.to_dict() == was


def test_the_seed_decides_and_nothing_else_is_disturbed(model: Any, tokenizer: Any) -> None:
    expected_texts = drawn(model, tokenizer, n_samples=50)
    model.base_model.emb_dropout.p = 0.5
    model.train()
    model.lm_head.eval()
    modes = [module.training for module in model.modules()]
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = drawn(model, tokenizer, n_samples=50)
    assert first == expected_texts
    assert torch.equal(torch.rand(3), expected)
    assert [module.training for module in model.modules()] == modes
    assert drawn(model, tokenizer, n_samples=50) == first
    assert drawn(model, tokenizer, n_samples=50, seed=1) != first


def test_the_beginning_of_a_text_is_not_written_twice() -> None:
    model = tiny_model()
    with torch.no_grad():
        for values in model.parameters():
            values.mul_(8 if values.ndim == 2 else 1)
    adds, plain = tiny_tokenizer(start=True), tiny_tokenizer()
    assert adds("<|start|>ab")["input_ids"][:2] == [257, 257]
    expected = drawn(model, plain, ["<|start|>ab"], n_samples=50)
    assert drawn(model, adds, ["ab"], n_samples=50) == expected
    assert drawn(model, adds, ["<|start|>ab"], n_samples=50) == expected
    assert drawn(model, plain, ["ab"], n_samples=50) != expected


def test_a_tokenizer_without_a_token_to_pad_with_will_do(model: Any, tokenizer: Any) -> None:
    expected = drawn(model, tokenizer)
    tokenizer.pad_token = None
    assert drawn(model, tokenizer) == expected
    assert tokenizer.pad_token is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"prompts": []}, "no prompts"),
        ({"prompts": [""]}, "'' has no tokens"),
        ({"n_samples": 0}, "n_samples = 0"),
        ({"max_new_tokens": 0}, "max_new_tokens = 0"),
        ({"batch_size": 0}, "batch_size = 0"),
        ({"temperature": 0.0}, "temperature = 0.0"),
        ({"temperature": float("nan")}, "temperature = nan"),
        ({"device": "cuda"}, "not on device = 'cuda'"),
    ],
)
def test_what_cannot_be_sampled_is_refused(wrong: dict[str, Any], message: str, model: Any, tokenizer: Any) -> None:
    with pytest.raises(ValueError, match=message):
        drawn(model, tokenizer, **wrong)


def test_a_text_that_cannot_end_is_refused(model: Any, tokenizer: Any) -> None:
    model.generation_config.eos_token_id = tokenizer.eos_token = None
    with pytest.raises(ValueError, match="end-of-text"):
        drawn(model, tokenizer)
