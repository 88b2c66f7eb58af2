"""A hub on this machine that speaks the protocol of Hugging Face: revisions of one repository, out of folders."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

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
            siblings = [
                {"rfilename": f, "size": size, "blobId": tag, **self._large(folder / f)}
                for f, (size, tag) in files.items()
            ]
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

    def _large(self, file: Path) -> dict[str, object]:
        """Weights are kept apart, and known by another hash."""
        if file.suffix not in (".safetensors", ".bin"):
            return {}
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return {"lfs": {"size": file.stat().st_size, "sha256": digest, "pointerSize": 134}}

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


@contextmanager
def serving(revisions: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that the client knows."""
    with Hub(revisions) as server:
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
