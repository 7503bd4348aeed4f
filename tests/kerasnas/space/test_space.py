"""What a space answers: genotypes checked strictly, restrictions, differences, settings."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import kerasnas as kn
from kerasnas.errors import GenotypeError, KerasnasError, SpaceError
from kerasnas.space import Choice, FloatRange, Genotype, Input, IntRange, Optional, Space, layers

from .spaces import VECTOR, vision


@pytest.fixture(scope="module")
def ranges() -> Space:
    def model(
        x,
        *,
        act=Choice("relu", "tanh", "selu"),
        depth=IntRange(1, 8, default=3),
        rate=FloatRange(0.0, 0.5),
        decay=Optional(FloatRange(1e-4, 1e-1, log=True), on=True),
        wide=Choice(False, True),
    ):
        return layers.Dense(depth, activation=act)(x * rate)

    return Space.trace(model, VECTOR, name="ranges")


# -- validate


def test_a_genotype_holds_the_active_decisions_only() -> None:
    space = vision()
    default = space.default()
    assert list(default) == ["net/depth", "stage/0/filters", "stage/0/attend"] or "net/depth" in default
    assert not any(p.startswith("net/stage/1") for p in default)
    assert not any("ratio" in p for p in default)
    deeper = space.validate(
        {**default, "net/depth": 2, "net/stage/1/filters": 4, "net/stage/1/attend": "none"}
    )
    assert space.is_active(deeper, "net/stage/1/filters")
    assert not space.is_active(default, "net/stage/1/filters")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"net/dept": 1}, r"no decision 'net/dept'\. Did you mean 'net/depth'"),
        ({"net/depth": 9}, r"'net/depth'. Expected an integer in \[1, 3\]\. Received: 9"),
        ({"net/depth": "2"}, r"Received: '2'"),
        ({"net/stage/0/attend": "see"}, "Did you mean 'se'"),
        ({"net/depth": 2}, r"lacks 'net/stage/1/filters', which is active here\. Expected one of \[4, 8\]"),
        ({"net/stage/1/filters": 4}, r"\['net/stage/1/filters'\] are not active"),
        ({"net/depth": None}, "Received: None"),
    ],
)
def test_what_does_not_fit_is_refused_with_path_and_remedy(change, message) -> None:
    space = vision()
    with pytest.raises(GenotypeError, match=message) as error:
        space.validate({**space.default(), **change})
    assert isinstance(error.value, KerasnasError)
    assert isinstance(error.value, ValueError)


def test_values_become_plain_and_in_order(ranges: Space) -> None:
    given = {
        "wide": np.bool_(True),
        "rate": np.float32(0.25),
        "depth": np.int64(2),
        "act": "tanh",
        "decay": None,
    }
    found = ranges.validate(given)
    assert list(found) == ["act", "depth", "rate", "decay", "wide"]
    assert found.to_json() == {"act": "tanh", "depth": 2, "rate": 0.25, "decay": None, "wide": True}
    assert type(found["depth"]) is int
    assert type(found["wide"]) is bool
    assert ranges.validate({**given, "rate": 0}).key == ranges.validate({**given, "rate": 0.0}).key


# -- genotypes


def test_a_genotype_is_a_value() -> None:
    a, b = Genotype({"x": 1, "y": None}), Genotype({"y": None, "x": 1})
    assert a == b == {"x": 1, "y": None}
    assert hash(a) == hash(b)
    assert {a: 1}[b] == 1
    assert a.key == b.key
    assert len(a.key) == 64
    assert a != Genotype({"x": True, "y": None})
    assert Genotype.from_json(a.to_json()) == a
    assert "x=1" in repr(a)
    assert "<table>" in a._repr_html_()
    with pytest.raises(TypeError):
        a["x"] = 2  # type: ignore[index]
    for wrong in ({"x": [1]}, {1: 2}, {"x": float("nan")}):
        with pytest.raises(GenotypeError, match="maps paths to"):
            Genotype(wrong)  # type: ignore[arg-type]


# -- restrict


@pytest.mark.parametrize(
    ("allowed", "domain", "default"),
    [
        ({"act": ["tanh", "selu"]}, ("tanh", "selu"), "tanh"),
        ({"act": "selu"}, ("selu",), "selu"),
        ({"act": ("selu", "relu")}, ("relu", "selu"), "relu"),
        ({"depth": (5, 6)}, (5, 6), 5),
        ({"depth": [2, 3]}, (2, 3), 3),
        ({"depth": [1, 2, 4, 8]}, (1, 2, 4, 8), 2),
        ({"depth": 7}, (7,), 7),
        ({"rate": 0.1}, (0.1,), 0.1),
        ({"rate": [0, 0.5]}, (0.0, 0.5), 0.0),
        ({"decay": None}, (None,), None),
        ({"decay": [None, 0.01]}, (None, 0.01), 0.01),
        ({"wide": [True]}, (True,), True),
    ],
)
def test_restrict_leaves_what_is_allowed(ranges: Space, allowed, domain, default) -> None:
    (path,) = allowed
    narrow = ranges.restrict(allowed)
    assert narrow.decisions[path].domain() == domain
    assert narrow.decisions[path].default == default
    drawn = {narrow.sample(i)[path] for i in range(12)}
    assert drawn <= set(domain)
    assert ranges.decisions[path].domain if path else None
    restored = Space.from_json(narrow.to_json())
    assert restored.fingerprint == narrow.fingerprint != ranges.fingerprint
    assert restored.decisions[path].domain() == domain
    assert [restored.sample(i).key for i in range(5)] == [narrow.sample(i).key for i in range(5)]


def test_restrict_a_real_range(ranges: Space) -> None:
    narrow = ranges.restrict({"decay": (1e-3, 1e-2)})
    assert all(1e-3 <= narrow.sample(i)["decay"] <= 1e-2 for i in range(20))  # type: ignore[operator]
    assert narrow.decisions["decay"].log


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ({"atc": ["relu"]}, r"no decision 'atc'\. Did you mean 'act'"),
        ({"zzz/*": 1}, r"no decision 'zzz/\*'\. It has: act, depth"),
        (
            {"act": ["rleu"]},
            r"'act' cannot be restricted to 'rleu'.*\['relu', 'tanh', 'selu'\]\. Did you mean 'relu'",
        ),
        ({"act": []}, "restricted to nothing"),
        ({"depth": (0, 3)}, r"Expected a pair within \(1, 8\)"),
        ({"depth": (6, 2)}, "low is above high"),
        ({"depth": 9}, "cannot be restricted to 9"),
        ({"depth": None}, "cannot be restricted to None"),
        ({"rate": "a"}, "cannot be restricted to 'a'"),
        ({"wide": 1}, "cannot be restricted to 1"),
    ],
)
def test_restrict_says_what_is_wrong(ranges: Space, allowed, message) -> None:
    with pytest.raises(SpaceError, match=message):
        ranges.restrict(allowed)


def test_restrict_by_pattern() -> None:
    space = vision().restrict({"*/attend": "none", "net/stage/?/filters": [8]})
    assert {space.sample(i)["net/stage/0/filters"] for i in range(5)} == {8}
    assert not any("ratio" in p for i in range(10) for p in space.sample(i))
    assert space.size() == 3


def test_restrict_by_the_function_itself() -> None:
    from .spaces import cell

    def model(x, *, kind=Choice(None, cell)):
        from kerasnas.space import pick

        return layers.Dense(1)(pick(kind, x))

    space = Space.trace(model, VECTOR)
    assert space.restrict({"kind": cell}).default()["kind"] == "cell"
    assert space.restrict({"kind": None}).size() == 1


def test_pin_and_diff(ranges: Space) -> None:
    pinned = ranges.pin({"act": "selu", "decay": None})
    assert pinned.default()["act"] == "selu"
    assert set(ranges.diff(pinned)) == {"act", "decay"}
    assert ranges.diff(pinned)["decay"][1] == "None, default None"
    assert ranges.diff(ranges) == {}
    assert ranges.diff(vision())["act"] == ("one of ['relu', 'tanh', 'selu'], default 'relu'", None)


# -- settings, inputs, words


def test_training_choices_are_decisions_of_the_space(spaces: dict[str, Space]) -> None:
    space = spaces["perceptron"]
    assert [p for p in space.decisions if p.startswith("training/")] == [
        "training/optimizer",
        "training/batch_size",
    ]
    genotype = space.sample(0, {"training/batch_size": 32})
    assert space.training(genotype)["steps"] == 64
    assert space.training(genotype)["note"] == "fixed"
    assert spaces["tied"].training(spaces["tied"].default()) == {}
    for wrong in (lambda: 3, lambda *, n=Choice(1, 2): n):
        with pytest.raises(SpaceError, match="must return a dict of settings"):
            Space.trace(lambda x: x, VECTOR, training=wrong)


def test_a_plan_has_what_the_outputs_need() -> None:
    def model(used, idle):
        layers.Dense(50, name="dead")(used)
        return layers.Dense(2)(used)

    plan = Space.trace(model, {"used": Input((3,)), "idle": Input((4,))}).plan({})
    assert list(plan.inputs) == ["used"]
    assert plan.parameters == 8
    assert plan.flops == 2 * 3 * 2 or plan.flops > 0  # type: ignore[operator]
    assert plan.unknown == ()


def test_it_describes_itself(spaces: dict[str, Space], ranges: Space) -> None:
    text = spaces["vision"].describe()
    assert text.startswith("Space 'vision':")
    assert "net/depth: an integer in [1, 3], default 1" in text
    assert "infinitely many genotypes" in ranges.describe()
    assert "number in [0.0001, 0.1] or None (log)" in ranges.describe()
    assert "<table>" in ranges._repr_html_()
    assert repr(ranges) == "<Space 'ranges' with 5 decisions>"
    assert ranges.inputs == {"x": Input((6,))}


def test_the_name_is_not_part_of_the_fingerprint() -> None:
    a, b = vision(), Space.trace(lambda x: layers.Dense(1)(x), VECTOR, name="vision")
    assert a.fingerprint == vision().fingerprint
    assert a.fingerprint != b.fingerprint


def test_every_word_is_reachable_and_none_loads_keras() -> None:
    code = (
        "import sys, kerasnas as kn, kerasnas.space as s\n"
        "for n in ('block','Block','Choice','IntRange','FloatRange','Optional','Input','ops','custom','external',"
        "'pick','when','repeat','match_like','tied','shared','require','channels','size','dim','ceil_div','at_least','present',"
        "'Space','Genotype','Decision','Plan','Step','Tensor','Node','Region','Value','Expr','Ref','Dim','align'):\n"
        "    assert getattr(kn, n) is getattr(s, n), n\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert kn.Space is Space


def test_a_genotype_is_walked_once_however_often_it_is_asked_about(spaces, monkeypatch) -> None:
    space = spaces["vision"].restrict({})
    genotype = space.sample(3)
    cost = space.cost(genotype)
    walked = []
    walk = Space.walk
    monkeypatch.setattr(
        Space, "walk", lambda self, *given, **named: walked.append(1) or walk(self, *given, **named)
    )
    assert space.cost(Genotype(genotype)) == cost
    assert space.validate(genotype) == genotype
    assert list(space.validate(genotype)) == list(genotype)
    assert walked == []
    backwards = dict(reversed(list(genotype.items())))
    assert list(space.validate(backwards)) == list(genotype)  # put into the space's order
    assert space.cost(backwards) == cost
    assert len(walked) == 2
    for path, value in genotype.items():
        if isinstance(value, int) and not isinstance(value, bool):
            with pytest.raises(GenotypeError):  # equal for Python, and not what the space says
                space.validate(Genotype({**genotype, path: bool(value)}))
            break
    with pytest.raises(GenotypeError):
        space.cost({**genotype, path: [1]})
