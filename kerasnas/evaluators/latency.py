"""How long a model takes to judge one row on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Any

WARM_UP = 10  # calls that do not count: the first compiles, the next fill caches
RUNS = 50
LONGEST = 3.0  # seconds after which no further run begins, once there are FEWEST
FEWEST = 10


def latency(model: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """Measure a model: one row, batch 1, the compiled call that prediction makes, from arrays to arrays.

    Weights do not matter to it, so a model need not be trained. Preprocessing is not counted. What else runs on the machine is:
    the median stands a burst, not a steady load.

    Args:
        model: A Keras model.
        row: One row of each input, by name, dense.

    Returns:
        ``latency_ms``, the median; ``latency_quartiles_ms``, a pair; ``latency_protocol``: batch, warm_up, runs, device, backend.
    """
    import keras

    from .. import backend

    module = backend.current()
    run = module.forward(model)
    for _ in range(WARM_UP):
        run(row)
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < RUNS and (len(times) < FEWEST or time.perf_counter() - began < LONGEST):
        start = time.perf_counter()
        run(row)
        times.append(1e3 * (time.perf_counter() - start))
    low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
    protocol = {
        "batch": 1, "warm_up": WARM_UP, "runs": len(times), "device": module.devices()[0], "backend": keras.backend.backend(),
    }  # fmt: skip
    return {"latency_ms": middle, "latency_quartiles_ms": [low, high], "latency_protocol": protocol}
