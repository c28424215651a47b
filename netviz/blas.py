"""How many threads the matrix products use: one setting for every face of the program, because bits depend on it."""

from __future__ import annotations

import os
from typing import Any

_chosen: list[Any] = []


def use_threads(count: int | None = None) -> int:
    """Let matrix products run on `count` threads, by default on all cores but one; returns the number in force."""
    import threadpoolctl

    wanted = count or max(1, (os.cpu_count() or 2) - 1)
    _chosen[:] = [threadpoolctl.threadpool_limits(wanted, user_api="blas")]
    return threads()


def threads() -> int:
    """The number of threads in force; 0 when no BLAS library says."""
    return max((library["num_threads"] for library in _libraries()), default=0)


def description() -> str:
    """Name, version and processor kernels of the BLAS library, for people."""
    return ", ".join(
        f"{library['internal_api']} {library['version']} ({library.get('architecture', '?')})" for library in _libraries()
    )


def _libraries() -> list[dict[str, Any]]:
    import threadpoolctl

    return [library for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"]
