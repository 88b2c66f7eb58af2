"""The hub's own client, from its first question to the deletion, against a hub on this machine that speaks its protocol."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tiny_models import save_series, storage_of

from learning_geometry.materials import hub

REPOSITORY = "tiny/neox"


class Hub(ThreadingHTTPServer):
    """Revisions of one repository, and what was asked for; a gate or an error code may stand before the files."""

    def __init__(self, revisions: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.revisions = revisions
        self.commits = {name: hashlib.sha1(name.encode()).hexdigest() for name in revisions}
        self.asked: list[str] = []
        self.gated = False


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(f"{self.command} {path}")
        if path.startswith(f"/api/models/{REPOSITORY}/"):
            self._answer_question(path.removeprefix(f"/api/models/{REPOSITORY}/"))
        elif path.startswith(f"/{REPOSITORY}/resolve/"):
            self._hand_out(*path.removeprefix(f"/{REPOSITORY}/resolve/").split("/"))
        else:
            self._send(b"", 404, {"X-Error-Code": "RepoNotFound"})

    def _answer_question(self, question: str) -> None:
        kind, _, name = question.partition("/")
        if kind == "refs":
            refs = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": "0"} for name in self.server.revisions]
            self._send_json({"branches": refs, "converts": [], "tags": []})
            return
        folder = self._folder(name)
        if folder is None:
            self._send(b"", 404, {"X-Error-Code": "RevisionNotFound"})
            return
        files = {file.name: (file.stat().st_size, self._etag(file)) for file in sorted(folder.iterdir())}
        if kind == "tree":
            self._send_json([{"type": "file", "path": f, "size": size, "oid": tag} for f, (size, tag) in files.items()])
        else:
            siblings = [{"rfilename": f, "size": size, "blobId": tag} for f, (size, tag) in files.items()]
            self._send_json({"id": REPOSITORY, "sha": self.server.commits[folder.name], "siblings": siblings})

    def _hand_out(self, commit: str, name: str) -> None:
        if self.server.gated:
            self._send(b"", 403, {"X-Error-Code": "GatedRepo"})
            return
        folder = self._folder(commit)
        assert folder is not None
        self._send((folder / name).read_bytes(), 200, {"ETag": self._etag(folder / name), "X-Repo-Commit": commit})

    def _folder(self, name: str) -> Path | None:
        by_commit = {commit: revision for revision, commit in self.server.commits.items()}
        return self.server.revisions.get(by_commit.get(name, name))

    def _etag(self, file: Path) -> str:
        return hashlib.sha1(file.read_bytes()).hexdigest()

    def _send_json(self, answer: object) -> None:
        self._send(json.dumps(answer).encode(), 200, {"Content-Type": "application/json"})

    def _send(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that the client knows."""
    folder = save_series(tmp_path / "series")
    with Hub({revision.name: revision for revision in sorted(folder.iterdir())}) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        yield server
        server.shutdown()


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
