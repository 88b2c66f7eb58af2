"""What a small model is measured on: contexts from held-out files, and what its reference is measured on beside them.

Probes do not depend on the seed of a training, so that a process makes those of a corpus once.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.ngrams import InfiniGram, NGramCounts, SuffixArray
from learning_geometry.materials import python_corpus
from learning_geometry.materials.python_corpus import Encoding, PythonCorpus
from learning_geometry.studies.llm_phases.experiments._tracing import Contexts

Ids = NDArray[np.int64]

REACHES = ("short", "mid", "long")
"""Predictions by what it takes to make them: see `Reach`."""

SUFFIXES = ("3 or less", "4", "5", "6", "7", "8", "more than 8")
"""Lengths of the infini-gram's suffix, as table 7 groups them."""

_FAR = 5  # tokens: a suffix as long as that, where shorter ones do not help, is a long context
_OTHER_CONTEXTS = 300  # contexts of another text: enough for a spectrum of some dozen ranks
_FILES = 150  # of the other package


@dataclass(frozen=True)
class Reach:
    """The second half of each context's tokens, sorted by how far back the stream's n-grams look to predict them.

    `first` is the first position whose following token counts. `truth` and `label`, int64 `(n_contexts, n_positions)`, are
    that token and the index of its reach: "short" where the bigram's first choice is right, "mid" where it is not but that
    of a 3-, 4- or 5-gram is, "long" where none of these is but the infini-gram's is, with a suffix of five tokens or more; -1
    where all are wrong.
    """

    first: int
    truth: Ids
    label: Ids


@dataclass(frozen=True)
class Probe:
    """Contexts, further sets of contexts by name on which RankMe alone is measured, and tokens sorted by their reach."""

    contexts: Contexts
    others: dict[str, Sequence[NDArray[Any]]] = field(default_factory=dict)
    reach: Reach | None = None


@lru_cache(maxsize=3)
def corpus(folder: str, digest: str, vocabulary: int, most_files: int, encoding: Encoding = "bpe") -> PythonCorpus:
    """The corpus of a folder, whose content is `digest`; a process reads it once, and units share it."""
    return python_corpus.load(vocabulary, encoding=encoding, folder=folder, most_files=most_files)


@lru_cache(maxsize=1)
def reference(
    folder: str, digest: str, vocabulary: int, most_files: int, package: str, length: int, count: int, seed: int
) -> tuple[PythonCorpus, Probe]:
    """The corpus and everything that the reference is measured on; `digest` says what the folder holds."""
    text = corpus(folder, digest, vocabulary, most_files)
    stream = SuffixArray(text.train)
    windows = _windows(text.held_out, length, count, seed=seed)
    contexts = _with_ngrams(windows, text, stream)
    return text, Probe(contexts, _other_contexts(text, windows, package, seed=seed), reach_of(windows, text, stream))


def plain(text: PythonCorpus, length: int, count: int, *, seed: int, with_ngrams: bool = False) -> Probe:
    """Windows of held-out files, and with `with_ngrams` what the n-grams of the training stream predict after them."""
    windows = _windows(text.held_out, length, count, seed=seed)
    if with_ngrams:
        return Probe(_with_ngrams(windows, text, SuffixArray(text.train)))
    return Probe(Contexts(list(windows[:, :-1]), windows[:, -1]))


def reach_of(windows: Ids, text: PythonCorpus, stream: SuffixArray) -> Reach:
    """The reach of the tokens in the second half of windows `(n_contexts, length + 1)`, by n-grams of the stream."""
    length = windows.shape[1] - 1
    first = length // 2 - 1
    nowhere = int(text.train.max()) + 1  # a marker that no text holds fills short contexts up in front
    places = range(first, length)
    padded = np.full((len(windows), len(places), length), nowhere, dtype=np.int64)
    for row, last in enumerate(places):
        padded[:, row, length - last - 1 :] = windows[:, : last + 1]
    contexts, truth = padded.reshape(-1, length), windows[:, first + 1 :]
    flat = truth.ravel()
    short = NGramCounts(text.train, 2).most_frequent_next(contexts[:, -1:]) == flat
    mid = np.any([stream.infinigram(contexts[:, -n:], flat).top == flat for n in range(2, _FAR)], axis=0)
    far = stream.infinigram(contexts, flat)
    long = (far.top == flat) & (far.length >= _FAR)
    label = np.select([short, mid, long], [0, 1, 2], -1).reshape(truth.shape)
    return Reach(first, truth, label)


