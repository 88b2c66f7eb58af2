"""Why a file of recordings cannot be read: it is locked, forbidden, out of reach, cut short, damaged, or another file."""

import errno
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import scipy.io
from nibabel.filebasedimages import ImageFileError

_STARTS = {".hdf5": b"\x89HDF", ".gz": b"\x1f\x8b", ".mat": b"MATLAB"}
_LENGTHS = re.compile(r"eof = (\d+).*stored_eof = (\d+)")
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
_PASSING = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOTCONN}


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say which file it is that cannot be read, why, and what to do: get anew what is broken, and no sound file.

    Raises:
        ValueError: the file is cut short, damaged or of another kind.
        PermissionError: it may not be read.
        OSError: it is locked by another program, or its disk does not answer.
    """
    try:
        yield
    except (OSError, EOFError, zlib.error, ImageFileError, NotImplementedError, scipy.io.matlab.MatReadError) as error:
        raise _explained(path, error) from error


def _explained(path: Path, error: Exception) -> Exception:
    said = " ".join(str(error).split())
    number = error.errno if isinstance(error, OSError) else None
    # h5py passes the number on in words.
    if number is None and (found := re.search(r"errno = (\d+)", said)):
        number = int(found[1])
    if "lock" in said and (number in (errno.EAGAIN, errno.EACCES) or number in _NO_LOCKS):
        other = "its file system knows no locks" if number in _NO_LOCKS else "another program has it open for writing"
        return OSError(
            f"{path} is locked: {other}. The file itself may be sound: close that program, or set "
            "HDF5_USE_FILE_LOCKING=FALSE if nothing writes to it"
        )
    if isinstance(error, PermissionError) or number in (errno.EACCES, errno.EPERM):
        return PermissionError(
            f"{path} may not be read by you: ask its owner, or chmod u+r; there is no need to get it anew"
        )
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(f"{path} vanished while it was read; mount its disk again, or get it anew")
    if number in _PASSING:
        return OSError(f"{path} cannot be read now ({said}); the file may be sound: see to its disk and run again")
    return _broken(path, error, said)


def _broken(path: Path, error: Exception, said: str) -> ValueError:
    with path.open("rb") as stream:
        start = stream.read(64)
    expected = _STARTS.get(path.suffix)
    if not start:
        return ValueError(f"{path} cannot be read: it is empty, cut short when it was copied: get it anew")
    if expected and not start.startswith(expected):
        kind = {".hdf5": "HDF5", ".gz": "gzip", ".mat": "MATLAB 5"}[path.suffix]
        return ValueError(
            f"{path} cannot be read: it is no {kind} file, but begins with {start[:16]!r}, perhaps an error page or a pointer; get it anew"
        )
    lengths = _LENGTHS.search(said)
    if lengths:
        return ValueError(
            f"{path} cannot be read: it is cut short, with {lengths[1]} of {lengths[2]} bytes; get it anew"
        )
    if "truncated" in said or (isinstance(error, EOFError) and not isinstance(error, gzip.BadGzipFile)):
        return ValueError(f"{path} cannot be read: it is cut short ({said}); get it anew")
    return ValueError(f"{path} cannot be read ({said}); it is damaged or cut short: get it anew")
