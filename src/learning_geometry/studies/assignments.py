"""Parameters given one by one on a command line, `name=value`, each read as what its study takes it for."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml

from learning_geometry.studies.parameters import Parameters

_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


class _Loader(yaml.BaseLoader):
    """Every scalar stays a text: what it is depends on the parameter, not on how YAML reads it. No name stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [str(name) for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} stands twice in a mapping")
        return super().construct_mapping(node, deep)


def read_assignments(
    assignments: Iterable[str], config: type[Parameters], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of assignments such as `learning_rate=1e-4`, `images_revision=` or `seeds=[1, 2]`.

    A parameter that is a text takes what stands there as it stands: a path with a colon, a revision of digits alone,
    nothing at all. A number may be written as a calculator writes it; lists and mappings are those of YAML. Of an unknown
    parameter the text is kept, so that whoever knows them all can refuse it. `defaults` serve as examples.

    Raises:
        ValueError: an assignment is no `name=value`, gives a parameter twice, or has a value that cannot be read.
    """
    given: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign or not name.isidentifier():
            raise ValueError(f"-p {assignment!r} is no name=value; write for example -p seeds='[1, 2]'")
        if name in given:
            raise ValueError(f"parameter {name!r} is given twice, the second time as {text!r}; give it once")
        field = config.model_fields.get(name)
        try:
            given[name] = text if field is None else _read(text, field.annotation)
        except ValueError as error:
            raise ValueError(
                f"parameter {name!r} = {text!r} cannot be read: {error}; write for example "
                f"{_example(name, defaults.get(name), config)}"
            ) from None
    return given


def _read(text: str, kind: Any) -> Any:
    if _is_text(kind):
        return _unquoted(text)
    if not text.strip():
        raise ValueError("there is no value")
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(_in_one_line(error)) from None
    return _typed(value, kind)


def _typed(value: Any, kind: Any) -> Any:
    kind = _bare(kind)
    if get_origin(kind) is list and isinstance(value, list):
        (item,) = get_args(kind)
        return [_typed(each, item) for each in value]
    if get_origin(kind) is dict and isinstance(value, dict):
        key, item = get_args(kind)
        return {_typed(name, key): _typed(each, item) for name, each in value.items()}
    if get_origin(kind) in (list, dict):
        raise ValueError(f"a {'list, [a, b],' if get_origin(kind) is list else 'mapping, {name: value},'} is wanted")
    if not isinstance(value, str):
        raise ValueError("a single value is wanted")
    return value if _is_text(kind) else _scalar(value.strip(), kind)


def _scalar(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() in _TRUE
    if kind not in (int, float):
        return yaml.safe_load(text)
    # Python would read 1_000 as a thousand, and "infinity" as a number.
    plain = text if not set(text.lower()) - set("0123456789+-.einfa") else ""
    try:
        number = float(plain)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if kind is float:
        return number
    try:
        return int(plain)  # exact, however long
    except ValueError:
        if not number.is_integer():
            raise ValueError(f"{text!r} is no whole number") from None
        return int(number)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_text(kind: Any) -> bool:
    kind = _bare(kind)
    return kind is str or (get_origin(kind) is Literal and all(isinstance(name, str) for name in get_args(kind)))


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


def _in_one_line(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    place = "" if mark is None else f" at character {mark.index + 1}"
    return " ".join(f"{problem}{place}".split())


def _example(name: str, default: Any, config: type[Parameters]) -> str:
    value = default or _sample(config.model_fields[name].annotation)
    text = value if isinstance(value, str) else json.dumps(value)
    return f"-p '{name}={text}'" if set(text) & set(" []{}\"'*&") else f"-p {name}={text}"


def _sample(kind: Any) -> Any:
    """A value of a kind whose default is empty, and shows nothing."""
    kind = _bare(kind)
    if get_origin(kind) is list:
        return [_sample(get_args(kind)[0])]
    if get_origin(kind) is dict:
        name, item = get_args(kind)
        return {_sample(name): _sample(item)}
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    samples: dict[Any, Any] = {int: 1, float: 0.5, bool: False}
    return samples.get(kind, "name")
