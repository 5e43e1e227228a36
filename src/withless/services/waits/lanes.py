"""Eight numbers at a time, for compiled loops whose sums a compiler may not reorder.

Numba adds floating-point numbers one after the other unless told that their order does not matter; then the order, and the
last bits, would be the machine's. `Eight` is a value of eight numbers that processors take in one to four steps: whatever
the machine, lane k is the sum of elements k, k + 8, k + 16, .., and `total` joins the lanes in the order written.
These work inside `njit` only. `load` and `store` do not check that eight numbers are there.
"""

# ruff: noqa: ARG001  # numba hands over more than each needs
from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

_VECTOR = ir.VectorType(ir.DoubleType(), 8)
_INDEX = ir.IntType(32)
_compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = cast(Any, intrinsic)  # numba says less of its types


class Eight(types.Type):
    """Numba's name for eight numbers."""


EIGHT = Eight(name="Eight")


@register_model(Eight)
class _Model(models.PrimitiveModel):
    """Eight numbers are one vector of the machine's."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where array[i] is, as a vector's place."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    i = context.cast(builder, args[1], signature.args[1], types.intp)
    return builder.bitcast(builder.gep(array.data, [i]), _VECTOR.as_pointer())


@_compiled
def load(typing: Any, array: Any, i: Any) -> Any:
    """array[i : i + 8] of a contiguous array."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, signature, args), align=8)

    return EIGHT(array, i), emit


@_compiled
def store(typing: Any, array: Any, i: Any, eight: Any) -> Any:
    """array[i : i + 8] = eight."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _place(context, builder, signature, args), align=8)
        return context.get_dummy_value()

    return types.void(array, i, eight), emit


@_compiled
def fill(typing: Any, number: Any) -> Any:
    """Eight times the same number."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), args[0], ir.Constant(_INDEX, 0))
        return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(_INDEX, 8), [0] * 8))

    return EIGHT(types.float64), emit


@_compiled
def total(typing: Any, eight: Any) -> Any:
    """The sum of all eight: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7))."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c, d, e, f, g, h = (builder.extract_element(args[0], ir.Constant(_INDEX, k)) for k in range(8))
        join = builder.fadd
        return join(join(join(a, e), join(c, g)), join(join(b, f), join(d, h)))

    return types.float64(eight), emit


@_compiled
def least(typing: Any, a: Any, b: Any) -> Any:
    """The lesser of two, lane by lane."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *args), *args)

    return EIGHT(a, b), emit


@_compiled
def greatest(typing: Any, a: Any, b: Any) -> Any:
    """The greater of two, lane by lane."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return EIGHT(a, b), emit


@_compiled
def highest(typing: Any, eight: Any) -> Any:
    """The greatest of all eight."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.extract_element(args[0], ir.Constant(_INDEX, 0))
        for k in range(1, 8):
            other = builder.extract_element(args[0], ir.Constant(_INDEX, k))
            found = builder.select(builder.fcmp_ordered(">", found, other), found, other)
        return found

    return types.float64(eight), emit


def _by_lane(operation: str) -> Callable[[Any, Any], Any]:
    """Two eights to one, lane by lane."""

    @_compiled
    def both(typing: Any, a: Any, b: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return getattr(builder, operation)(*args)

        return EIGHT(a, b), emit

    return both


add, sub, mul = _by_lane("fadd"), _by_lane("fsub"), _by_lane("fmul")
