"""A corpus is its files and nothing else: token by token, split by path, and the same from the cache."""

import gc
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.materials import python_corpus
from learning_geometry.materials.python_corpus import END, PythonCorpus, load

WORDS = ("alpha", "beta", "gamma", "delta", "Node", "Été", "self", "state_of", "x", "λ")


def source_code(number: int) -> str:
    """Some hundred lines that no other number gives."""
    rng = np.random.default_rng(number)
    return f"# File {number}\r\n" + "".join(
        f"def {rng.choice(WORDS)}_{number}({rng.choice(WORDS)}):\n\treturn {rng.integers(1000)} + {rng.choice(WORDS)}\n"
        for _ in range(20)
    )


def is_held_out(path: str) -> bool:
    return int(hashlib.md5(path.encode(), usedforsecurity=False).hexdigest(), 16) % 20 == 0


def write(folder: Path, contents: dict[str, str]) -> str:
    for path, text in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="")
    return str(folder)


FILES = {f"{'package/' * (number % 3)}module{number}.py": source_code(number) for number in range(60)}
READ = {path: text.replace("\r\n", "\n") for path, text in sorted(FILES.items(), key=lambda item: Path(item[0]))}


@pytest.fixture(autouse=True)
def _own_build_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "build"))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Sixty files in three folders, of which a few are held out."""
    return write(tmp_path / "tests" / "code", FILES)  # what lies above the folder excludes nothing


def decoded(corpus: PythonCorpus, tokens: np.ndarray) -> list[str]:
    """The texts of a stream, cut behind each end; the decoder must have no part in finding the cuts."""
    ends = np.flatnonzero(tokens == 0)
    assert ends[-1] == len(tokens) - 1
    return [corpus.tokenizer.decode(part[:-1].tolist()) for part in np.split(tokens, ends[:-1] + 1)]


def streams(corpus: PythonCorpus) -> list[list[int]]:
    return [corpus.train.tolist(), corpus.held_out.tolist()]


def cached(tmp_path: Path, suffix: str) -> Path:
    (file,) = (tmp_path / "build" / "corpus").glob(f"*{suffix}")
    return file


def test_bpe_streams_decode_to_the_files_split_by_path(folder: str) -> None:
    corpus = load(300, folder=folder)
    held_out = [text for path, text in READ.items() if is_held_out(path)]
    train = [text for path, text in READ.items() if not is_held_out(path)]
    assert len(held_out) > 1
    assert decoded(corpus, corpus.train) == train
    assert decoded(corpus, corpus.held_out) == held_out
    assert corpus.tokenizer.token_to_id(END) == 0
    assert corpus.train.dtype == corpus.held_out.dtype == np.uint16
    assert corpus.source["files"] == len(FILES)
    assert corpus.source["characters"] == sum(map(len, READ.values()))


@pytest.mark.parametrize("encoding", ["bpe", "characters"])
def test_every_id_is_in_the_vocabulary_and_the_vocabulary_is_used(folder: str, encoding: Any) -> None:
    vocabulary = 300 if encoding == "bpe" else 12
    corpus = load(vocabulary, encoding=encoding, folder=folder)
    assert corpus.tokenizer.get_vocab_size() == vocabulary
    assert corpus.train.max() < vocabulary
    assert corpus.held_out.max() < vocabulary
    assert (corpus.train >= (257 if encoding == "bpe" else 1)).any()


def test_the_fast_characters_are_those_of_the_tokenizer(folder: str) -> None:
    corpus = load(20, encoding="characters", folder=folder)
    for tokens, texts in (
        (corpus.train, [text for path, text in READ.items() if not is_held_out(path)]),
        (corpus.held_out, [text for path, text in READ.items() if is_held_out(path)]),
    ):
        expected = [[*corpus.tokenizer.encode(text).ids, 0] for text in texts]
        assert tokens.tolist() == [token for ids in expected for token in ids]
    assert corpus.tokenizer.token_to_id(END) == 0
    # All three kinds of token occur: in the alphabet, folded into it, and outside of it.
    assert (corpus.train == 1).any()
    assert corpus.tokenizer.encode("DEF").ids == corpus.tokenizer.encode("def").ids != [1, 1, 1]


# Without the capital sigma, which Python lowers by its place in the word and the tokenizer does not.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="Σ"), max_size=40)


@given(text=texts)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_the_fast_characters_are_those_of_the_tokenizer_for_any_text(text: str) -> None:
    tokenizer, encode = python_corpus._characters(["abcdefg \n\t<eos>ß̇éλ🐍" * 3 + text], 40)
    assert encode([text]).tolist() == [*tokenizer.encode(text).ids, 0]
    assert encode([text, "É"]).tolist()[len(tokenizer.encode(text).ids) + 1 :] == [*tokenizer.encode("é").ids, 0]


def test_the_alphabet_is_the_most_frequent_characters() -> None:
    tokenizer, encode = python_corpus._characters(["aaaaa", "BBbb", "ccc", "ee", "dd", "f"], 6)
    # "d" before "e" although it comes later; the rest shares one token.
    assert encode(["abcdef"]).tolist() == [2, 3, 4, 5, 1, 1, 0]
    assert tokenizer.get_vocab_size() == 6


def test_digits_may_be_kept_apart(folder: str) -> None:
    apart, joined = load(600, folder=folder, single_digits=True), load(600, folder=folder)
    for corpus, most in ((apart, 1), (joined, 2)):
        digits = {sum(map(str.isdigit, token)) for token in corpus.tokenizer.get_vocab()}
        assert (max(digits) == 1) == (most == 1)
        assert decoded(corpus, corpus.held_out) == [READ[path] for path in READ if is_held_out(path)]
    # Each is kept in the cache by itself.
    np.testing.assert_array_equal(load(600, folder=folder, single_digits=True).train, apart.train)
    np.testing.assert_array_equal(load(600, folder=folder).train, joined.train)


def test_the_split_depends_on_paths_only(tmp_path: Path) -> None:
    first = load(300, folder=write(tmp_path / "first", FILES))
    other = {path: source_code(1000 + number) for number, path in enumerate(FILES)}
    second = load(300, folder=write(tmp_path / "elsewhere" / "second", other))
    held_out = [path for path in READ if is_held_out(path)]
    assert decoded(first, first.held_out) == [READ[path] for path in held_out]
    assert decoded(second, second.held_out) == [other[path].replace("\r\n", "\n") for path in held_out]
    # Negative control: under another name another file is held out.
    renamed = {f"a/{path}": source_code(2000 + number) for number, path in enumerate(FILES)}
    third = load(300, folder=write(tmp_path / "renamed", renamed))
    assert decoded(third, third.held_out) != [renamed[f"a/{path}"].replace("\r\n", "\n") for path in held_out]


def test_tests_packages_and_short_files_are_left_out(tmp_path: Path) -> None:
    plain = load(300, folder=write(tmp_path / "plain", FILES))
    places = ("site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test", "lib2to3")
    extra = {f"deep/{place}/inner/extra.py": source_code(777) for place in places}
    extra |= {"short.py": "x" * 500, "text.txt": source_code(777), "empty.py": ""}
    with_extra = load(300, folder=write(tmp_path / "with", FILES | extra))
    assert with_extra.source == plain.source
    assert streams(with_extra) == streams(plain)
    # Negative controls: names that only resemble those, and one character more.
    near = {"deep/testing/extra.py": source_code(777), "test.py": source_code(778), "short.py": "x" * 501}
    assert load(300, folder=write(tmp_path / "near", FILES | near)).source["files"] == len(FILES) + 3


@pytest.mark.parametrize("most", [40, 59, 60, 1000])
def test_the_first_files_are_taken_in_the_order_of_their_paths(folder: str, most: int) -> None:
    corpus = load(300, folder=folder, most_files=most)
    taken = list(READ)[:most]
    assert decoded(corpus, corpus.train) == [READ[path] for path in taken if not is_held_out(path)]
    assert decoded(corpus, corpus.held_out) == [READ[path] for path in taken if is_held_out(path)]
    assert corpus.source["files"] == min(most, 60)


def test_undecodable_bytes_are_dropped(tmp_path: Path) -> None:
    folder = write(tmp_path / "code", FILES)
    (tmp_path / "code" / "latin.py").write_bytes(b"\xe9" + source_code(5).encode())
    corpus = load(300, folder=folder)
    assert is_held_out("latin.py") is False
    assert decoded(corpus, corpus.train).count(source_code(5).replace("\r\n", "\n")) == 2


def _refuse(*_: object) -> Any:
    raise AssertionError("a vocabulary is learnt although the cache holds it")


@pytest.mark.parametrize("encoding", ["bpe", "characters"])
def test_the_second_load_reads_what_the_first_wrote(
    folder: str, encoding: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vocabulary = 300 if encoding == "bpe" else 12
    first = load(vocabulary, encoding=encoding, folder=folder)
    monkeypatch.setattr(python_corpus, "_byte_level", _refuse)
    monkeypatch.setattr(python_corpus, "_characters", _refuse)
    second = load(vocabulary, encoding=encoding, folder=folder)
    assert streams(second) == streams(first)
    assert second.source == first.source
    assert second.tokenizer.to_str() == first.tokenizer.to_str()
    kept = sorted(file.suffix for file in (tmp_path / "build" / "corpus").iterdir() if file.suffix != ".lock")
    assert kept == [".json", ".npz"]  # and no temporary folder
    # Negative controls: nothing else is taken for it.
    with pytest.raises(AssertionError, match="is learnt"):
        load(vocabulary + 1, encoding=encoding, folder=folder)
    (Path(folder) / "module0.py").write_text(source_code(888))
    with pytest.raises(AssertionError, match="is learnt"):
        load(vocabulary, encoding=encoding, folder=folder)


def _shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _garble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    file.write_bytes(bytes(content))


def _replace(file: Path) -> None:
    np.savez(file, train=np.zeros(3, dtype=np.uint16))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # numpy leaves a torn archive open
@pytest.mark.parametrize("harm", [_shorten, _garble, _replace, Path.unlink])
def test_a_damaged_cache_is_made_anew(folder: str, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    first = load(300, folder=folder)
    harm(cached(tmp_path, ".npz"))
    again = load(300, folder=folder)
    gc.collect()
    assert streams(again) == streams(first)
    with np.load(cached(tmp_path, ".npz")) as stored:
        assert stored["train"].tolist() == first.train.tolist()


def test_who_comes_second_waits(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt = []
    learn = python_corpus._byte_level

    def watched(*arguments: Any) -> Any:
        learnt.append(1)
        return learn(*arguments)

    monkeypatch.setattr(python_corpus, "_byte_level", watched)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: load(300, folder=folder), range(3)))
    assert learnt == [1]
    assert streams(found[0]) == streams(found[1]) == streams(found[2])


@pytest.mark.parametrize(
    ("vocabulary", "encoding", "least"),
    [(256, "bpe", "257"), (0, "bpe", "257"), (65_537, "bpe", "257"), (2, "characters", "3"), (-1, "characters", "3")],
)
def test_a_vocabulary_has_bounds(folder: str, vocabulary: int, encoding: Any, least: str) -> None:
    for allowed in (int(least), 65_536):
        python_corpus.check_vocabulary(allowed, encoding)
    with pytest.raises(ValueError, match=rf"vocabulary = {vocabulary}; .*'{encoding}' it must be {least} to 65,536"):
        load(vocabulary, encoding=encoding, folder=folder)


def test_too_little_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds 0 Python files.*pass a folder with a hundred or more"):
        load(300, folder=str(tmp_path / "nowhere"))
    only_train = {path: text for path, text in FILES.items() if not is_held_out(path)}
    with pytest.raises(FileNotFoundError, match=f"holds {len(only_train)} Python files"):
        load(300, folder=write(tmp_path / "train", only_train))


def test_renamed_files_are_split_anew(tmp_path):
    load(300, folder=write(tmp_path / "a", FILES))
    renamed = {f"a/{path}": text for path, text in FILES.items()}
    corpus = load(300, folder=write(tmp_path / "b", renamed))
    assert decoded(corpus, corpus.held_out) == [READ[p] for p in READ if is_held_out(f"a/{p}")]


@pytest.mark.parametrize("suffix", [".json", ".npz"])
@pytest.mark.parametrize("left", [0, 100, None])
def test_any_damage_is_repaired(tmp_path, suffix, left):
    folder = write(tmp_path / "a", FILES)
    first = load(300, folder=folder)
    file = cached(tmp_path, suffix)
    file.unlink() if left is None else file.write_bytes(file.read_bytes()[:left])
    assert streams(load(300, folder=folder)) == streams(first)


def test_sigma():
    tokenizer, encode = python_corpus._characters(["σςΣ abc " * 3], 20)
    for text in ("ΑΣ", "aΣ b", "ΣΣ"):
        assert encode([text]).tolist() == [*tokenizer.encode(text).ids, 0]


def test_a_file_that_spells_end(tmp_path):
    files = FILES | {"z.py": "# <eos> " * 100}
    corpus = load(300, folder=write(tmp_path / "a", files))
    assert (corpus.train == 0).sum() + (corpus.held_out == 0).sum() == len(files)


def test_what_programs_leave_and_marks_at_the_beginning_are_no_source_code(tmp_path: Path) -> None:
    plain = python_corpus._files(Path(write(tmp_path / "plain", FILES)))
    folder = Path(write(tmp_path / "code", FILES))
    for left in ("._a.py", ".ipynb_checkpoints/a-checkpoint.py", "__MACOSX/a.py"):
        (folder / left).parent.mkdir(exist_ok=True)
        (folder / left).write_text("x = 1\n" * 1000)
    first = next(file for file in sorted(folder.rglob("*.py")) if file.name == Path(plain[0][0]).name)
    first.write_text("\ufeff" + first.read_text())
    assert python_corpus._files(folder) == plain
