"""Eight numbers at a time, for compiled loops whose sums a compiler may not reorder.

Numba adds floating-point numbers one after the other unless told that their order does not matter; then the order, and the
last bits, would be the machine's. `Vec8` is a value of eight numbers that processors take in one to four steps: whatever
the machine, lane k is the sum of elements k, k + 8, k + 16, .., and `total` joins the lanes in the order written.
Formulas are written with + - * / between vectors, and between a vector and a number, which stands for eight of itself.

These work inside `njit` only. The place of `load` and `store` is counted along the whole array, whatever its axes, in
numbers; that of `at`, `put` and `add_to` in rows of eight. Only debug runs (`kernels.CHECKED`) look whether eight numbers are
there. `exp` and `log` are our own series, right to a unit or two in the last place.
"""

# ruff: noqa: ARG001  # numba hands over more than each needs
from __future__ import annotations

import operator
from collections.abc import Callable
from math import factorial
from typing import Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core.datamodel import models
from numba.core.typeconv import Conversion
from numba.core.typing import signature as signed
from numba.extending import intrinsic, lower_builtin, lower_cast, overload, register_model, type_callable

from .kernels import CHECKED, njit

_VECTOR = ir.VectorType(ir.DoubleType(), 8)
_INDEX, _LONG, _BIT = ir.IntType(32), ir.IntType(64), ir.IntType(1)
_compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = cast(Any, intrinsic)  # numba says less of its types
_registered: Any = (type_callable, lower_builtin, lower_cast, overload)
_typed, _lowered, _cast, _overload = _registered


class Vec8(types.Type):
    """Numba's name for eight numbers; one number stands for eight of itself."""

    def can_convert_from(self, context: Any, other: Any) -> Any:
        """From numbers."""
        return Conversion.safe if isinstance(other, types.Float) else None


VEC8 = Vec8(name="Vec8")


@register_model(Vec8)
class _Model(models.PrimitiveModel):
    """Eight numbers are one vector of the machine's."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def _kind(*given: Any) -> Any:
    """What vectors and numbers make together: a vector if one of them is one, else a number; None of anything else."""
    if not all(isinstance(kind, (Vec8, types.Float)) for kind in given):
        return None
    return VEC8 if any(isinstance(kind, Vec8) for kind in given) else types.float64


def _filled(builder: Any, number: Any) -> Any:
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(_INDEX, 8), [0] * 8))


@_cast(types.float64, Vec8)
def _as_vector(context: Any, builder: Any, given: Any, wanted: Any, number: Any) -> Any:
    return _filled(builder, number)


def _place(context: Any, builder: Any, signature: Any, args: Any, rows: bool, vector: bool) -> Any:
    """Where array[i] is, counted in numbers or in rows; in debug runs an error if not all of it lies within."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    i, wide = context.cast(builder, args[1], signature.args[1], types.intp), 8 if vector else 1
    at = builder.mul(i, ir.Constant(_LONG, wide)) if rows else i
    if CHECKED:
        beyond = builder.icmp_signed(">", builder.add(at, ir.Constant(_LONG, wide)), array.nitems)
        with builder.if_then(builder.or_(beyond, builder.icmp_signed("<", at, ir.Constant(_LONG, 0)))):
            context.call_conv.return_user_exc(builder, IndexError, ("index is out of bounds",))
    found = builder.gep(array.data, [at])
    return builder.bitcast(found, _VECTOR.as_pointer()) if vector else found


def _reads(rows: bool) -> Callable[..., Any]:
    """A function (array, i) that reads a vector, or a number, see `at`."""

    @_compiled
    def read(typing: Any, array: Any, i: Any) -> Any:
        vector = not rows or array.ndim > 1

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.load(_place(context, builder, signature, args, rows, vector), align=8)

        return (VEC8 if vector else types.float64)(array, i), emit

    return read


def _writes(rows: bool, *, add: bool = False) -> Callable[..., Any]:
    """A procedure (array, i, value) that writes a vector, or a number, see `at`, or adds it to what is there."""

    @_compiled
    def write(typing: Any, array: Any, i: Any, value: Any) -> Any:
        vector = not rows or array.ndim > 1

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = _place(context, builder, signature, args, rows, vector)
            value = builder.fadd(builder.load(place, align=8), args[2]) if add else args[2]
            builder.store(value, place, align=8)
            return context.get_dummy_value()

        return types.void(array, i, VEC8 if vector else types.float64), emit

    return write


