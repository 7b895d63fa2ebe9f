"""What something takes of memory, counted by Python itself."""

import gc
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple


class Traced(NamedTuple):
    """Bytes over what there was before: those that stay, and the most at any time."""

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
