"""The hub's own client, from its first question to the deletion, against a hub on this machine that speaks its protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_hub import REPOSITORY, Hub, serving
from tiny_models import save_series, storage_of

from learning_geometry.materials import hub


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = save_series(tmp_path / "series")
    with serving({revision.name: revision for revision in sorted(folder.iterdir())}, monkeypatch) as server:
        yield server


def snapshots(cache: Path) -> set[str]:
    return {path.name for path in storage_of(cache, REPOSITORY).glob("snapshots/*")}


def test_a_series_is_downloaded_used_and_deleted(served: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "hub"
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False, cache_dir=cache) as kept:
        hub.load_model(kept)
    with hub.checkpoint(REPOSITORY, "step512", disk_budget_gb=1, delete_after=True, cache_dir=cache) as passing:
        hub.load_model(passing)
        assert snapshots(cache) == set(served.commits.values())
    assert (kept.commit, passing.commit) == (served.commits["step0"], served.commits["step512"])
    assert snapshots(cache) == {kept.commit}
    # From here on there is no hub.
    served.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=True, cache_dir=cache) as again:
        hub.load_model(again)
        hub.load_tokenizer(again)
    assert snapshots(cache) == {kept.commit}
    with pytest.raises(ConnectionError, match="connect once"):
        hub.checkpoint(REPOSITORY, "step512", disk_budget_gb=1, delete_after=True, cache_dir=cache).__enter__()
    assert served.asked == []


def test_what_a_snapshot_lost_is_downloaded_again_and_only_that(served: Hub, tmp_path: Path) -> None:
    cache = tmp_path / "hub"
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False, cache_dir=cache) as first:
        weights = first.folder / "model.safetensors"
    weights.resolve().unlink()
    served.asked.clear()
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False, cache_dir=cache) as second:
        hub.load_model(second)
    handed_out = [question for question in served.asked if question.startswith("GET") and "/resolve/" in question]
    assert handed_out == [f"GET /{REPOSITORY}/resolve/{first.commit}/model.safetensors"]


def test_a_truncated_file_is_named_and_its_deletion_is_the_remedy(served: Hub, tmp_path: Path) -> None:
    cache = tmp_path / "hub"
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False, cache_dir=cache) as first:
        blob = (first.folder / "model.safetensors").resolve()
    blob.write_bytes(blob.read_bytes()[:-1])
    with pytest.raises(hub.BrokenCheckpoint, match=rf"\({blob}\).*: delete that file and run again"):
        hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False, cache_dir=cache).__enter__()
    blob.unlink()
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False, cache_dir=cache) as second:
        hub.load_model(second)


def test_refusals_are_told_apart(served: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(model: str, revision: str) -> None:
        hub.checkpoint(model, revision, disk_budget_gb=1, delete_after=True, cache_dir=tmp_path).__enter__()

    with pytest.raises(ValueError, match="no revision 'step500'; it has 2, step512, step0 among them"):
        ask(REPOSITORY, "step500")
    with pytest.raises(ValueError, match="the Hugging Face hub has no model 'tiny/none'"):
        ask("tiny/none", "step0")
    served.gated = True
    with pytest.raises(PermissionError, match="accept the terms on"):
        ask(REPOSITORY, "step0")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")  # nobody is there
    with pytest.raises(ConnectionError, match="connect once"):
        ask(REPOSITORY, "step0")