load, store = _reads(rows=False), _writes(rows=False)
"""array[i : i + 8] of a contiguous array, counted along it whatever its axes; and array[i : i + 8] = vector."""
at, put, add_to = _reads(rows=True), _writes(rows=True), _writes(rows=True, add=True)
"""array[i], array[i] = value and array[i] += value, of eight draws where an array has them as its last axis of several, else of
one. So one text serves for both."""


@_compiled
def fill(typing: Any, number: Any) -> Any:
    """Eight times the same number."""
    return VEC8(types.float64), lambda context, builder, signature, args: _filled(builder, args[0])


def room(like: Any, n: int) -> Any:
    """Room for n numbers of as many draws as an array has: one (arrays of one axis) or eight."""
    raise NotImplementedError


@_overload(room, strict=False)
def _room(like: Any, n: Any) -> Any:
    if like.ndim > 1:
        return lambda like, n: np.empty((n, 8))
    return lambda like, n: np.empty(n)


@_compiled
def total(typing: Any, eight: Any) -> Any:
    """The sum of all eight: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7))."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c, d, e, f, g, h = (builder.extract_element(args[0], ir.Constant(_INDEX, k)) for k in range(8))
        join = builder.fadd
        return join(join(join(a, e), join(c, g)), join(join(b, f), join(d, h)))

    return types.float64(eight), emit


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


def _by_lane(emitted: Callable[..., Any]) -> Callable[..., Any]:
    """What `emitted(builder, *values)` makes lane by lane of two vectors or numbers."""

    @_compiled
    def made(typing: Any, a: Any, b: Any) -> Any:
        kind = _kind(a, b)
        return kind(kind, kind), lambda context, builder, signature, args: emitted(builder, *args)

    return made


def _one_of_two(test: str) -> Callable[..., Any]:
    """The one of two that stands so to the other, lane by lane."""
    return _by_lane(lambda builder, a, b: builder.select(builder.fcmp_ordered(test, a, b), a, b))


least, greatest = _one_of_two("<"), _one_of_two(">")


def _operation(symbols: tuple[Any, ...], name: str) -> Callable[..., Any]:
    """Two vectors to one, lane by lane, as a function and as operators, which also take a number for one of them."""

    def emitted(builder: Any, a: Any, b: Any) -> Any:
        return getattr(builder, name)(a, b)

    for symbol in symbols:

        @_typed(symbol)
        def typed(context: Any) -> Any:
            def found(a: Any, b: Any) -> Any:
                return signed(VEC8, VEC8, VEC8) if _kind(a, b) is VEC8 else None

            return found

        @_lowered(symbol, Vec8, Vec8)
        def lowered(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return emitted(builder, *args)

    return _by_lane(emitted)


@_typed(operator.neg)
def _typed_neg(context: Any) -> Any:
    return lambda a: signed(VEC8, VEC8) if isinstance(a, Vec8) else None


@_lowered(operator.neg, Vec8)
def _neg(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.fneg(args[0])


add = _operation((operator.add, operator.iadd), "fadd")
sub = _operation((operator.sub, operator.isub), "fsub")
mul = _operation((operator.mul, operator.imul), "fmul")
div = _operation((operator.truediv, operator.itruediv), "fdiv")


def _chosen(test: str) -> Callable[..., Any]:
    """Of (a, b, yes, no) `yes` where a stands so to b, else `no`, lane by lane (`no` where either is not a number)."""

    @_compiled
    def which(typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
        kind = _kind(a, b, yes, no)

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.select(builder.fcmp_ordered(test, args[0], args[1]), args[2], args[3])

        return kind(kind, kind, kind, kind), emit

    return which


def _in_any(compare: str, test: str) -> Callable[..., Any]:
    """Whether a stands so to b in any lane."""

    @_compiled
    def whether(typing: Any, a: Any, b: Any) -> Any:
        kind = _kind(a, b)

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            found = getattr(builder, compare)(test, *args)
            if kind is types.float64:
                return found
            return builder.icmp_unsigned("!=", builder.bitcast(found, ir.IntType(8)), ir.Constant(ir.IntType(8), 0))

        return types.boolean(kind, kind), emit

    return whether


choose, equal = _chosen(">"), _chosen("==")
above = _in_any("fcmp_ordered", ">")
unlike = _in_any("fcmp_unordered", "!=")
"""Two numbers of which one is not a number are unlike, and neither is above the other."""


def _bits(number: int) -> ir.Constant:
    return ir.Constant(ir.VectorType(_LONG, 8), [number] * 8)


@_compiled
def _raised(typing: Any, number: Any, power: Any) -> Any:
    """`number` * 2^k, with k in the last bits of `power` = k + 1.5 * 2^52."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        long = ir.VectorType(_LONG, 8)
        moved = builder.shl(builder.bitcast(args[1], long), _bits(52))
        return builder.bitcast(builder.add(builder.bitcast(args[0], long), moved), _VECTOR)

    return VEC8(number, power), emit


