"""A file that is locked, forbidden or out of reach is sound: nobody is told to get 40 GB anew. One that is broken is."""

import errno
import gzip
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from learning_geometry.materials import nsd_sessions
from learning_geometry.materials.unreadable import readable


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "betas_session01.hdf5"
    with h5py.File(file, "w") as opened:
        opened.create_dataset("betas", data=np.arange(750 * 24, dtype=np.int16).reshape(750, 2, 3, 4))
    assert nsd_sessions.header(file).trials == 750
    return file


def refusal(kind, file):
    with pytest.raises(kind, match=r"^[^\n]*$") as raised:
        nsd_sessions.header(file)
    assert type(raised.value) is kind
    assert str(raised.value).startswith(str(file))
    return str(raised.value).removeprefix(str(file))


def test_a_file_that_another_program_writes_is_locked(session, monkeypatch):
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "TRUE")
    fcntl = pytest.importorskip("fcntl")
    with session.open("rb+") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        said = refusal(OSError, session)
    assert said.startswith(" is locked: another program has it open for writing. The file itself may be sound")
    assert "HDF5_USE_FILE_LOCKING=FALSE" in said
    assert "anew" not in said


def test_a_file_that_may_not_be_read_is_forbidden(session):
    session.chmod(0)
    if os.access(session, os.R_OK):  # nothing is forbidden to root

        def forbidden(*_, **__):
            raise PermissionError(errno.EACCES, "Unable to open file", str(session))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("h5py.File", forbidden)
            said = refusal(PermissionError, session)
    else:
        said = refusal(PermissionError, session)
    assert said.startswith(" may not be read by you: ask its owner, or chmod u+r")


def test_a_file_that_is_cut_short_says_by_how_much(session):
    whole = session.read_bytes()
    session.write_bytes(whole[:-1000])
    assert (
        refusal(ValueError, session)
        == f" cannot be read: it is cut short, with {len(whole) - 1000} of {len(whole)} bytes; get it anew"
    )
    session.write_bytes(b"")
    assert " cannot be read: it is empty, cut short" in refusal(ValueError, session)


@pytest.mark.parametrize(
    "content", [b"<?xml version='1.0'?><Error>AccessDenied</Error>", b"version https://git-lfs.github.com"]
)
def test_another_file_is_told_by_its_first_bytes(session, content):
    session.write_bytes(content)
    assert f" cannot be read: it is no HDF5 file, but begins with {content[:16]!r}" in refusal(ValueError, session)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            BlockingIOError(errno.EAGAIN, "Unable to synchronously open file (unable to lock file)"),
            OSError,
            "is locked",
        ),
        (OSError("unable to lock file, errno = 37, error message = 'No locks available'"), OSError, "knows no locks"),
        (OSError(errno.EIO, "Input/output error"), OSError, "cannot be read now .*the file may be sound"),
        (OSError("read failed: errno = 116, error message = 'Stale file handle'"), OSError, "cannot be read now"),
        (FileNotFoundError(errno.ENOENT, "No such file"), FileNotFoundError, "vanished"),
        (EOFError("Compressed file ended before the end-of-stream marker was reached"), ValueError, "is cut short"),
        (
            OSError("Can't synchronously read data (inflate() failed)"),
            ValueError,
            "is damaged or cut short: get it anew",
        ),
    ],
)
def test_every_reason_has_its_remedy(session, error, kind, said):
    with pytest.raises(kind, match=said), readable(session):
        raise error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(bytes(10_000), mtime=0)[:30], "is cut short|is damaged or cut short"),
        (b"<html>not found</html>", "is no gzip file, but begins with b'<html>not found<'"),
        (b"", "is empty"),
    ],
)
def test_a_compressed_volume_likewise(tmp_path: Path, content, said):
    file = tmp_path / "V1.nii.gz"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        nsd_sessions.marked(file, "V1")
