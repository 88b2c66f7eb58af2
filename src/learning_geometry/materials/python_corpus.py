"""A corpus that every reader already has: the source code of Python's own standard library, as tokens."""

import hashlib
import os
import platform
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from learning_geometry import paths
from learning_geometry.materials.leftovers import is_leftover

END = "<eos>"
"""The token that follows each file; its id is 0."""

Encoding = Literal["bpe", "characters"]
_Encode = Callable[[list[str]], NDArray[np.uint16]]

_LEAST_CHARACTERS = 500
_ELSEWHERE = {"site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test", "lib2to3"}
_HELD_OUT = 20  # one file in so many is kept from training
_OTHER = "\ufffd"  # stands for every character outside a small alphabet
_LAYOUT = 1  # of the cached files; raised when what they hold changes


@dataclass(frozen=True)
class PythonCorpus:
    """Source code as token ids, split by file.

    `train` and `held_out`, uint16 `(n_tokens,)`, are files one after the other, each closed by `END`.
    `source` says what the corpus is: version of Python, numbers of files and characters, sha256 of the text.
    """

    train: NDArray[np.uint16]
    held_out: NDArray[np.uint16]
    tokenizer: Tokenizer
    source: dict[str, str | int]


def load(
    vocabulary: int,
    *,
    encoding: Encoding = "bpe",
    folder: str = "",
    most_files: int | None = None,
    single_digits: bool = False,
) -> PythonCorpus:
    """The tokenised standard library of the running Python, or the `*.py` files of another folder.

    With "bpe" a byte-level BPE vocabulary of the given size is learnt from the training files; with `single_digits` no
    token of it holds more than one digit. With "characters" the
    text is folded to lower case and each of the `vocabulary - 2` most frequent characters is a token, all others
    share one. Of the files, in the order of their paths, `most_files` are taken at most. Files of 500 characters or fewer, tests and installed packages are left out. A file is held out if
    the MD5 of its path within the folder is a multiple of 20, so that the split is the same everywhere. The tokens
    are kept in the build folder, under a name made of the text and all that shapes them.

    Raises:
        FileNotFoundError: the folder holds too little source code to learn from.
        ValueError: the vocabulary is out of range for its encoding.
    """
    check_vocabulary(vocabulary, encoding)
    root = Path(folder) if folder else Path(sysconfig.get_paths()["stdlib"])
    files = _files(root)[:most_files]
    train = [text for path, text in files if not _is_held_out(path)]
    held_out = [text for path, text in files if _is_held_out(path)]
    if not train or not held_out:
        raise FileNotFoundError(
            f"{root} holds {len(files)} Python files of more than {_LEAST_CHARACTERS} characters, too few for training "
            "and holding some out; pass a folder with a hundred or more"
        )
    digest = hashlib.sha256("\0".join(text for _, text in files).encode(errors="surrogatepass")).hexdigest()
    split = "".join("01"[_is_held_out(path)] for path, _ in files)
    name = f"{encoding}-{vocabulary}{'-digits' * single_digits}-{_key(digest + split)}"
    _folder().mkdir(parents=True, exist_ok=True)
    with FileLock(_folder() / f"{name}.lock"):  # whoever comes second waits: learning a vocabulary takes both cores
        cached = _read(name)
        if cached is None:
            tokenizer, encode = (
                _byte_level(train, vocabulary, single_digits) if encoding == "bpe" else _characters(train, vocabulary)
            )
            cached = encode(train), encode(held_out), tokenizer
            _write(name, *cached)
    source: dict[str, str | int] = {
        "python": platform.python_version(),
        "files": len(files),
        "characters": sum(len(text) for _, text in files),
        "sha256": digest,
    }
    return PythonCorpus(*cached, source)


def check_vocabulary(vocabulary: int, encoding: Encoding) -> None:
    """Check that a vocabulary of this size is possible.

    Raises:
        ValueError: it is not.
    """
    least = 257 if encoding == "bpe" else 3
    if not least <= vocabulary <= 65_536:
        raise ValueError(f"vocabulary = {vocabulary}; with encoding {encoding!r} it must be {least} to 65,536")


def _files(root: Path) -> list[tuple[str, str]]:
    found = []
    for file in sorted(root.rglob("*.py")):
        path = file.relative_to(root)
        if not _ELSEWHERE & set(path.parts) and not any(map(is_leftover, path.parts)):
            text = file.read_text(encoding="utf-8-sig", errors="ignore")
            if len(text) > _LEAST_CHARACTERS:
                found.append((path.as_posix(), text))
    return found


def _is_held_out(path: str) -> bool:
    return int(hashlib.md5(path.encode(), usedforsecurity=False).hexdigest(), 16) % _HELD_OUT == 0


def _byte_level(texts: list[str], vocabulary: int, single_digits: bool) -> tuple[Tokenizer, _Encode]:
    tokenizer = Tokenizer(models.BPE())
    words = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), words]) if single_digits else words
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    end = [tokenizer.token_to_id(END)]

    def encode(texts: list[str]) -> NDArray[np.uint16]:
        tokenizer.encode_special_tokens = True  # a file that spells out END does not end there
        encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
        return np.concatenate([np.array(encoding.ids + end, dtype=np.uint16) for encoding in encoded])

    return tokenizer, encode


def _characters(texts: list[str], vocabulary: int) -> tuple[Tokenizer, _Encode]:
    counts = Counter(_lower("".join(texts)))
    # Ties are broken by the character, for a Counter keeps the order of the files.
    alphabet = sorted(counts, key=lambda character: (-counts[character], character))[: vocabulary - 2]
    ids = {END: 0, _OTHER: 1} | {character: at + 2 for at, character in enumerate(alphabet)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=_OTHER))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    table = np.full(0x110000, ids[_OTHER], dtype=np.uint16)
    table[list(map(ord, alphabet))] = np.arange(2, 2 + len(alphabet), dtype=np.uint16)

    def encode(texts: list[str]) -> NDArray[np.uint16]:
        # The tokenizer would give the same ids, two hundred times slower.
        return np.concatenate([np.append(table[_code_points(_lower(text))], np.uint16(ids[END])) for text in texts])

    return tokenizer, encode


def _lower(text: str) -> str:
    # Character by character, as the tokenizer does: Python alone knows the final sigma.
    return "".join(map(str.lower, text)) if "Σ" in text else text.lower()


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _key(content: str) -> str:
    text = f"{content} {_LAYOUT} {metadata.version('tokenizers')}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _folder() -> Path:
    return paths.build() / "corpus"


def _read(name: str) -> tuple[NDArray[np.uint16], NDArray[np.uint16], Tokenizer] | None:
    tokens, tokenizer = _folder() / f"{name}.npz", _folder() / f"{name}.json"
    try:
        with tokens.open("rb") as file, np.load(file) as stored:
            return stored["train"], stored["held_out"], Tokenizer.from_file(str(tokenizer))
    except Exception:  # what is damaged is made anew; of its own faults tokenizers says no more than Exception
        return None


def _write(name: str, train: NDArray[np.uint16], held_out: NDArray[np.uint16], tokenizer: Tokenizer) -> None:
    with tempfile.TemporaryDirectory(dir=_folder()) as aside:
        np.savez(Path(aside) / "tokens.npz", train=train, held_out=held_out)
        tokenizer.save(str(Path(aside) / "tokenizer.json"))
        # The tokens come last: where they are, the tokenizer is.
        os.replace(Path(aside) / "tokenizer.json", _folder() / f"{name}.json")
        os.replace(Path(aside) / "tokens.npz", _folder() / f"{name}.npz")
