"""Tables of synapses are read whole or not at all, and what is wrong with one is said with its line."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from learning_geometry.materials.synapse_tables import paired_sizes, spine_sizes

GOOD = "spine,day 1,day 5\na,0.5,0.75\nb,1.25,1e-1\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_pairs_keep_their_order_and_say_where_they_came_from(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    table = paired_sizes(path, before="day 1", after="day 5", synapse="spine")
    np.testing.assert_array_equal(table.before, [0.5, 1.25])
    np.testing.assert_array_equal(table.after, [0.75, 0.1])
    assert table.source == "table.csv"
    assert table.digest == hashlib.sha256(GOOD.encode()).hexdigest()
    # The name stays and the digest changes, if a single digit does.
    changed = paired_sizes(written(tmp_path, GOOD.replace("1.25", "1.26")), before="day 1", after="day 5")
    assert changed.source == table.source
    assert changed.digest != table.digest


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,  # as spreadsheets save UTF-8
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\nb", "\n\nb") + "\n",
        GOOD.replace("0.75", ' "0.75"').replace("day 1", " day 1 "),
        "note," + GOOD.replace("\n", '\n"left, above\n soma",', 2),
        GOOD + ",\n,,\n , , \n",  # what was once filled in below
        GOOD.replace("\n", ",,\n"),  # and beside the table
        GOOD.replace("\nb", "\n,,\nb"),
        "sep=,\n" + GOOD,
        GOOD.replace("\n", "\r"),
        GOOD.replace("0.5,", "5.00E-01,"),
    ],
)
def test_the_habits_of_spreadsheets_change_nothing(tmp_path: Path, text: str) -> None:
    table = paired_sizes(written(tmp_path, text), before="day 1", after="day 5")
    np.testing.assert_array_equal(table.before, [0.5, 1.25])
    np.testing.assert_array_equal(table.after, [0.75, 0.1])


@pytest.mark.parametrize("value", ["", "  ", "NA", "n/a", "NaN", "null", "#N/A", "<NA>"])
def test_a_synapse_without_a_partner_is_named_and_not_dropped(tmp_path: Path, value: str) -> None:
    path = written(tmp_path, GOOD.replace("1e-1", value))
    with pytest.raises(ValueError, match=r"line 3 of table.csv has no 'day 5'.*lost or new synapses"):
        paired_sizes(path, before="day 1", after="day 5")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0", "line 2 of table.csv: 'day 1' is 0.*lost"),
        ("-3", "line 2 of table.csv: 'day 1' is -3"),
        ("inf", "line 2 of table.csv: 'day 1' is inf"),
        ("small", "line 2 of table.csv: 'day 1' is 'small', which is no number"),
        ("1_000", "line 2 of table.csv: 'day 1' is '1_000', which is no number"),
        ('"0,5"', "line 2 of table.csv: 'day 1' is '0,5', which is no number; write decimals with a point: 0.5"),
        ('"1,234.5"', "'1,234.5', which is no number; leave out what separates thousands: write 1234.5"),
        ('"1.234,5"', "'1.234,5', which is no number; leave out what separates thousands: write 1234.5"),
        ('"1,234,567"', "write 1234567"),
        ('"1,234"', "a comma separates thousands or decimals: write 1234 or 1.234"),
        ("1 234.5", "leave out what separates thousands: write 1234.5"),
        ("1\u202f234.5", "leave out what separates thousands: write 1234.5"),
        ("1'234.5", "leave out what separates thousands: write 1234.5"),
        ("1\u2019234", "leave out what separates thousands: write 1234"),
        ("12%", "leave out the percent sign"),
        ("12.5 %", "leave out the percent sign"),
        ('"0,5e-1"', "write decimals with a point: 0.5e-1"),
        ("0.5 µm³", "name the unit 'µm³' in the column's name, and leave it out here"),
        ("0.5um^3", r"name the unit 'um\^3'"),
        ("$0.5", "name the unit '\\$'"),
        ("<0.1", "a bound or an estimate is no measurement"),
        ("0.5±0.1", "give the value alone"),
        ("#DIV/0!", "a spreadsheet could not compute or show it"),
        ("#####", "a spreadsheet could not compute or show it"),
        ("=A1+A2", "it is a formula"),
        ("1-Mar", "it is a date"),
        ("2023-03-01", "it is a date"),
        ("\u22120.5", "its minus is a printer's"),
        ("0.5 0.5", "which is no number$"),
        ("0.5,0.5", "line 2 of table.csv has 4 values under 3 columns"),
    ],
)
def test_the_first_offending_line_and_its_value_are_named(tmp_path: Path, value: str, said: str) -> None:
    path = written(tmp_path, GOOD.replace("0.5", value, 1) + "c,-1,-1\n")
    with pytest.raises(ValueError, match=said):
        paired_sizes(path, before="day 1", after="day 5")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = written(tmp_path, 'note,x,y\n"two\nlines",1,2\n\nplain,1,zero\n')
    with pytest.raises(ValueError, match=r"line 5 of table.csv: 'y' is 'zero'"):
        paired_sizes(path, before="x", after="y")


def test_a_synapse_stands_once_in_a_table(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "a,1,2\n")
    with pytest.raises(ValueError, match=r"line 4 of table.csv: synapse 'a' stands on line 2 already"):
        paired_sizes(path, before="day 1", after="day 5", synapse="spine")
    # Without names there is nothing to tell a repetition by.
    assert len(paired_sizes(path, before="day 1", after="day 5").before) == 3
    path = written(tmp_path, GOOD.replace("b,", ","))
    with pytest.raises(ValueError, match=r"line 3 of table.csv has no 'spine'"):
        paired_sizes(path, before="day 1", after="day 5", synapse="spine")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "table.csv is empty"),
        ("\n\n", "table.csv is empty"),
        ("day 1,day 5\n", "table.csv holds no synapse"),
        (GOOD.replace("day 5", "day 9"), "table.csv has no column 'day 5'; its columns are spine, day 1, day 9"),
        (GOOD.replace("spine", "day 5"), "table.csv has 2 columns 'day 5'"),
        (
            GOOD.replace(",", ";"),
            "separated by commas, these by semicolons: save it with commas between columns and points",
        ),
        (GOOD.replace(",", "\t"), "separated by commas, these by tabs"),
        ("sep=;\n" + GOOD.replace(",", ";"), "these by semicolons"),
        (",,\n,,\n", "table.csv is empty"),
        ("day 1,day 5\n,\n,\n", "table.csv holds no synapse"),
    ],
)
def test_a_table_that_cannot_be_one_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paired_sizes(written(tmp_path, text), before="day 1", after="day 5")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    for data, said in (
        (b"PK\x03\x04\xff\xfe\x00", r"table\.csv is a spreadsheet, not text in UTF-8; save the table as CSV"),
        ("x,y\n1,2\n".encode("utf-16"), r"table\.csv is text in UTF-16, not"),
        ("x,y\n1,2\nµ,2\n".encode("cp1252"), r"line 3 of table\.csv is not text in UTF-8; save the table as CSV"),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=said):
            paired_sizes(path, before="x", after="y")
    path.write_bytes(b"x,y\n1,2\n3,\x004\n")
    with pytest.raises(ValueError, match=r"line 3 of table.csv: 'y' is"):
        paired_sizes(path, before="x", after="y")
    with pytest.raises(FileNotFoundError, match=r"nowhere.csv"):
        paired_sizes(tmp_path / "nowhere.csv", before="x", after="y")
    with pytest.raises(FileNotFoundError, match="no file"):
        paired_sizes(tmp_path, before="x", after="y")


def test_an_open_quotation_mark_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    text = "x,y,note\n1,2,{}large\n3,4,small\n"
    with pytest.raises(ValueError, match=r"table.csv cannot be read as CSV"):
        paired_sizes(written(tmp_path, text.format('"')), before="x", after="y")
    assert len(paired_sizes(written(tmp_path, text.format("")), before="x", after="y").before) == 2


def test_a_change_needs_two_columns(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="before and after are both 'day 1'"):
        paired_sizes(written(tmp_path, GOOD), before="day 1", after="day 1")


SPINES = (
    "id,pre_root_id,post_root_id,cleft_vx,spine_vol_um3\n7,1,2,209,0.09\n8,1,2,798,0.13\n9,2,1,74,\n10,3,1,95,0.02\n"
)


def test_a_cross_section_counts_what_was_not_measured(tmp_path: Path) -> None:
    table = spine_sizes(written(tmp_path, SPINES))
    np.testing.assert_array_equal(table.volumes, [0.09, 0.13, 0.02])
    assert table.connections == 2  # 1 -> 2, twice, and 3 -> 1; the unmeasured synapse was the only one of 2 -> 1
    assert table.unmeasured == 1
    assert table.source == "table.csv"
    assert table.digest == hashlib.sha256(SPINES.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SPINES.replace("spine_vol_um3", "volume"), "no column 'spine_vol_um3'"),
        (SPINES.replace("post_root_id", "post"), "no column 'post_root_id'"),
        (SPINES.replace("0.13", "0"), "line 3 of table.csv: 'spine_vol_um3' is 0"),
        (SPINES.replace("\n8,", "\n7,"), "line 3 of table.csv: synapse '7' stands on line 2 already"),
        (SPINES.replace("0.09", "").replace("0.13", "").replace("0.02", ""), "none of its 4 synapses"),
    ],
)
def test_a_cross_section_that_is_another_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        spine_sizes(written(tmp_path, text))
