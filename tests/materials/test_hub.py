"""A checkpoint is whole, is the commit it says, and leaves the cache as it was: without the network throughout."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import torch
from filelock import FileLock, Timeout
from huggingface_hub import ModelInfo, scan_cache_dir
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tiny_models import fake_hub, fetch, save_checkpoint, save_series, storage_of

from learning_geometry.materials import hub

REPOSITORY = "tiny/neox"
COMMIT = re.compile(r"[0-9a-f]{40}")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Series of two families and one sharded checkpoint; tests that change something copy."""
    folder = tmp_path_factory.mktemp("written")
    for family in ("gpt_neox", "olmo2"):
        save_series(folder / family, family)
    save_checkpoint(folder / "sharded" / "step0", shard_size="20KB")
    return folder


@pytest.fixture
def cache(tmp_path: Path, written: Path) -> Path:
    """A cache that holds the two revisions of the GPT-NeoX series."""
    fake_hub(tmp_path / "hub", REPOSITORY, {name: written / "gpt_neox" / name for name in ("step0", "step512")})
    return tmp_path / "hub"


def opened(cache: Path, revision: str, *, model: str = REPOSITORY, budget: float = 1.0, delete: bool = False) -> Any:
    return hub.checkpoint(model, revision, disk_budget_gb=budget, delete_after=delete, cache_dir=cache)


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if ".locks" not in path.parts}


class Online:
    """A hub that answers: what it has, what it was asked, and how often an answer broke off."""

    def __init__(self, revisions: dict[str, Path]) -> None:
        self.revisions = revisions
        self.commits = {name: f"{number:040x}" for number, name in enumerate(revisions, start=1)}
        self.downloads: list[list[str]] = []
        self.breaks_off = False
        self.refusal: Exception | None = None

    def model_info(self, model: str, *, revision: str, files_metadata: bool, timeout: float) -> ModelInfo:
        assert files_metadata
        assert timeout > 0
        if self.refusal is not None:
            raise self.refusal
        files = [
            {"rfilename": file.name, "size": file.stat().st_size} for file in sorted(self.revisions[revision].iterdir())
        ]
        return ModelInfo(id=model, sha=self.commits[revision], siblings=files)

    def list_repo_refs(self, model: str) -> Any:
        refs = [SimpleNamespace(name=name) for name in ("main", "step0", "step1000", "step2000", "step143000")]
        return SimpleNamespace(branches=refs, tags=[])

    def snapshot_download(self, model: str, *, revision: str, allow_patterns: list[str], cache_dir: Path) -> str:
        self.downloads.append(allow_patterns)
        source = next(self.revisions[name] for name, commit in self.commits.items() if commit == revision)
        part = Path(cache_dir) / "part"
        part.mkdir(parents=True)
        names = [name for name in allow_patterns if not self.breaks_off or not name.endswith(".safetensors")]
        for name in names:
            shutil.copyfile(source / name, part / name)
        snapshot = fetch(storage_of(Path(cache_dir), model), revision, part)
        shutil.rmtree(part)
        return str(snapshot)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch, written: Path) -> Online:
    """The hub's client, answered from the written series."""
    answers = Online({name: written / "gpt_neox" / name for name in ("step0", "step512")})
    monkeypatch.setattr("learning_geometry.materials.hub_cache.HfApi", lambda: answers)
    monkeypatch.setattr("learning_geometry.materials.hub_cache.snapshot_download", answers.snapshot_download)
    return answers


def refusal(kind: type[HfHubHTTPError]) -> HfHubHTTPError:
    request = httpx2.Request("GET", "https://hub.example/api")
    return kind("no", response=httpx2.Response(404, request=request))