def suffix_shares(infinigram: InfiniGram) -> list[float]:
    """The share of contexts whose longest suffix has each of the lengths `SUFFIXES`. Source: table 7."""
    length = infinigram.length
    shares = [np.mean(length <= 3), *(np.mean(length == n) for n in range(4, 9)), np.mean(length > 8)]
    return [float(share) for share in shares]


def unigram_loss(text: PythonCorpus, contexts: Contexts) -> float:
    """Cross-entropy, in nats, of the tokens that follow contexts under the frequencies of the training stream."""
    size = text.tokenizer.get_vocab_size()
    counts = np.bincount(text.train, minlength=size) + 1.0  # so that no token is impossible
    return float(-np.log(counts / counts.sum())[contexts.next_tokens].mean())


def _windows(tokens: NDArray[Any], length: int, count: int, *, seed: int) -> Ids:
    """Windows `(count, length + 1)` at places drawn once, the same for every training and condition of a vocabulary."""
    possible = len(tokens) - length
    if not 0 < count <= possible:
        raise ValueError(
            f"probe_contexts = {count}, but the held-out files have room for 1 to {possible}; ask for fewer"
        )
    starts = np.sort(np.random.default_rng(seed).choice(possible, size=count, replace=False))
    windows: Ids = tokens[starts[:, None] + np.arange(length + 1)].astype(np.int64)
    return windows


def _with_ngrams(windows: Ids, text: PythonCorpus, stream: SuffixArray) -> Contexts:
    tokens, following = windows[:, :-1], windows[:, -1]
    bigram = NGramCounts(text.train, 2).most_frequent_next(tokens[:, -1:])
    return Contexts(list(tokens), following, stream.infinigram(tokens, following), bigram)


def _other_contexts(text: PythonCorpus, windows: Ids, package: str, *, seed: int) -> dict[str, Sequence[NDArray[Any]]]:
    length, fewer = windows.shape[1] - 1, min(_OTHER_CONTEXTS, len(windows))
    sources = _sources(package)
    texts = {
        "training text": text.train,
        "another package": _encoded(text, sources),
        "prose": _encoded(text, _docstrings(sources)),
    }
    others = {name: list(_windows(ids, length, fewer, seed=seed)[:, :-1]) for name, ids in texts.items()}  # type: ignore[arg-type]
    return {
        "a quarter of the contexts": list(windows[::4, :-1]),
        "a quarter of the length": list(windows[:, -1 - max(1, length // 4) : -1]),
        **others,
    }


def _sources(package: str) -> list[str]:
    """The source code of the first files of an installed package, without its tests."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no package {package!r} is installed; name one whose source can be read")
    root = Path(spec.origin).parent
    files = (file for file in sorted(root.rglob("*.py")) if "tests" not in file.relative_to(root).parts)
    return [file.read_text(encoding="utf-8", errors="ignore") for file, _ in zip(files, range(_FILES), strict=False)]


def _docstrings(sources: Iterable[str]) -> list[str]:
    """English prose: the docstrings of modules, classes and functions."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, kinds))
    return [text for node in nodes if (text := ast.get_docstring(node))]


def _encoded(text: PythonCorpus, texts: list[str]) -> Ids:
    encoded = text.tokenizer.encode_batch(texts, add_special_tokens=False)
    return np.concatenate([np.array(one.ids, dtype=np.int64) for one in encoded])
