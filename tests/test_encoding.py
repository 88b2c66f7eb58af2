"""Labelled arrays survive the store bit for bit, and what is no number is refused with its place."""

import json
import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from learning_geometry.encoding import decode, encode, is_encoded
from learning_geometry.store import canonical

steady = settings(deadline=None, derandomize=True, max_examples=80)
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)  # numpy drops a final NUL
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
arrays = hnp.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.uint64, np.bool_]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements={"allow_nan": False, "allow_infinity": False},
)
words = hnp.arrays(dtype=object, shape=hnp.array_shapes(max_dims=2, max_side=3), elements=text)


def through_json(result):
    """What a record's file makes of a result."""
    stored = json.loads(canonical(encode(result, "measured")))
    assert is_encoded(stored)
    return decode(stored)


def labelled(values):
    dims = [f"axis_{k}" for k in range(values.ndim)]
    return xr.Dataset(
        {"values": (dims, values)}, coords={dim: np.arange(n) / 3 for dim, n in zip(dims, values.shape, strict=True)}
    )


def bits(array):
    return array.dtype, array.shape, array.tobytes()


@steady
@given(values=arrays, attributes=st.dictionaries(text, plain | st.lists(plain, max_size=3), max_size=3))
def test_every_array_returns_bit_for_bit(values, attributes):
    before = labelled(values).assign_attrs(attributes)
    after = through_json(before)
    assert bits(after["values"].values) == bits(before["values"].values)  # -0.0 included
    xr.testing.assert_identical(after, before)


@steady
@given(values=words)
def test_words_return_as_words(values):
    after = through_json(labelled(values))["values"]
    assert after.dtype.kind == "U"
    assert after.values.tolist() == values.tolist()


def test_parts_return_by_name():
    parts = {"layers": labelled(np.eye(2)), "inner": {"deep": labelled(np.array(3))}}
    after = through_json(parts)
    assert after.keys() == parts.keys()
    xr.testing.assert_identical(after["layers"], parts["layers"])
    xr.testing.assert_identical(after["inner"]["deep"], parts["inner"]["deep"])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_number_that_is_none_is_refused_with_its_place(bad, dtype):
    values = np.ones((2, 3), dtype)
    values[1, 2] = bad
    with pytest.raises(ValueError, match=r"maps\.drawn\.values holds .* at \{'axis_0': 1, 'axis_1': 2\}"):
        encode({"drawn": labelled(values)}, "maps")
    with pytest.raises(ValueError, match=r"maps\.axis_0 holds"):
        encode(xr.Dataset(coords={"axis_0": [0.0, bad]}), "maps")
    with pytest.raises(ValueError, match=r"maps\.share holds .* at its only place"):
        encode(xr.Dataset({"share": dtype(bad)}), "maps")
    with pytest.raises(ValueError, match=r"attribute maps\.target"):
        encode(xr.Dataset(attrs={"target": [1.0, [bad]]}), "maps")


@pytest.mark.parametrize(
    "bad",
    [
        xr.Dataset({"x": ("n", np.array([1 + 2j]))}),
        xr.Dataset({"x": ("n", np.array([1, "one", None], dtype=object))}),
        xr.Dataset({"x": ("n", np.array(["2026-01-01"], dtype="datetime64[ns]"))}),
        xr.Dataset(attrs={"x": {1, 2}}),
        xr.DataArray([1.0]),
        np.ones(3),
        {"x": 1.0},
        {},
    ],
    ids=["complex", "objects", "dates", "set", "array", "bare", "number", "empty"],
)
def test_what_is_neither_number_nor_word_is_refused(bad):
    with pytest.raises(TypeError, match=r"^(the attribute )?maps"):
        encode(bad, "maps")
