"""Each draw of social care follows its own settings, as if it were run alone."""

import numpy as np

from tests.care_places import care_place, move, settings_for
from tests.places import built, draws_for
from withless.outcomes import Outcomes
from withless.plan import Settings
from withless.service import ask, get
from withless.services.care import quantities, words
from withless.services.care.exhibits import exhibits
from withless.services.care.tables import LEVER_UNITS

CARE = get("care")
PLACE = care_place(budget=25e6, quarters=12)
INSTANCE = PLACE.instances["social_care"]
DRAWS = draws_for(PLACE)
PLANS = (
    (),
    (move("threshold", 2.0, phase=6.0), move("hours", 0.8), move("direct_payments", 0.6), move("reablement", 0.6)),
    (move("threshold", 2.0), move("applies_to", 2.0), move("fees", 1.2), move("carers", 300_000.0)),
    (move("charge", 60.0), move("means_test", 0.7), move("hours", 1.2, "critical"), move("applies_to", 0.0)),
    (move("budget", 0.85), move("hours", 0.95)),
)


def simulate(settings: Settings) -> Outcomes:
    return built(PLACE, INSTANCE, DRAWS).run(settings)


def mixed() -> Settings:
    """The plans in turn, one a draw."""
    each = [settings_for(PLACE, *plan) for plan in PLANS]
    which = np.arange(64) % len(PLANS)
    return Settings(LEVER_UNITS, {k: np.concatenate([each[i][k] for i in which]) for k in each[0].values})


def arrays(o: Outcomes) -> dict[tuple[str, str], np.ndarray]:
    """Everything by draw, its axis first."""
    people = {("people", k): v.swapaxes(0, 1) for k, v in o.people.items()}
    money = {("money", k): v.swapaxes(0, 1) for k, v in o.money.items()}
    return (
        people | money | {("moved", k): v for k, v in o.moved.items()} | {("series", k): v for k, v in o.series.items()}
    )


def test_every_draw_of_a_mixed_run_is_the_run_of_its_own_settings() -> None:
    found = arrays(simulate(mixed()))
    for i, plan in enumerate(PLANS):
        alone = arrays(simulate(settings_for(PLACE, *plan)))
        for name, values in found.items():
            here = values[i :: len(PLANS)]
            expected = alone.get(name, np.zeros_like(values))[i :: len(PLANS)]
            assert np.allclose(here, expected, rtol=1e-9, atol=1e-9), (plan, name)


def test_a_quantity_of_a_mixed_run_is_that_of_each_draws_own_settings() -> None:
    for what in ("people_losing", "hours_met", "family_hours", "saving_kept"):
        found = ask(built(PLACE, INSTANCE, DRAWS), what, mixed(), {})
        for i, plan in enumerate(PLANS):
            alone = ask(built(PLACE, INSTANCE, DRAWS), what, settings_for(PLACE, *plan), {})
            assert np.allclose(found[i::5], alone[i::5], rtol=1e-9, atol=1e-9, equal_nan=True), what


def test_settings_of_today_written_out_for_every_draw_are_today() -> None:
    today = settings_for(PLACE)
    written = Settings(LEVER_UNITS, {k: np.repeat(v, 64, axis=0) for k, v in today.values.items()})
    assert np.array_equal(simulate(written).people["served"], simulate(today).people["served"])


def test_words_and_exhibits_read_settings_that_differ_by_draw() -> None:
    said = words.who_loses(built(PLACE, INSTANCE, DRAWS).project(mixed()), "by then")
    assert "would no longer be helped" in said
    assert "fewer hours" in said
    assert exhibits(built(PLACE, INSTANCE, DRAWS), mixed())


def test_a_cut_is_told_as_less_and_a_rise_as_more() -> None:
    fates = quantities.fates(INSTANCE, settings_for(PLACE, move("hours", 0.9), move("fees", 1.1)))
    assert fates["older"] == "less hours, more fees"
