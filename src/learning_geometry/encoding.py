"""Labelled arrays as plain data, and back: every float returns bit for bit."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

_KIND = "__kind__"


def is_encoded(value: Any) -> bool:
    """Whether this is what `encode` returns."""
    return isinstance(value, dict) and _KIND in value


def encode(result: Any, where: str) -> dict[str, Any]:
    """A data set, or a dictionary of them, as plain data; `where` names it in errors.

    Raises:
        ValueError: it holds a NaN or an infinity; the message names the place.
        TypeError: it is neither, or holds something that is not a number, a truth value or a string.
    """
    import xarray as xr

    if isinstance(result, xr.Dataset):
        return {
            _KIND: "dataset",
            "coordinates": {
                str(name): _encode_array(array, f"{where}.{name}") for name, array in result.coords.items()
            },
            "variables": {
                str(name): _encode_array(array, f"{where}.{name}") for name, array in result.data_vars.items()
            },
            "attributes": {str(name): _plain(value, f"{where}.{name}") for name, value in result.attrs.items()},
        }
    if isinstance(result, dict) and result:
        return {_KIND: "parts", "parts": {str(name): encode(part, f"{where}.{name}") for name, part in result.items()}}
    raise TypeError(f"{where} is {type(result).__name__}; measure returns an xarray.Dataset or a dictionary of them")


def _encode_array(array: "xr.DataArray", where: str) -> dict[str, Any]:
    values = np.asarray(array.values)
    if values.dtype.kind not in "biufU":
        if not all(isinstance(value, str) for value in values.ravel()):
            raise TypeError(f"{where} holds {values.dtype}; a record holds numbers, truth values and strings")
        values = values.astype(str)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        place = {name: int(i) for name, i in zip(array.dims, np.argwhere(~np.isfinite(values))[0], strict=True)}
        raise ValueError(
            f"{where} holds {values[tuple(place.values())]} at {place or 'its only place'}; a record holds finite numbers "
            "only, so measure must raise an error or leave the value out"
        )
    kind = "str" if values.dtype.kind == "U" else str(values.dtype)
    return {"dims": list(map(str, array.dims)), "dtype": kind, "shape": list(values.shape), "values": values.tolist()}


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return [_plain(item, where) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"the attribute {where} is {value}; a record holds finite numbers only")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"the attribute {where} is {type(value).__name__}; attributes are plain numbers, strings and lists")


def decode(stored: Mapping[str, Any]) -> Any:
    """What `encode` was given."""
    import xarray as xr

    if stored[_KIND] == "parts":
        return {name: decode(part) for name, part in stored["parts"].items()}
    return xr.Dataset(
        {name: _decode_array(array) for name, array in stored["variables"].items()},
        coords={name: _decode_array(array) for name, array in stored["coordinates"].items()},
        attrs=stored["attributes"],
    )


def _decode_array(stored: Mapping[str, Any]) -> tuple[list[str], Any]:
    return stored["dims"], np.array(stored["values"], dtype=stored["dtype"]).reshape(stored["shape"])