def _power(builder: Any, number: Any) -> tuple[Any, Any]:
    """The bits of a number m * 2^k, with m from sqrt(1/2) to sqrt(2), and k + 1024."""
    bits = builder.bitcast(number, ir.VectorType(_LONG, 8))
    return bits, builder.lshr(builder.add(bits, _bits((1024 << 52) - 0x3FE6A09E667F3BCD)), _bits(52))


@_compiled
def _exponent(typing: Any, number: Any) -> Any:
    """The k + 1024 + 2^52 of a number m * 2^k."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(builder.or_(_power(builder, args[0])[1], _bits(0x4330000000000000)), _VECTOR)

    return VEC8(number), emit


@_compiled
def _fraction(typing: Any, number: Any) -> Any:
    """The m of a number m * 2^k."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits, power = _power(builder, args[0])
        less = builder.sub(builder.shl(power, _bits(52)), _bits(1024 << 52))
        return builder.bitcast(builder.sub(bits, less), _VECTOR)

    return VEC8(number), emit


_EXP = tuple(1.0 / factorial(k) for k in range(2, 14))
_LOG = (
    0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784,
    0.1818357216161805, 0.15313837699209373, 0.14798198605116586,
)  # fmt: skip
"""What makes (2 artanh(s) - 2 s) / s^3 in powers of s^2, nearest for numbers from sqrt(1/2) to sqrt(2): fdlibm, e_log.c."""


@njit(inline="always")
def _exp8(x: Any) -> Any:
    """Terms are taken in fours, because a step that waits for the one before takes as long as several that do not."""
    x = least(greatest(x, -708.0), 709.0)
    power = x * 1.4426950408889634 + 6755399441055744.0
    k = power - 6755399441055744.0
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    square = r * r
    fourth, c = square * square, _EXP
    low = c[0] + r * c[1] + square * (c[2] + r * c[3])
    middle = c[4] + r * c[5] + square * (c[6] + r * c[7])
    high = c[8] + r * c[9] + square * (c[10] + r * c[11])
    rest = low + fourth * (middle + fourth * high)
    return _raised(1.0 + (r + square * rest), power)


@njit(inline="always")
def _log8(x: Any) -> Any:
    k = _exponent(x) - (4503599627370496.0 + 1024.0)
    f = _fraction(x) - 1.0
    s = f / (2.0 + f)
    z, c = s * s, _LOG
    square = z * z
    even = c[0] + square * (c[2] + square * (c[4] + square * c[6]))
    odd = c[1] + square * (c[3] + square * c[5])
    half = 0.5 * (f * f)
    more = s * (half + (z * even + square * odd))
    less = half - (more + k * 1.9082149292705877e-10)
    return k * 0.6931471803691238 + (f - less)


def exp(x: Any) -> Any:
    """e^x; of a vector the nearest to it that there is from -708 to 709, and no less or more beyond."""
    raise NotImplementedError


def log(x: Any) -> Any:
    """The natural logarithm; of vectors, of numbers above 2.3e-308 alone: of others it means nothing."""
    raise NotImplementedError


@_overload(exp, inline="always", strict=False)
def _exp(x: Any) -> Any:
    return (lambda x: _exp8(x)) if isinstance(x, Vec8) else (lambda x: np.exp(x))  # noqa: PLW0108  # numba wants them


@_overload(log, inline="always", strict=False)
def _log(x: Any) -> Any:
    return (lambda x: _log8(x)) if isinstance(x, Vec8) else (lambda x: np.log(x))  # noqa: PLW0108
