"""Work shared among processes that end when the one they work for ends, however it ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

LOOK = 0.5
"""Seconds between two looks at whether the process that is worked for is there."""


def shared(jobs: Iterable[Any], workers: int) -> Iterator[Any]:
    """Results of joblib's delayed `jobs`, in their order, from `workers` processes.

    Inside `joblib.parallel_config(backend=...)` they go to that backend: Dask or Ray by name.
    """
    from joblib import Parallel
    from joblib.parallel import get_active_backend

    ours = type(get_active_backend()[0]).__name__ == "LokyBackend"  # processes of this machine, children of this one
    options = {"initializer": end_with, "initargs": (os.getpid(),)} if ours and workers > 1 else {}
    yield from Parallel(n_jobs=workers, return_as="generator", **options)(jobs)


def end_with(parent: int) -> None:
    """Make this process end once `parent` is no more: it is looked for, because a killed process tells nobody."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
