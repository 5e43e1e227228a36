"""A study: one place on its drawn assumptions, of which many plans are asked; it owns all that is kept between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .appraise import DRAWS, Appraisal, Simulations, Trace, cache_of
from .appraise import appraise as appraised
from .appraise import trace as traced
from .cache import MOST_BYTES, Cache
from .place import Place
from .plan import Plan
from .service import Model
from .streams import blocks

SEED = 1


class Study:
    """A place under study: its services are built once for the drawn assumptions, and every plan asked of it is run on them.

    What a plan leaves as it was is not simulated again. What is kept between plans takes at most `most_bytes` and goes with
    the study. The same seed and draws give the same numbers, whatever was asked before; threads may share a study.
    """

    def __init__(self, place: Place, seed: int = SEED, draws: int = DRAWS, most_bytes: int = MOST_BYTES) -> None:
        """Of a place; `draws` is rounded up to whole blocks of 64."""
        if draws < 1 or seed < 0:
            raise ValueError("draws are 1 or more, and the seed is 0 or more")
        self.place, self.draws = place, draws
        self.simulations = Simulations(place, seed, cache_of(most_bytes))

    @property
    def seed(self) -> int:
        """What the draws follow from."""
        return self.simulations.seed

    @property
    def cache(self) -> Cache:
        """All that is kept between plans."""
        return self.simulations.cache

    def appraise(self, plan: Plan, workers: int = 1, progress: Callable[[int, int], None] | None = None) -> Appraisal:
        """What a plan of this place does against doing nothing: see `api.appraise`."""
        if workers < 1:
            raise ValueError("workers are 1 or more")
        return appraised(self.simulations, self._ours(plan), self.draws, workers, progress)

    def trace(self, plan: Plan, measure: str) -> Trace:
        """One measure of a plan followed by itself on the first block; raises KeyError for an id that is not there."""
        return traced(self.simulations, self._ours(plan), measure)

    def models(self, instance: str) -> Sequence[Model]:
        """One model of an instance for each block of 64 draws, on what the place itself assumes."""
        register = self.simulations.register(Plan("", self.place, ()))
        draws = (self.simulations.draws(register, k) for k in range(blocks(self.draws)))
        return tuple(self.simulations.model(self.place.instances[instance], d) for d in draws)

    def _ours(self, plan: Plan) -> Plan:
        if plan.place is not self.place and plan.place.fingerprint != self.place.fingerprint:
            raise ValueError(f"{plan.title or 'this plan'} is of another place than the study ({self.place.name})")
        return plan
