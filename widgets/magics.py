"""``%nas``: list, open and command searches by one line; each says the Python that does the same."""

from __future__ import annotations

from typing import Any

USAGE = "%nas status | attach [ID] | pause ID | resume ID | stop ID"


def register(ipython: Any) -> None:
    """Register ``%nas`` with an IPython shell."""
    ipython.register_magic_function(nas, "line", "nas")


def nas(line: str) -> Any:
    """``%nas status`` lists the searches of the default store; the other verbs act on one of them.

    Raises:
        ValueError: If the line is none of these.
    """
    verb, _, rest = line.strip().partition(" ")
    name = rest.strip()
    if verb in ("", "status"):
        return _status()
    if verb == "attach":
        from .studio import attach

        print(f"# kn.attach({name!r})" if name else "# kn.attach()")
        return attach(_id(name) if name else None)
    if verb in ("pause", "resume", "stop") and name:
        from kerasnas.search import Search

        print(f"# kn.Search.attach({name!r}).{verb}()")
        getattr(Search.attach(_id(name)), verb)()
        return None
    raise ValueError(f"%nas does not know `{line.strip()}`. It knows: {USAGE}.")


def _id(name: str) -> Any:
    return name.strip("\"'")


def _status() -> Any:
    import pandas

    import meta_store
    from kerasnas.run.folder import default_store

    print("# kerasnas runs (in a terminal)")
    with meta_store.open(default_store()) as store:
        rows = [
            {"id": r.id, "state": r.state, "strategy": r.strategy, "budget": r.budget}
            for r in store.list_searches()
        ]
    return pandas.DataFrame(rows, columns=["id", "state", "strategy", "budget"])
