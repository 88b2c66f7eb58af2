"""What programs leave in a folder is no data of anybody's."""

import pytest

from learning_geometry.materials.leftovers import entries_of, files_below, is_leftover


@pytest.mark.parametrize(
    "name",
    [
        "._a.txt", ".DS_Store", ".a.txt.swp", ".#a.txt", "#a.txt#", "a.txt~", "~$a.csv", "Thumbs.db", "desktop.ini", "Icon\r",
        ".~lock.a.csv#", ".ipynb_checkpoints", "__MACOSX", "a.txt.bak", "a.parquet.crdownload", "a.parquet.part", "a.orig",
        "@eaDir", "$RECYCLE.BIN", "System Volume Information", ".git", ".directory", ".fuse_hidden0001", ".nfs0001",
    ],
)  # fmt: skip
def test_leftovers_are_known_by_name(name):
    assert is_leftover(name)


@pytest.mark.parametrize(
    "name", ["a.txt", "a (1).txt", "Thumbs", "a~b.txt", "part.txt", "bak", "#a.txt", "$a.txt", "a.b.c"]
)
def test_names_of_one_s_own_are_none(name):
    assert not is_leftover(name)


def test_a_folder_is_walked_without_them(tmp_path):
    for name in ("b.txt", "a/c.txt", "a/._c.txt", ".ipynb_checkpoints/d.txt", "__MACOSX/a/e.txt", "z [v2]/*.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert [file.relative_to(tmp_path).as_posix() for file in files_below(tmp_path)] == [
        "a/c.txt",
        "b.txt",
        "z [v2]/*.txt",
    ]
    assert [entry.name for entry in entries_of(tmp_path)] == ["a", "b.txt", "gone.txt", "z [v2]"]
