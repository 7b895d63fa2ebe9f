"""Memory use, counted by Python itself."""

import gc
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple


class Traced(NamedTuple):
    """Bytes above the start: those still in use, and the peak."""

    left: int
    peak: int


def traced(act: Callable) -> Traced:
    tracemalloc.start()
    try:
        act()
        gc.collect()
        return Traced(*tracemalloc.get_traced_memory())
    finally:
        tracemalloc.stop()
