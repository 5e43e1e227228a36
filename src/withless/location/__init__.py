"""Which venues to change for a saving, with the least harm, and how near to the least that is: on raw arrays alone."""

from .evaluate import harm, moves, values
from .limits import Limits
from .problem import Demand, NestSteps, Options, Pairs, Problem, closures, join, problem
from .solve import Answer, Contradiction, NoneFound, Unreachable, solve

__all__ = [
    "Answer",
    "Contradiction",
    "Demand",
    "Limits",
    "NestSteps",
    "NoneFound",
    "Options",
    "Pairs",
    "Problem",
    "Unreachable",
    "closures",
    "harm",
    "join",
    "moves",
    "problem",
    "solve",
    "values",
]
