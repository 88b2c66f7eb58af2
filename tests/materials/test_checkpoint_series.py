"""A series is one only if its steps have weights of their own: told before a download, by hashes."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from tiny_hub import REPOSITORY, serving
from tiny_models import fake_hub, save_checkpoint, save_series

from learning_geometry import cli
from learning_geometry.materials import series_faults, series_weights
from learning_geometry.materials.hub import checkpoint
from learning_geometry.materials.revisions import check_series, step_of, steps_of, tokens_seen


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Four steps, of which two have the weights of the last; and main, which is the last."""
    folder = save_series(tmp_path_factory.mktemp("series"), revisions=("step0", "step8", "step64", "step512"))
    for name in ("step8", "main"):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(folder / "step512", folder / name)
    (folder / "step8" / "README.md").write_text("another file, the same weights")
    return folder


def test_the_hub_is_asked_for_hashes_and_for_no_file(series, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with serving({folder.name: folder for folder in sorted(series.iterdir())}, monkeypatch) as server:
        assert series_weights.all_revisions(REPOSITORY) == ["step0", "step8", "step64", "step512", "main"]
        assert cli.main(["verify-series", REPOSITORY]) == 1
        said = capsys.readouterr().out.splitlines()
        assert said[0] == "tiny/neox: 5 revisions, 2 of them with weights of their own"
        assert said[1:] == ["equal weights: step8, step512, main"]
        assert not [question for question in server.asked if "/resolve/" in question]
        assert cli.main(["verify-series", REPOSITORY, "step0", "step64", "step512", "main"]) == 0
        assert "equal weights: step512, main (no two different steps" in capsys.readouterr().out
        assert cli.main(["verify-series", REPOSITORY, "step0", "step9"]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "has no revision 'step9'; it has 5" in said
        assert cli.main(["verify-series", "tiny/nothing"]) == 1
        assert capsys.readouterr().err.count("\n") == 1
        assert cli.main(["verify-series", "a/b/c"]) == 1
        assert "neither a folder nor the name of a repository" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_folder_is_compared_by_digest(series, capsys):
    assert cli.main(["verify-series", str(series)]) == 1
    assert "equal weights: step8, step512, main" in capsys.readouterr().out
    with pytest.raises(
        ValueError, match=r"is no series: equal weights: step8, step512; leave out .*accept_duplicates=true"
    ):
        series_weights.repeated_steps(str(series), ["step0", "step8", "step512"])
    (group,) = series_weights.repeated_steps(str(series), ["step0", "step8", "step512"], accept=True)
    assert group.steps == [8, 512]
    assert series_weights.repeated_steps(str(series), ["step0", "step64", "step512", "main"]) == []
    assert cli.main(["verify-series", str(series / "step0")]) == 1
    assert "has no revision whose name says a step" in capsys.readouterr().err


def test_a_checkpoint_knows_its_weights_whatever_lies_beside_them(series):
    digests = {}
    for revision in ("step0", "step8", "step512"):
        with checkpoint(str(series), revision, disk_budget_gb=1, delete_after=False) as there:
            digests[revision] = there.weights
    assert digests["step8"] == digests["step512"] != digests["step0"]


def test_one_shard_of_another_step_is_found(tmp_path):
    for seed, step in enumerate((0, 50, 100)):
        save_checkpoint(tmp_path / f"step{step}", seed=seed, shard_size="20KB")
    shards = sorted(file.name for file in (tmp_path / "step0").glob("model-*.safetensors"))
    shutil.copyfile(tmp_path / "step100" / shards[0], tmp_path / "step50" / shards[0])
    (group,) = series_weights.repeated_steps(str(tmp_path), ["step0", "step50", "step100"], accept=True)
    assert str(group) == f"1 of {len(shards)} weight files are equal: step50, step100"


def test_large_files_that_differ_are_told_apart_at_a_glance(tmp_path, monkeypatch):
    for step in (0, 1, 2):
        (tmp_path / f"step{step}").mkdir()
        (tmp_path / f"step{step}" / "model.safetensors").write_bytes(bytes([step]) * 10**6)
    whole = []
    monkeypatch.setattr(series_weights, "content_hash", lambda file: whole.append(file) or str(file))
    names = ["step0", "step1", "step2"]
    assert series_weights.repeated_steps(str(tmp_path), names) == []
    assert whole == []
    (tmp_path / "step2" / "model.safetensors").write_bytes(bytes([1]) * 10**6)
    series_weights.repeated_steps(str(tmp_path), names)  # read whole, which says that they differ
    assert len(whole) == 2


def test_the_hub_s_answers_are_kept_for_a_day(series, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    names, listings = ["step0", "step8", "step512"], tmp_path / "listings"
    with serving({folder.name: folder for folder in sorted(series.iterdir())}, monkeypatch) as server:
        for _ in range(3):
            with pytest.raises(ValueError, match="equal weights: step8, step512"):
                series_weights.repeated_steps(REPOSITORY, names, listings=listings)
        assert len(server.asked) == 3
        (file,) = listings.glob("*.json")
        file.write_text(json.dumps({name: (0, hashes) for name, (_, hashes) in json.loads(file.read_text()).items()}))
        series_weights.repeated_steps(REPOSITORY, names, accept=True, listings=listings)
        assert len(server.asked) == 6


def test_without_the_network_what_the_cache_holds_is_compared(series, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    fake_hub(tmp_path, REPOSITORY, {name: series / name for name in ("step0", "step8", "step512")})
    names = ["step0", "step8", "step64", "step512"]
    with pytest.raises(ValueError, match="equal weights: step8, step512"):
        series_weights.repeated_steps(REPOSITORY, names)
    with pytest.raises(ConnectionError, match="cannot be reached"):
        series_weights.weights_of(REPOSITORY, names)


def test_known_faults_are_told_without_the_network():
    released = [f"step{n}" for n in (0, *(2**k for k in range(10)), *range(1000, 144_000, 1000))]
    (main, late) = series_faults.known_faults("EleutherAI/pythia-2.8b", released)
    assert (len(main[1]), len(late[1])) == (76, 10)
    assert len(set(main[1]) | set(late[1])) == 86
    assert len(released) == 154
    ((_, names),) = series_faults.known_faults("EleutherAI/pythia-12b", released)
    assert names == ["step50000", "step58000"]
    ((_, names),) = series_faults.known_faults(
        "allenai/OLMo-2-1124-7B", ["stage1-step101000-tokens424B", "stage1-step1000-tokens5B"]
    )
    assert names == ["stage1-step101000-tokens424B"]
    assert series_faults.known_faults("EleutherAI/pythia-160m", released) == []
    with pytest.raises(ValueError, match=r"step50000, step58000: the hub .*issues/206\); leave those out"):
        series_faults.refuse_known_faults("EleutherAI/pythia-12b", released)
    series_faults.refuse_known_faults("EleutherAI/pythia-12b", released, accept=True)
    series_faults.refuse_known_faults("EleutherAI/pythia-12b", ["step0", "step143000"])


def test_the_paper_s_scale_leaves_them_out(root: Path):
    import yaml

    traced = yaml.safe_load((root / "notebooks/scales/paper/llm_phases.yaml").read_text())["traced"]
    assert "EleutherAI/pythia-12b" in traced
    for model, revisions in traced.items():
        series_faults.refuse_known_faults(model, revisions)
        assert steps_of(model, revisions)


@pytest.mark.parametrize(
    ("revision", "step", "tokens"),
    [
        ("checkpoint-500", 500, None),
        ("checkpoint_500", 500, None),
        ("checkpoint-0", 0, None),
        ("step_40", 40, None),
        ("global_step1000", 1000, None),
        ("step500-tokens2B", 500, 2 * 10**9),
        ("checkpoint-best", None, None),
        ("checkpoint", None, None),
        ("my-checkpoint-500", None, None),
        ("epoch3", None, None),
    ],
)
def test_the_usual_names_tell_their_step(revision, step, tokens):
    assert step_of(revision) == step
    assert tokens_seen(revision) == tokens


def test_names_of_one_s_own_need_a_step():
    assert steps_of("mine", ["checkpoint-500", "step1000"]) == {"checkpoint-500": 500, "step1000": 1000}
    assert steps_of("mine", ["early", "step9"], {"early": 3}) == {"early": 3, "step9": 9}
    assert steps_of("mine", ["step9"], {"step9": 4}) == {"step9": 4}
    with pytest.raises(
        ValueError, match=r"'mine': the name 'epoch3' says no training step, as checkpoint-500, .*\{epoch3: 500\}"
    ):
        steps_of("mine", ["step0", "epoch3"])
    with pytest.raises(ValueError, match="'step500' and 'checkpoint-500' are both step 500"):
        steps_of("mine", ["step500", "checkpoint-500"])
    with pytest.raises(ValueError, match="the step of 'early' is -1"):
        steps_of("mine", ["early"], {"early": -1})


def test_folders_are_listed_in_the_order_of_training(tmp_path):
    for name in ("checkpoint-1000", "checkpoint-500", ".ipynb_checkpoints", "runs"):
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=r"no folder 'step1'; it holds runs, checkpoint-500, checkpoint-1000$"):
        check_series(str(tmp_path), ["step1"])


def rename(folder, prefix):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    save_file({prefix + name: value for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("module.", "'module.' in front, as by DistributedDataParallel: save model.module with save_pretrained"),
        ("_orig_mod.", "as by torch.compile"),
        ("student.", "'student.' in front, as by some wrapper"),
    ],
)
def test_weights_under_longer_names_are_recognised(tmp_path, prefix, said):
    from learning_geometry.materials import hub

    rename(save_checkpoint(tmp_path / "step0"), prefix)
    with (
        hub.checkpoint(str(tmp_path), "step0", disk_budget_gb=1, delete_after=False) as there,
        pytest.raises(hub.BrokenCheckpoint, match=r"^[^\n]*$") as refusal,
    ):
        hub.load_model(there)
    assert said in str(refusal.value)


def test_what_stands_in_place_of_a_model_is_named(tmp_path):
    from learning_geometry.materials import hub

    def opened():
        return hub.checkpoint(str(tmp_path), "step0", disk_budget_gb=1, delete_after=False)

    folder = save_checkpoint(tmp_path / "step0")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    (folder / "tokenizer.model").write_bytes(b"\x0a\x0e\x0a\x05<unk>")
    with opened() as there, pytest.raises(hub.BrokenCheckpoint, match=r"only tokenizer\.model of SentencePiece"):
        hub.load_tokenizer(there)
    (folder / "model.safetensors").rename(folder / "consolidated.00.pth")
    with pytest.raises(hub.BrokenCheckpoint, match=r"is missing \(there is consolidated\.00\.pth, of another format"):
        opened().__enter__()
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(hub.BrokenCheckpoint, match=r"there is an adapter: merge it into its model"):
        opened().__enter__()


@pytest.mark.filterwarnings("ignore")
def test_what_is_no_causal_language_model_is_refused_in_one_line(tmp_path):
    from transformers import T5Config, T5ForConditionalGeneration

    from learning_geometry.materials import hub

    with torch.random.fork_rng():
        config = T5Config(vocab_size=9, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, decoder_start_token_id=0)
        T5ForConditionalGeneration(config).save_pretrained(tmp_path / "step0")
    with (
        hub.checkpoint(str(tmp_path), "step0", disk_budget_gb=1, delete_after=False) as there,
        pytest.raises(ValueError, match=r"^[^\n]*step0 is no causal language model that .*; pass a decoder-only one$"),
    ):
        hub.load_model(there)
