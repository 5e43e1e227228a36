"""Eight numbers at a time, for compiled loops whose sums a compiler may not reorder.

Numba adds floating-point numbers one after the other unless told that their order does not matter; then the order, and the
last bits, would be the machine's. `Eight` is a value of eight numbers that processors take in one to four steps: whatever
the machine, lane k is the sum of elements k, k + 8, k + 16, .., and `total` joins the lanes in the order written.
These work inside `njit` only. `load` and `store` do not check that eight numbers are there; their place is counted along the
whole array, whatever its axes. `exp` and `log` are our own series, right to a unit or two in the last place.
"""

# ruff: noqa: ARG001  # numba hands over more than each needs
from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from .kernels import njit

_VECTOR = ir.VectorType(ir.DoubleType(), 8)
_INDEX, _LONG = ir.IntType(32), ir.IntType(64)
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


def _one_of_two(test: str) -> Callable[..., Any]:
    """The one of two that stands so to the other, lane by lane."""

    @_compiled
    def which(typing: Any, a: Any, b: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.select(builder.fcmp_ordered(test, *args), *args)

        return EIGHT(a, b), emit

    return which


least, greatest = _one_of_two("<"), _one_of_two(">")


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


add, sub, mul, div = _by_lane("fadd"), _by_lane("fsub"), _by_lane("fmul"), _by_lane("fdiv")


def _chosen(test: str) -> Callable[..., Any]:
    """Of (a, b, yes, no) `yes` where a stands so to b, else `no`, lane by lane (`no` where either is not a number)."""

    @_compiled
    def which(typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.select(builder.fcmp_ordered(test, args[0], args[1]), args[2], args[3])

        return EIGHT(a, b, yes, no), emit

    return which


def _in_any(compare: str, test: str) -> Callable[..., Any]:
    """Whether a stands so to b in any lane."""

    @_compiled
    def whether(typing: Any, a: Any, b: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            found = builder.bitcast(getattr(builder, compare)(test, *args), ir.IntType(8))
            return builder.icmp_unsigned("!=", found, ir.Constant(ir.IntType(8), 0))

        return types.boolean(a, b), emit

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

    return EIGHT(number, power), emit


def _power(builder: Any, number: Any) -> tuple[Any, Any]:
    """The bits of a number m * 2^k, with m from sqrt(1/2) to sqrt(2), and k + 1024."""
    bits = builder.bitcast(number, ir.VectorType(_LONG, 8))
    return bits, builder.lshr(builder.add(bits, _bits((1024 << 52) - 0x3FE6A09E667F3BCD)), _bits(52))


@_compiled
def _exponent(typing: Any, number: Any) -> Any:
    """The k + 1024 + 2^52 of a number m * 2^k."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(builder.or_(_power(builder, args[0])[1], _bits(0x4330000000000000)), _VECTOR)

    return EIGHT(number), emit


@_compiled
def _fraction(typing: Any, number: Any) -> Any:
    """The m of a number m * 2^k."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits, power = _power(builder, args[0])
        less = builder.sub(builder.shl(power, _bits(52)), _bits(1024 << 52))
        return builder.bitcast(builder.sub(bits, less), _VECTOR)

    return EIGHT(number), emit


_EXP = tuple(1.0 / factorial(k) for k in range(2, 14))
_LOG = (
    0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784,
    0.1818357216161805, 0.15313837699209373, 0.14798198605116586,
)  # fmt: skip
"""What makes (2 artanh(s) - 2 s) / s^3 in powers of s^2, nearest for numbers from sqrt(1/2) to sqrt(2): fdlibm, e_log.c."""


@njit(inline="always")
def _term(c: float, x: Any, rest: Any) -> Any:
    """`c` + x * rest."""
    return add(fill(c), mul(x, rest))


@njit(inline="always")
def exp(x: Any) -> Any:
    """e^x; nearest to it that there is from -708 to 709, and no less or more beyond.

    Terms are taken in fours, because a step that waits for the one before takes as long as several that do not.
    """
    x = least(greatest(x, fill(-708.0)), fill(709.0))
    power = add(mul(x, fill(1.4426950408889634)), fill(6755399441055744.0))
    k = sub(power, fill(6755399441055744.0))
    r = sub(sub(x, mul(k, fill(0.6931471803691238))), mul(k, fill(1.9082149292705877e-10)))
    square = mul(r, r)
    fourth, c = mul(square, square), _EXP
    low = add(_term(c[0], r, fill(c[1])), mul(square, _term(c[2], r, fill(c[3]))))
    middle = add(_term(c[4], r, fill(c[5])), mul(square, _term(c[6], r, fill(c[7]))))
    high = add(_term(c[8], r, fill(c[9])), mul(square, _term(c[10], r, fill(c[11]))))
    rest = add(low, mul(fourth, add(middle, mul(fourth, high))))
    return _raised(add(fill(1.0), add(r, mul(square, rest))), power)


@njit(inline="always")
def log(x: Any) -> Any:
    """The natural logarithm of numbers above 2.3e-308; of others it means nothing."""
    k = sub(_exponent(x), fill(4503599627370496.0 + 1024.0))
    f = sub(_fraction(x), fill(1.0))
    s = div(f, add(fill(2.0), f))
    z, c = mul(s, s), _LOG
    square = mul(z, z)
    even = _term(c[0], square, _term(c[2], square, _term(c[4], square, fill(c[6]))))
    odd = _term(c[1], square, _term(c[3], square, fill(c[5])))
    half = mul(fill(0.5), mul(f, f))
    more = mul(s, add(half, add(mul(z, even), mul(square, odd))))
    less = sub(half, add(more, mul(k, fill(1.9082149292705877e-10))))
    return add(mul(k, fill(0.6931471803691238)), sub(f, less))
