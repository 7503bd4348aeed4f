"""What AutoKeras does, in an environment of its own: ``python autokeras_script.py ROWS FOLDER TRIALS EPOCHS``.

Prints one line of JSON: seconds of ``fit`` and held-out accuracy. Imports nothing of this project.
"""

import json
import sys
import time
from pathlib import Path


def main(rows: str, folder: str, trials: int, epochs: int) -> None:
    """Search, refit, judge the held-out rows once."""
    launched = time.perf_counter()
    import autokeras
    import keras
    import numpy as np

    data = np.load(rows)
    began = time.perf_counter()
    model = autokeras.ImageClassifier(
        max_trials=trials, directory=folder, project_name="bench", overwrite=True, seed=0
    )
    model.fit(data["x_train"], data["y_train"], epochs=epochs, verbose=0)
    fitted = time.perf_counter()
    said = np.asarray(model.predict(data["x_test"], verbose=0)).reshape(-1).astype(str)
    statuses = [trial.status for trial in model.tuner.oracle.trials.values()]
    print(json.dumps({
        "accuracy": float((said == data["y_test"].astype(str)).mean()), "fit_seconds": fitted - began, "start_up": began - launched,
        "trials": {status: statuses.count(status) for status in set(statuses)}, "autokeras": autokeras.__version__, "keras": keras.__version__,
        "bytes": sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()),
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
