"""Where a plan's measures would bring the levers: levels that cannot be, measures that change nothing, hosts that close."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..plan import UNIT_COST, Measure, Plan
from ..service import Service
from .as_read import today_of
from .faults import Fault, quoted
from .yaml_lines import Document

NEAR = 1e-9


def check_levels(document: Document, plan: Plan, services: Mapping[str, Service], faults: list[Fault]) -> None:
    """Tell what is wrong with measures once they are laid over today's levels, in the plan's order, at full effect.

    `services` holds the service of every instance.
    """
    levels: dict[tuple[str, str, str], float] = {}
    shut = {unit for m in plan.measures if closes(m, services[m.service]) for unit in m.where}
    for i, m in enumerate(plan.measures):
        lever, today = today_of(plan, m, services[m.service])
        if lever.unit == "choice":
            _check_hosts(document, plan, i, services[m.service], shut, faults)
            continue
        moved = False
        for unit in m.where if m.lever != UNIT_COST.name else ("",):
            key = (m.service, m.lever, unit)
            before = levels.get(key, today.get(unit, 1.0))
            after = {"set": m.amount, "scale": before * m.amount, "add": before + m.amount}[m.change]
            moved |= not np.isclose(after, before, rtol=NEAR, atol=NEAR)
            levels[key] = after
            if not lever.low - NEAR <= after <= lever.high + NEAR:
                of = f" of {unit}" if unit else ""
                found = f"{m.lever}{of} at {after:g} {lever.unit}, from {before:g}"
                expected = f"{lever.low:g} to {lever.high:g} {lever.unit}"
                faults.append(
                    document.fault(("measures", i, "change"), found, expected, "Check the sign and the size.")
                )
                break
        if not moved:
            found, mend = "a change to what is there already", "It has no effect: check where and change."
            faults.append(document.fault(("measures", i, "change"), found, "a change", mend, "warning"))


def closes(m: Measure, service: Service) -> bool:
    """Whether a measure shuts the units that it moves."""
    return m.amount == 0 and any(lever.closes for lever in service.levers if lever.name == m.lever)


def _check_hosts(document: Document, plan: Plan, i: int, service: Service, shut: set[str], faults: list[Fault]) -> None:
    """A unit cannot be its own host, nor well use one that the plan closes."""
    m = plan.measures[i]
    instance = plan.place.instances[m.service]
    host = service.choices(plan.place, instance, m.lever)[int(m.amount)]
    path = ("measures", i, "change")
    if host in m.where:
        faults.append(document.fault(path, quoted(host), "another than itself"))
    elif host in shut:
        found, mend = f"{quoted(host)}, which the plan closes", "It is taken to stand open for the one that moves in."
        faults.append(document.fault(path, found, "one that stays open", mend, "warning"))
