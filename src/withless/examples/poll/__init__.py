"""An invented poll of an invented county: answers drawn by a seeded generator, with a poll.yaml. Nobody was asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...writing import write_folder

PEOPLE = 1_200
SEED = 2026
REGIONS = ("North", "Vale", "Coast", "Town")
AGES = ("16-34", "35-54", "55-74", "75+")
SPEC = """# An invented poll: nobody was asked. Every answer comes from a seeded generator.
withless: 1
title: Northshire residents' panel 2026
invented: true
data: residents.csv
sample: panel               # probability | panel | self-selected
client: Northshire Council (invented)
by: withless, as an example
universe: residents aged 16 and over
method: online panel
fieldwork: 2 to 20 March 2026
strata: region
margins:                    # what is known of the county, shares of residents
  sex: {1: 49%, 2: 51%}
  age: {1: 27%, 2: 33%, 3: 29%, 4: 11%}
  region: {1: 30%, 2: 20%, 3: 15%, 4: 35%}
bounds: {low: 0.3, high: 3}
missing: [99]               # no answer: left out of the base, and told
labels: {99: No answer}
demographics:
  age: {title: Age, labels: {1: 16-34, 2: 35-54, 3: 55-74, 4: 75+}}
  region: {title: Region, labels: {1: North, 2: Vale, 3: Coast, 4: Town}}
  sex: {title: Sex, labels: {1: Men, 2: Women}}
questions:
  improve:
    text: In the long term the council's plans will improve its services.
    labels: {1: Agree strongly, 2: Tend to agree, 3: Neither, 4: Tend to disagree, 5: Disagree strongly}
    nets: {Agree: [1, 2], Disagree: [4, 5]}
    about: services_improve
    net: Disagree
  pace:
    text: Savings are being made ...
    labels: {1: too fast, 2: at the right pace, 3: too slowly}
    about: too_fast
    net: too fast
  uses:
    text: Which of these have you used in the last year?
    kind: multiple
    columns: {uses_library: A library, uses_pool: A pool, uses_museum: A museum}
  visits:
    text: How often did you go to a library last year?
    kind: number
"""


def write(folder: Path, force: bool = False) -> list[Path]:
    """Write residents.csv and poll.yaml; raises FileExistsError where they are in the way and `force` is false."""
    files = {"residents.csv": _answers(), "poll.yaml": SPEC}
    if not force and (there := [folder / p for p in files if (folder / p).exists()]):
        raise FileExistsError(f"{there[0]} is there already. Choose another folder, or say --force to write over it.")
    return write_folder(folder, files, force=force)


def _answers() -> str:
    """The table: older people answer more often, and think a little otherwise, so that weighting matters."""
    rng = np.random.Generator(np.random.Philox(SEED))
    n = PEOPLE
    age = rng.choice(4, n, p=[0.15, 0.28, 0.42, 0.15])
    sex = rng.choice(2, n, p=[0.45, 0.55])
    region = rng.choice(4, n, p=[0.33, 0.22, 0.18, 0.27])
    lean = rng.normal(0.35 + 0.12 * age - 0.15 * (region == 3), 1.0)
    improve = 1 + np.digitize(lean, [-1.3, -0.4, 0.1, 1.0])
    pace = 1 + np.digitize(rng.normal(-0.5 * lean, 1.0), [0.1, 1.2])
    uses = rng.random((n, 3)) < np.array([0.42, 0.3, 0.18]) - 0.03 * age[:, None]
    visits = np.where(uses[:, 0], 1 + rng.poisson(7, n), 0)
    improve = np.where(rng.random(n) < 0.03, 99, improve)
    head = "id,sex,age,region,improve,pace,uses_library,uses_pool,uses_museum,visits"
    columns = [np.arange(n), sex, age, region]
    rows = zip(*(c + 1 for c in columns), improve, pace, *uses.T.astype(int), visits, strict=True)
    return "\n".join([head, *(",".join(map(str, r)) for r in rows)]) + "\n"
