"""The only room with randomness: a seed, a name and a block of draws give the same uniforms for ever.

Draws come in blocks of 64. Within block k a parameter is a Latin hypercube of its own,
`u = (permutation(64) + random(64)) / 64` from `Philox(SeedSequence(BLAKE2b(seed, name, "lhs", k)))`, so the first
blocks are a valid sample, more draws or workers change no number that was there, and a new name changes no other.
Luck (what happens to one venue in one quarter) is one stream per entity and block, long enough for any horizon.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
"""Draws in a block."""

Floats = NDArray[np.float64]


class NameTaken(ValueError):
    """The same name was asked for twice: two quantities would have moved together unseen."""


@dataclass(frozen=True)
class Streams:
    """Uniforms for a block of draws, or for some that follow each other, on one run of one service.

    `seed` is the user's; `block` counts from 0 and is the first of `blocks`. What is drawn for several at once is what each
    would have by itself, end to end; where only a `part` of these draws is asked for, it is what it would be among all. A
    name may be used once in a run, by `lhs` or by `uniforms`.
    """

    seed: int
    block: int
    blocks: int = 1
    part: tuple[int, int] | None = None
    _taken: set[str] = field(default_factory=set, repr=False, compare=False)

    def lhs(self, name: str) -> Floats:
        """Latin hypercube of `name` over each block: `u[draw]`, each in (0, 1), in a block one in every 64th."""
        self._claim(name)
        u = np.empty((self.blocks, BLOCK))
        for k in range(self.blocks):
            g = _generator(self.seed, name, "lhs", self.block + k)
            u[k] = g.permutation(BLOCK) + g.random(BLOCK)
        return _open_interval(u.ravel()[self._rows] / BLOCK)

    def uniforms(self, name: str, entities: Sequence[str], quarters: int) -> Floats:
        """Luck of every entity in every quarter: `u[draw, entity, quarter]`, each in (0, 1).

        Entity and block have a stream of their own, filled quarter by quarter: adding an entity, reordering them or
        lengthening the calendar leaves every existing number alone. Use inverse CDFs on these, never a sampler
        whose arguments differ between baseline and plan: that would lose the pairing.
        """
        self._claim(name)
        if len(set(entities)) != len(entities):
            raise NameTaken(f"{name}: an entity is named twice")
        luck = np.empty((self.blocks, BLOCK, len(entities), quarters))
        for k in range(self.blocks):
            for e, entity in enumerate(entities):
                g = _generator(self.seed, name, f"entity:{entity}", self.block + k)
                luck[k, :, e, :] = g.random((quarters, BLOCK)).T
        return _open_interval(luck.reshape(-1, len(entities), quarters)[self._rows])

    def each_block(self) -> list[slice]:
        """Where each block lies among the draws."""
        return [slice(k * BLOCK, (k + 1) * BLOCK) for k in range(self.blocks)]

    @property
    def _rows(self) -> slice:
        return slice(None) if self.part is None else slice(*self.part)

    def _claim(self, name: str) -> None:
        if name in self._taken:
            raise NameTaken(f"the name {name!r} was used twice for random numbers in one run")
        self._taken.add(name)


def blocks(draws: int) -> int:
    """How many whole blocks hold `draws` draws: 1,000 draws are 16 blocks, that is 1,024. Raises below 1."""
    if draws < 1:
        raise ValueError(f"found {draws} draws, expected 1 or more")
    return -(-draws // BLOCK)


def _generator(seed: int, *parts: object) -> np.random.Generator:
    """Philox keyed by BLAKE2b of the seed and the parts, each ended so that no two lists of parts run together."""
    digest = hashlib.blake2b(digest_size=32)
    for part in (seed, *parts):
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    entropy = np.frombuffer(digest.digest(), ">u4")[::-1].astype(np.uint32)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy)))


def _open_interval(u: Floats) -> Floats:
    """Keep uniforms off 0 and 1, where inverse CDFs are infinite."""
    return np.minimum(np.maximum(u, 2.0**-53), 1 - 2.0**-53)
