"""Texts come in their source's order and no fewer than asked for; tokens are the tokenizer's own."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets.exceptions import DatasetNotFoundError
from huggingface_hub.errors import GatedRepoError, RevisionNotFoundError
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import tiny_tokenizer

from learning_geometry.materials import texts

COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"
FINEWEB = "HuggingFaceFW/fineweb:sample-10BT"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six texts in three formats, in the order of the files' names; and a file that is no text."""
    folder = tmp_path / "texts"
    (folder / "d").mkdir(parents=True)
    (folder / "a.txt").write_text("première\nligne\n", encoding="utf-8")
    lines = [json.dumps({"text": text, "id": 1}) for text in ("short", "a longer text, in JSON")]
    (folder / "b.jsonl").write_text("\n\n".join(lines) + "\n")
    pq.write_table(pa.table({"text": ["from parquet", "and another"], "id": [1, 2]}), folder / "c.parquet")
    (folder / "d" / "e.txt").write_text("in a folder")
    (folder / "README.md").write_text("not one of them")
    return folder


ALL = ["première\nligne\n", "short", "a longer text, in JSON", "from parquet", "and another", "in a folder"]


def test_a_folder_is_read_in_the_order_of_its_names(folder: Path) -> None:
    assert texts.load_texts(str(folder), "", n_texts=6) == ALL
    assert texts.load_texts(str(folder), "", n_texts=2) == ALL[:2]
    assert texts.load_texts(str(folder), "", n_texts=2, least_characters=12) == [ALL[0], ALL[2]]
    assert texts.load_texts(str(folder / "b.jsonl"), "", n_texts=2) == ALL[1:3]