@pytest.mark.parametrize(
    ("revision", "step", "tokens"),
    [
        ("step0", 0, None),
        ("step143000", 143_000, None),
        ("step10000-tokens42B", 10_000, 42 * 10**9),
        ("stage1-step10000-tokens21B", 10_000, 21 * 10**9),
        ("stage1-step0-tokens0B", 0, 0),
        # Later stages count anew, so their numbers would be false as those of the whole run.
        ("stage2-ingredient1-step1000-tokens3B", None, None),
        ("main", None, None),
        ("step-5", None, None),
        ("mystep10", None, None),
        ("step10x", None, None),
    ],
)
def test_names_tell_steps_and_tokens(revision: str, step: int | None, tokens: int | None) -> None:
    assert hub.step_of(revision) == step
    assert hub.tokens_seen(revision) == tokens


@pytest.mark.parametrize(
    ("model", "revisions", "message"),
    [
        ("EleutherAI/pythia-160m", [], "at least one revision"),
        ("EleutherAI/pythia-160m", ["step1", "step2", "step1"], "twice for 'step1'"),
        ("EleutherAI/pythia-160m", ["step1", ""], "has no revision ''"),
        ("a/b/c", ["step1"], "neither a folder nor the name"),
        ("/no/such/folder", ["step1"], "neither a folder nor the name"),
        ("EleutherAI/pythia 160m", ["step1"], "neither a folder nor the name"),
        ("", ["step1"], "neither a folder nor the name"),
    ],
)
def test_a_malformed_series_is_refused_at_once(model: str, revisions: list[str], message: str) -> None:
    hub.check_series("EleutherAI/pythia-160m", ["step1", "step2"])
    with pytest.raises(ValueError, match=message):
        hub.check_series(model, revisions)


def test_a_folder_names_the_revisions_it_has(tmp_path: Path) -> None:
    for step in (512, 0, 64):
        (tmp_path / f"step{step}").mkdir()
    hub.check_series(str(tmp_path), ["step0", "step512"])
    with pytest.raises(ValueError, match=r"no folder 'step1'; it holds step0, step64, step512"):
        hub.check_series(str(tmp_path), ["step0", "step1"])
    with pytest.raises(ValueError, match=r"no folder '\.\./x'"):
        hub.check_series(str(tmp_path), ["../x"])


@pytest.mark.parametrize("family", ["gpt_neox", "olmo2"])
def test_a_local_checkpoint_loads_as_it_was_saved(written: Path, tmp_path: Path, family: str) -> None:
    folder = written / family
    before = everything(folder)
    with opened(tmp_path, "step512", model=str(folder), delete=True) as checkpoint:
        model, tokenizer = hub.load_model(checkpoint), hub.load_tokenizer(checkpoint)
        half = hub.load_model(checkpoint, bfloat16=True)
    assert checkpoint.folder == folder / "step512"
    assert COMMIT.fullmatch(checkpoint.commit)
    assert everything(folder) == before  # never deleted
    assert not model.training
    assert model.config.model_type == family
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}
    ids = torch.tensor([tokenizer("one token a byte")["input_ids"]])
    with torch.inference_mode():
        assert model(ids).logits.shape == (1, 16, 258)


def test_a_local_commit_is_that_of_the_files_which_are_loaded(written: Path, tmp_path: Path) -> None:
    def commit(revision: str) -> str:
        with opened(tmp_path, revision, model=str(series)) as checkpoint:
            return checkpoint.commit

    series = Path(shutil.copytree(written / "gpt_neox", tmp_path / "series"))
    first = commit("step0")
    assert first != commit("step512")
    (series / "step0" / "README.md").write_text("read by people only")
    (series / "step0" / "optimizer.pt").write_bytes(b"state")
    assert commit("step0") == first
    config = series / "step0" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert commit("step0") != first


