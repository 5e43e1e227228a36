"""What services have to show of an appraisal beyond what all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..service import Exhibit, Exhibits, get
from .layout import lay_out
from .result import Appraisal
from .simulations import Simulations, cache_of

MOST_BYTES = 128 * 2**20


def exhibits(a: Appraisal) -> Mapping[str, Sequence[Exhibit]]:
    """What each service that the plan touches shows, {instance: exhibits}, with the first block of draws."""
    sims = Simulations(a.place, a.seed, cache_of(MOST_BYTES))
    draws = sims.draws(a.register, 0)
    how = sims.delivery(a.plan, a.crowding, draws)
    found: dict[str, Sequence[Exhibit]] = {}
    for s in a.services:
        service = get(s.instance.kind)
        if not s.measures or not isinstance(service, Exhibits):
            continue
        settings = lay_out(a.plan, s.instance).carried_out(how.carried)
        found[s.instance.name] = service.exhibits(sims.model(s.instance, draws), settings, s)
    sims.cache.clear()
    return found
