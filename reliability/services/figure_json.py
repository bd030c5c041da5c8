"""Frozen dataclasses from the JSON they were written as, by their declared types.

The reader of a class is put together once; after that reading a report is little more than
calling its constructors. What JSON lacks takes the field's default, so that reports stored
before a field existed stay readable.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]


def read[T](cls: type[T], data: Mapping[str, Any]) -> T:
    """`data` as an instance of the dataclass `cls`; the inverse of `dataclasses.asdict`."""
    reader = _dataclass_reader(cast(Hashable, cls))
    found: T = reader(data)
    return found


@cache
def _dataclass_reader(cls: Hashable) -> Reader:
    assert isinstance(cls, type)  # a cache asks no more of its keys than that they can be told
    types = get_type_hints(cls)
    names = [field.name for field in fields(cls)]
    readers = {name: reader for name in names if (reader := _reader(types[name])) is not None}

    def build(data: Mapping[str, Any]) -> Any:
        given = {name: data[name] for name in names if name in data}
        for name, reader in readers.items():
            if name in given:
                given[name] = reader(given[name])
        return cls(**given)

    return build


def _reader(type_: Any) -> Reader | None:
    """How to read a value of this type; None where JSON's own value will do."""
    if get_origin(type_) is UnionType:
        (inner,) = (part for part in get_args(type_) if part is not type(None))
        reader = _reader(inner)
        return None if reader is None else lambda value: None if value is None else reader(value)
    if get_origin(type_) is tuple:
        return _tuple_reader(get_args(type_))
    if isinstance(type_, type) and is_dataclass(type_):
        return _dataclass_reader(type_)
    return None


def _tuple_reader(parts: tuple[Any, ...]) -> Reader:
    if parts[-1] is Ellipsis:
        reader = _reader(parts[0])
        if reader is None:
            return tuple
        return lambda values: tuple(map(reader, values))
    readers = [_reader(part) or _same for part in parts]
    if all(each is _same for each in readers):
        return tuple
    return lambda values: tuple(each(value) for each, value in zip(readers, values, strict=True))


def _same(value: Any) -> Any:
    return value