def test_weights_that_are_not_there_are_never_random(written: Path, tmp_path: Path) -> None:
    series = Path(shutil.copytree(written / "gpt_neox", tmp_path / "series"))
    config = series / "step0" / "config.json"
    config.write_text(config.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    with (
        opened(tmp_path, "step0", model=str(series)) as checkpoint,
        pytest.raises(hub.BrokenCheckpoint, match="describes another model"),
    ):
        hub.load_model(checkpoint)


@pytest.mark.parametrize("family", ["gpt_neox", "olmo2"])
def test_a_tokenizer_that_is_not_there_is_never_empty(written: Path, tmp_path: Path, family: str) -> None:
    series = Path(shutil.copytree(written / family, tmp_path / "series"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (series / "step0" / name).unlink()
    with opened(tmp_path, "step0", model=str(series)) as checkpoint:
        hub.load_model(checkpoint)
        with pytest.raises(hub.BrokenCheckpoint, match="holds no tokenizer"):
            hub.load_tokenizer(checkpoint)


@pytest.mark.parametrize("listings", [False, True])
def test_a_cached_revision_resolves_to_its_commit_without_the_network(
    written: Path, tmp_path: Path, listings: bool
) -> None:
    series = {name: written / "olmo2" / name for name in ("step0", "step512")}
    commits = fake_hub(tmp_path, "tiny/olmo", series, listings=listings)
    before = everything(tmp_path)
    weights = []
    for revision, commit in commits.items():
        for name in (revision, commit):
            with opened(tmp_path, name, model="tiny/olmo", delete=True) as checkpoint:
                assert (checkpoint.model, checkpoint.revision, checkpoint.commit) == ("tiny/olmo", name, commit)
                assert checkpoint.folder.name == commit
                weights.append(hub.load_model(checkpoint).lm_head.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert everything(tmp_path) == before  # what the user had is never deleted, even on request


def test_the_default_cache_is_the_client_s_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    with hub.checkpoint(REPOSITORY, "step0", disk_budget_gb=1, delete_after=False) as checkpoint:
        assert checkpoint.folder.is_relative_to(cache)


def truncate(snapshot: Path) -> None:
    file = (snapshot / "model.safetensors").resolve()
    file.write_bytes(file.read_bytes()[:-100])


def garble(snapshot: Path) -> None:
    (snapshot / "model.safetensors").resolve().write_bytes(b"\xff" * 100)


def cut_json(snapshot: Path) -> None:
    file = snapshot / "tokenizer.json"
    text = file.read_bytes()
    file.unlink()  # the other revision has the same blob
    file.write_bytes(text[:100])


def unlink_weights(snapshot: Path) -> None:
    (snapshot / "model.safetensors").unlink()


def lose_blob(snapshot: Path) -> None:
    (snapshot / "model.safetensors").resolve().unlink()


def unfinished(snapshot: Path) -> None:
    link = snapshot / "model.safetensors"
    blob = link.resolve()
    blob.rename(blob.with_suffix(".incomplete"))
    link.unlink()
    link.symlink_to(blob.with_suffix(".incomplete"))


def unlink_config(snapshot: Path) -> None:
    (snapshot / "config.json").unlink()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (truncate, r"model\.safetensors has \d+ bytes instead of \d+"),
        (garble, "no safetensors header"),
        (cut_json, "tokenizer.json is no JSON"),
        (unlink_weights, "model.safetensors is missing"),
        (lose_blob, "model.safetensors is missing"),
        (unfinished, "model.safetensors is missing"),
        (unlink_config, "config.json is missing"),
    ],
)
def test_a_half_downloaded_snapshot_is_broken(cache: Path, harm: Callable[[Path], None], message: str) -> None:
    with opened(cache, "step0") as checkpoint:
        harm(checkpoint.folder)
    with (
        pytest.raises(hub.BrokenCheckpoint, match=rf"(?s){message}.*connect and run again, or delete"),
        opened(cache, "step0"),
    ):
        pytest.fail("a broken checkpoint was handed out")
    with opened(cache, "step512"):
        pass


def test_each_shard_of_the_index_is_there(written: Path, tmp_path: Path) -> None:
    fake_hub(tmp_path, "tiny/sharded", {"step0": written / "sharded" / "step0"})
    with opened(tmp_path, "step0", model="tiny/sharded") as checkpoint:
        assert hub.load_model(checkpoint).lm_head.weight.shape == (258, 16)
        shards = sorted(checkpoint.folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    shards[1].unlink()
    with pytest.raises(hub.BrokenCheckpoint, match=rf"{shards[1].name} is missing"):
        opened(tmp_path, "step0", model="tiny/sharded").__enter__()


def test_the_client_s_own_listing_says_what_else_is_missing(written: Path, tmp_path: Path) -> None:
    commits = fake_hub(tmp_path, REPOSITORY, {"step0": written / "gpt_neox" / "step0"}, listings=True)
    snapshot = storage_of(tmp_path, REPOSITORY) / "snapshots" / commits["step0"]
    (snapshot / "generation_config.json").unlink()  # nothing that is loaded
    with opened(tmp_path, "step0"):
        pass
    (snapshot / "tokenizer.json").unlink()
    with pytest.raises(hub.BrokenCheckpoint, match=r"tokenizer\.json is missing"):
        opened(tmp_path, "step0").__enter__()
    (snapshot / "tokenizer.json").write_text("{}")
    with pytest.raises(hub.BrokenCheckpoint, match=r"tokenizer\.json has 2 bytes instead of \d+"):
        opened(tmp_path, "step0").__enter__()


def test_a_broken_local_checkpoint_is_named(written: Path, tmp_path: Path) -> None:
    series = Path(shutil.copytree(written / "gpt_neox", tmp_path / "series"))
    truncate(series / "step0")
    with pytest.raises(hub.BrokenCheckpoint, match="write that checkpoint anew"):
        opened(tmp_path, "step0", model=str(series)).__enter__()


def test_pickled_weights_are_held_against_the_end_of_their_archive(written: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(written / "gpt_neox", tmp_path / "series")) / "step0"
    with opened(tmp_path, "step0", model=str(folder.parent)) as checkpoint:
        weights = hub.load_model(checkpoint).state_dict()
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with opened(tmp_path, "step0", model=str(folder.parent)) as checkpoint:
        assert torch.equal(hub.load_model(checkpoint).lm_head.weight, weights["lm_head.weight"])
    whole = (folder / "pytorch_model.bin").read_bytes()
    (folder / "pytorch_model.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(hub.BrokenCheckpoint, match=r"pytorch_model\.bin is cut short"):
        opened(tmp_path, "step0", model=str(folder.parent)).__enter__()


def test_offline_and_not_cached_names_the_remedy(cache: Path, recwarn: pytest.WarningsRecorder) -> None:
    for model, revision in ((REPOSITORY, "step1"), ("tiny/other", "step0")):
        with pytest.raises(ConnectionError, match=rf"{model} at {revision} is not in the cache.*connect once"):
            opened(cache, revision, model=model).__enter__()
    assert not recwarn.list


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan")])
def test_a_budget_is_positive(cache: Path, budget: float) -> None:
    with pytest.raises(ValueError, match="disk_budget_gb"):
        opened(cache, "step0", budget=budget).__enter__()


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (GatedRepoError, PermissionError, "accept the terms on .*tiny/neox, then set HF_TOKEN"),
        (RepositoryNotFoundError, ValueError, "no model 'tiny/neox'.*misspelling"),
        (RevisionNotFoundError, ValueError, "no revision 'step1001'; it has 5, step1000, step2000"),
        (HfHubHTTPError, ConnectionError, "connect once"),
    ],
)
def test_a_refusal_of_the_hub_names_the_remedy(
    tmp_path: Path, online: Online, kind: type[HfHubHTTPError], error: type[Exception], message: str
) -> None:
    online.refusal = refusal(kind)
    with pytest.raises(error, match=message):
        opened(tmp_path, "step1001").__enter__()


def test_a_gate_in_front_of_the_files_only_is_named_as_well(
    tmp_path: Path, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    for raised, error in ((refusal(GatedRepoError), PermissionError), (LocalEntryNotFoundError("x"), ConnectionError)):

        def refuse(*_: object, raised: Exception = raised, **__: object) -> str:
            raise raised

        monkeypatch.setattr("learning_geometry.materials.hub_cache.snapshot_download", refuse)
        with pytest.raises(error):
            opened(tmp_path, "step0").__enter__()


def test_a_download_is_kept_or_deleted_as_asked(tmp_path: Path, online: Online) -> None:
    with opened(tmp_path, "step0") as kept:
        assert kept.commit == online.commits["step0"]
        hub.load_model(kept)
    before = everything(tmp_path)
    assert f"models--tiny--neox/snapshots/{kept.commit}" in before
    with opened(tmp_path, "step512", delete=True) as passing:
        hub.load_model(passing)
        assert everything(tmp_path) > before
    # The tokenizer's blobs are shared, and still there: the kept revision is whole.
    assert {name for name in everything(tmp_path) if name not in before} <= {"models--tiny--neox/learning-geometry"}
    assert before <= everything(tmp_path)
    with opened(tmp_path, "step0") as again:
        hub.load_model(again)
        hub.load_tokenizer(again)
    assert len(online.downloads) == 2  # the third came from the cache


def test_the_last_revision_takes_its_repository_along(tmp_path: Path, online: Online) -> None:
    with opened(tmp_path, "step0", delete=True):
        pass
    assert everything(tmp_path) == set()


def test_an_error_in_the_block_does_not_keep_the_checkpoint(tmp_path: Path, online: Online) -> None:
    with pytest.raises(ZeroDivisionError), opened(tmp_path, "step0", delete=True):
        _ = 1 / 0
    assert everything(tmp_path) == set()


def test_a_killed_run_s_download_is_deleted_by_the_next_one(tmp_path: Path, online: Online) -> None:
    killed = opened(tmp_path, "step0", delete=True)
    killed.__enter__()
    with opened(tmp_path, "step0", delete=True):
        pass
    assert everything(tmp_path) == set()
    assert len(online.downloads) == 1
    # Unless a run in between wanted to keep it.
    killed_too = opened(tmp_path, "step0", delete=True)
    killed_too.__enter__()
    with opened(tmp_path, "step0", delete=False):
        pass
    with opened(tmp_path, "step0", delete=True):
        pass
    assert f"models--tiny--neox/snapshots/{online.commits['step0']}" in everything(tmp_path)


def test_a_copy_of_the_repository_keeps_its_snapshot(tmp_path: Path, online: Online, written: Path) -> None:
    # A duplicated repository has the history of the original, hence its commits.
    copies = [storage_of(tmp_path, f"mine/copy{number}") for number in range(8)]
    for copy in copies:
        fetch(copy, online.commits["step0"], written / "gpt_neox" / "step0")
    with opened(tmp_path, "step0", delete=True):
        pass
    assert all((copy / "snapshots" / online.commits["step0"] / "config.json").is_file() for copy in copies)
    assert not storage_of(tmp_path, REPOSITORY).exists()


def test_a_snapshot_that_was_there_in_part_is_not_deleted(tmp_path: Path, online: Online, written: Path) -> None:
    (tmp_path / "part").mkdir()
    shutil.copyfile(written / "gpt_neox" / "step0" / "config.json", tmp_path / "part" / "config.json")
    snapshot = fetch(storage_of(tmp_path, REPOSITORY), online.commits["step0"], tmp_path / "part")
    shutil.rmtree(tmp_path / "part")
    with opened(tmp_path, "step0", delete=True) as checkpoint:
        hub.load_model(checkpoint)
    assert (snapshot / "config.json").is_file()


def test_what_cannot_be_deleted_is_said_and_no_error(
    tmp_path: Path, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("device is busy")

    with (
        pytest.warns(UserWarning, match="could not be deleted .device is busy."),
        opened(tmp_path, "step0", delete=True),
    ):
        monkeypatch.setattr("learning_geometry.materials.hub_cache.scan_cache_dir", fail)


def test_an_interrupted_download_is_found_out_and_repaired(tmp_path: Path, online: Online) -> None:
    online.breaks_off = True
    with pytest.raises(hub.BrokenCheckpoint, match=r"model\.safetensors is missing"):
        opened(tmp_path, "step0", delete=True).__enter__()
    # Had the half-empty snapshot been given a name, it would be found by it.
    assert not (storage_of(tmp_path, REPOSITORY) / "refs").exists()
    online.breaks_off = False
    with opened(tmp_path, "step0", delete=True) as checkpoint:
        hub.load_model(checkpoint)
    assert everything(tmp_path) == set()


def test_one_process_at_a_time_changes_the_cache(
    tmp_path: Path, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_locked() -> bool:
        try:
            with FileLock(tmp_path / ".locks" / "models--tiny--neox" / "learning-geometry.lock", timeout=0):
                return False
        except Timeout:
            return True

    held = []
    for name, function in (("snapshot_download", online.snapshot_download), ("scan_cache_dir", scan_cache_dir)):

        def watched(*arguments: Any, function: Any = function, **keywords: Any) -> Any:
            held.append(is_locked())
            return function(*arguments, **keywords)

        monkeypatch.setattr(f"learning_geometry.materials.hub_cache.{name}", watched)
    with opened(tmp_path, "step0", delete=True):
        held.append(is_locked())
    assert held == [True, False, True]


def test_what_another_process_downloaded_meanwhile_is_used(
    tmp_path: Path, online: Online, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def wait(_: Path) -> Iterator[None]:
        fake_hub(tmp_path, REPOSITORY, {"step0": written / "gpt_neox" / "step0"})
        yield

    monkeypatch.setattr("learning_geometry.materials.hub.FileLock", wait)
    with opened(tmp_path, "step0") as checkpoint:
        hub.load_model(checkpoint)
    assert online.downloads == []


def test_only_what_is_loaded_is_downloaded(tmp_path: Path, online: Online, written: Path) -> None:
    folder = Path(shutil.copytree(written / "gpt_neox" / "step0", tmp_path / "source"))
    for name in ("pytorch_model.bin", "optimizer.pt", "README.md", "model.fp16.safetensors", "tf_model.h5"):
        (folder / name).write_bytes(b"much")
    online.revisions["step0"] = folder
    with opened(tmp_path / "hub", "step0"):
        pass
    assert online.downloads == [
        ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    ]


def test_the_budget_counts_what_is_there_and_what_comes(tmp_path: Path, online: Online) -> None:
    sizes = [sum(file.stat().st_size for file in folder.iterdir()) / 1e9 for folder in online.revisions.values()]
    with opened(tmp_path, "step0", budget=1.01 * sizes[0]):
        pass
    with pytest.raises(hub.DiskBudgetExceeded, match=r"takes .* GB more .* over the budget of .* raise the budget"):
        opened(tmp_path, "step512", budget=1.01 * sizes[1]).__enter__()
    assert len(online.downloads) == 1
    with opened(tmp_path, "step512", budget=1.01 * sum(sizes)):
        pass
    with opened(tmp_path, "step512", budget=1e-9):  # cached: nothing comes
        pass


def test_an_unfinished_download_is_not_counted_twice(tmp_path: Path, online: Online) -> None:
    size = sum(file.stat().st_size for file in online.revisions["step0"].iterdir())
    blobs = storage_of(tmp_path, REPOSITORY) / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{'0' * 64}.incomplete").write_bytes(bytes(size // 2))
    with opened(tmp_path, "step0", budget=1.1 * size / 1e9):
        pass


def test_a_full_disk_is_said_before_the_download(
    tmp_path: Path, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(hub.DiskBudgetExceeded, match="only 1e-08 GB left"):
        opened(tmp_path, "step0").__enter__()
    assert online.downloads == []


def test_no_source_loads_a_moving_name(root: Path) -> None:
    calls = []
    for file in sorted((root / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("from_pretrained"):
                pinned = any(keyword.arg == "revision" for keyword in node.keywords)
                calls.append(file)
                assert pinned or "folder" in ast.unparse(node.args[0]), f"{file}:{node.lineno}"
    assert len(calls) >= 2
