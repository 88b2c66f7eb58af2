"""Files that nobody put into a folder: what operating systems, editors, synchronisers and browsers leave there."""

from collections.abc import Iterator
from pathlib import Path

_NAMES = {
    "__macosx",
    "__pycache__",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "@eadir",
    "#recycle",
}
_SUFFIXES = {".bak", ".tmp", ".temp", ".orig", ".swp", ".swo", ".part", ".partial", ".crdownload", ".download"}


def is_leftover(name: str) -> bool:
    """Whether a file or folder of this name was left by a program: hidden, a lock, a backup, an unfinished download.

    Among them are macOS's `._a.txt` and `.DS_Store`, `.ipynb_checkpoints`, Emacs' `a.txt~`, `#a.txt#` and `.#a.txt`, Vim's
    `.a.txt.swp`, Office's `~$a.docx` and the `Thumbs.db` of Windows.
    """
    return (
        name.startswith((".", "~$"))
        or name.endswith("~")
        or (name.startswith("#") and name.endswith("#"))
        or name.lower() in _NAMES
        or Path(name).suffix.lower() in _SUFFIXES
    )


def entries_of(folder: Path) -> list[Path]:
    """The files and folders in a folder, sorted by name, without leftovers."""
    return sorted(entry for entry in folder.iterdir() if not is_leftover(entry.name))


def files_below(folder: Path) -> list[Path]:
    """All files of a folder and of the folders in it, sorted by path, without leftovers and what lies in such folders."""
    return sorted(_below(folder))


def _below(folder: Path) -> Iterator[Path]:
    for entry in entries_of(folder):
        # A linked folder may lead back to where it lies.
        if entry.is_dir() and not entry.is_symlink():
            yield from _below(entry)
        elif entry.is_file():
            yield entry