def test_too_few_texts_are_refused_and_not_shortened(folder: Path) -> None:
    with pytest.raises(ValueError, match="has only 6 texts of 0 characters or more, not 7"):
        texts.load_texts(str(folder), "", n_texts=7)
    with pytest.raises(ValueError, match="has only 1 texts of 20 characters"):
        texts.load_texts(str(folder), "", n_texts=2, least_characters=20)
    with pytest.raises(ValueError, match="n_texts = 0"):
        texts.load_texts(str(folder), "", n_texts=0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.jsonl",
            b'{"text": "x"}\n{"text": 3}\n',
            r"line 2 of .*a\.jsonl has a int instead of a text in 'text': '3'",
        ),
        ("a.jsonl", b'\n{"text": null}\n', r"line 2 of .*a\.jsonl has no text in 'text', which is null there"),
        ("a.jsonl", b'{"content": "x"}\n', r"line 1 of .*a\.jsonl has no 'text', only content"),
        ("a.jsonl", b"{}\n", r"line 1 of .*a\.jsonl has no 'text', only nothing"),
        ("a.jsonl", b'{"text": "x"}\n{"text"\n', r"line 2 of .*a\.jsonl is no JSON"),
        ("a.jsonl", b'["x"]\n', r"line 1 of .*a\.jsonl is no JSON object, but \[\"x\"\]"),
        ("a.txt", "ab".encode("utf-16"), r"a\.txt is encoded as UTF-16; save it as UTF-8"),
        ("a.txt", "größe".encode("cp1252"), r"line 1 of .*a\.txt is not encoded as UTF-8; save it as UTF-8"),
        (
            "a.jsonl",
            b'{"text": "x"}\n' * 9999 + b'{"text": "\xe9"}',
            r"line 10000 of .*a\.jsonl is not encoded as UTF-8",
        ),
        ("a.parquet", b"PAR1", r"a\.parquet cannot be read as parquet"),
        ("a.csv", b"text\nx\n", r"holds no \.jsonl, \.parquet or \.txt file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as refusal:
        texts.load_texts(str(tmp_path / "texts"), "", n_texts=10_000)
    assert "\n" not in str(refusal.value)


def test_a_folder_s_commit_is_its_content(folder: Path, tmp_path: Path) -> None:
    commit = texts.resolve_texts(str(folder), "")
    assert len(commit) == 40
    assert texts.resolve_texts(str(shutil.copytree(folder, tmp_path / "copy")), "") == commit
    (folder / "README.md").write_text("still not one of them")
    assert texts.resolve_texts(str(folder), "") == commit
    (folder / "a.txt").write_text("premiere")
    changed = texts.resolve_texts(str(folder), "")
    (folder / "a.txt").rename(folder / "z.txt")
    assert len({commit, changed, texts.resolve_texts(str(folder), "")}) == 3


@pytest.mark.parametrize(
    ("source", "revision", "message"),
    [
        (FINEWEB, "", "needs a revision: a commit"),
        ("/no/such/folder", "", "neither a file or folder nor a data set"),
        ("fineweb", COMMIT, "neither a file or folder nor a data set"),
        ("", COMMIT, "neither a file or folder nor a data set"),
        ("a/b:c:d", COMMIT, "neither a file or folder nor a data set"),
    ],
)
def test_a_malformed_source_is_refused_at_once(source: str, revision: str, message: str) -> None:
    texts.check_source(FINEWEB, COMMIT)
    texts.check_source("allenai/sciq", "main")
    with pytest.raises(ValueError, match=message):
        texts.check_source(source, revision)


def test_files_take_no_revision(folder: Path) -> None:
    texts.check_source(str(folder), "")
    with pytest.raises(ValueError, match="has no revision, but 'main'"):
        texts.check_source(str(folder), "main")


def test_an_unreachable_hub_names_the_remedy() -> None:
    assert texts.resolve_texts(FINEWEB, COMMIT) == COMMIT
    with pytest.raises(ConnectionError, match="pass their folder"):
        texts.resolve_texts(FINEWEB, "main")
    with pytest.raises(ConnectionError, match="pass their folder"):
        texts.load_texts(FINEWEB, COMMIT, n_texts=1)


class Streamed:
    """A data set of the hub that counts how much of it was read."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.read = 0

    def load_dataset(self, name: str, configuration: str | None, **keywords: Any) -> Iterator[dict[str, Any]]:
        self.asked = {"name": name, "configuration": configuration, **keywords}
        for number in range(1000):
            self.read += 1
            yield {"text": f"{number} " * number, "url": "x"}


def test_a_hub_data_set_is_streamed_at_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Streamed()
    asked = []

    def dataset_info(_: object, name: str, *, revision: str, timeout: float) -> SimpleNamespace:
        asked.append((name, revision, timeout > 0))
        return SimpleNamespace(sha=COMMIT)

    monkeypatch.setattr("datasets.load_dataset", hub.load_dataset)
    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", dataset_info)
    assert texts.load_texts(FINEWEB, "main", n_texts=3, least_characters=6) == ["3 " * 3, "4 " * 4, "5 " * 5]
    assert asked == [("HuggingFaceFW/fineweb", "main", True)]
    assert hub.read == 6
    assert hub.asked == {
        "name": "HuggingFaceFW/fineweb",
        "configuration": "sample-10BT",
        "split": "train",
        "revision": COMMIT,
        "streaming": True,
    }


@pytest.mark.parametrize("error", [DatasetNotFoundError("x"), GatedRepoError, RevisionNotFoundError])
def test_a_refusal_of_the_hub_names_the_remedy(monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        response = httpx2.Response(404, request=httpx2.Request("GET", "https://hub.example/api"))
        raise error("no", response=response) if isinstance(error, type) else error

    monkeypatch.setattr("datasets.load_dataset", refuse)
    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", refuse)
    with pytest.raises(ValueError, match=r"no data set 'HuggingFaceFW/fineweb:sample-10BT' at .* set HF_TOKEN"):
        texts.load_texts(FINEWEB, COMMIT, n_texts=1)
    with pytest.raises(ValueError, match=r"at 'main', or not for you"):
        texts.resolve_texts(FINEWEB, "main")


@pytest.mark.parametrize("start", [False, True])
@pytest.mark.parametrize("end", [False, True])
@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    written=st.lists(st.text(st.characters(codec="ascii"), max_size=20), min_size=1, max_size=8),
    max_tokens=st.integers(1, 12),
    data=st.data(),
)
def test_contexts_are_the_first_tokens_and_the_one_that_follows(
    start: bool, end: bool, written: list[str], max_tokens: int, data: st.DataObject
) -> None:
    tokenizer = tiny_tokenizer(start=start, end=end)
    min_tokens = data.draw(st.integers(1, max_tokens))
    # The oracle: one token a character, so that a text's length is known without the tokenizer.
    expected = [
        ids
        for text in written
        if len(ids := [257] * start + tokenizer(text, add_special_tokens=False)["input_ids"]) >= min_tokens
    ]
    if not expected:
        with pytest.raises(ValueError, match=r"none of \d+ texts has min_tokens"):
            texts.tokenise(tokenizer, written, max_tokens=max_tokens, min_tokens=min_tokens)
        return
    contexts, following = texts.tokenise(tokenizer, written, max_tokens=max_tokens, min_tokens=min_tokens)
    assert [context.tolist() for context in contexts] == [ids[:max_tokens] for ids in expected]
    assert following.tolist() == [ids[max_tokens] if len(ids) > max_tokens else -1 for ids in expected]
    assert {context.dtype for context in contexts} == {np.dtype(np.int32)}
    assert following.dtype == np.int64


def test_batches_change_nothing_and_long_texts_warn_of_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.model_max_length = 4
    written = ["x" * length for length in range(1, 12)]
    whole = texts.tokenise(tokenizer, written, max_tokens=5, min_tokens=2)
    monkeypatch.setattr(texts, "_BATCH", 3)
    parts = texts.tokenise(tokenizer, written, max_tokens=5, min_tokens=2)
    assert [c.tolist() for c in whole[0]] == [c.tolist() for c in parts[0]]
    assert whole[1].tolist() == parts[1].tolist() == [-1] * 4 + [whole[0][0][0]] * 6
    assert caplog.records == []


@pytest.mark.parametrize(("least", "most"), [(0, 5), (6, 5), (-1, 5)])
def test_token_limits_are_checked(least: int, most: int) -> None:
    with pytest.raises(ValueError, match=f"min_tokens = {least}; it must lie between 1 and max_tokens = {most}"):
        texts.tokenise(tiny_tokenizer(), ["text"], max_tokens=most, min_tokens=least)


def test_a_mark_at_the_beginning_is_no_part_of_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\ufefftext", encoding="utf-8")
    line = json.dumps({"text": "line"})
    (tmp_path / "b.jsonl").write_text(f"\ufeff{line}\r\n\ufeff{line}\r\n", encoding="utf-8")
    assert texts.load_texts(str(tmp_path), "", n_texts=3) == ["text", "line", "line"]


@pytest.mark.parametrize("name", ["texts [v2]", "{a,b} *?", "größe", "R&D's"])
def test_names_are_no_patterns_and_suffixes_of_any_case(folder: Path, name: str) -> None:
    renamed = folder.rename(folder.parent / name)
    (renamed / "c.parquet").rename(renamed / "c [1].PARQUET")
    (renamed / "b.jsonl").rename(renamed / "b.JSONL")
    (renamed / "a.txt").rename(renamed / "a.Txt")
    assert texts.load_texts(str(renamed), "", n_texts=6) == ALL
    assert texts.load_texts(str(renamed / "c [1].PARQUET"), "", n_texts=2) == ALL[3:5]


def test_what_programs_leave_in_a_folder_is_no_text(folder: Path) -> None:
    commit = texts.resolve_texts(str(folder), "")
    for left in ("._a.txt", ".a.txt", "~$a.txt", ".ipynb_checkpoints/b-checkpoint.jsonl", "__MACOSX/c.txt", "a.txt~"):
        (folder / left).parent.mkdir(exist_ok=True)
        (folder / left).write_bytes(b"\x00\x05\xff")
    assert texts.load_texts(str(folder), "", n_texts=6) == ALL
    with pytest.raises(ValueError, match="has only 6 texts"):
        texts.load_texts(str(folder), "", n_texts=7)
    assert texts.resolve_texts(str(folder), "") == commit


def test_a_null_text_is_named_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"text": ["a", None, "c"]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"row 2 of .*a\.parquet has no text in 'text', which is null there"):
        texts.load_texts(str(tmp_path), "", n_texts=3)
    assert texts.load_texts(str(tmp_path), "", n_texts=1) == ["a"]
    monkeypatch.setattr("datasets.load_dataset", lambda *_, **__: iter([{"text": "a"}, {"text": None}]))
    with pytest.raises(ValueError, match=rf"row 2 of {FINEWEB} has no text in 'text'"):
        texts.load_texts(FINEWEB, COMMIT, n_texts=2)
