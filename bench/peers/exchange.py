"""The rule exchange file: loading it, and the few questions every translator asks of an expression."""

import json
from dataclasses import dataclass
from pathlib import Path

COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "<>"}
ARITHMETIC = {"add": "+", "sub": "-", "mul": "*"}
LITERALS = {"int", "flag", "code", "date"}


@dataclass(frozen=True)
class Fact:
    """One input column; `type` is flag, count, date, money, ratio or code; a required one is never unknown."""

    name: str
    type: str
    codes: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Derived:
    """One fact that the rules compute from facts and from earlier derived facts."""

    fact: Fact
    expr: dict


@dataclass(frozen=True)
class Condition:
    """One named condition; `column` is its name in an engine's output, the same for equal conditions."""

    column: str
    expr: dict


@dataclass(frozen=True)
class Measure:
    """One measure: the Kleene AND of its conditions."""

    column: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class RuleSet:
    """A whole exchange file."""

    facts: tuple[Fact, ...]
    derived: tuple[Derived, ...]
    measures: tuple[Measure, ...]

    @property
    def conditions(self) -> list[Condition]:
        """Every condition, in file order."""
        return [condition for measure in self.measures for condition in measure.conditions]

    @property
    def distinct(self) -> list[Condition]:
        """The conditions that an engine computes: equal ones once, as Greenlane does it."""
        return list({c.column: c for c in self.conditions}.values())

    @property
    def columns(self) -> list[str]:
        """The columns of a full answer: every condition, then every measure."""
        return [c.column for c in self.conditions] + [m.column for m in self.measures]


def fact(described: dict) -> Fact:
    """A fact as the file describes it."""
    return Fact(described["name"], described["type"], tuple(described.get("codes", ())), described.get("required", False))


def load(path: str | Path) -> RuleSet:
    """Reads an exchange file; distinct conditions are c0, c1, … and measures m0, m1, …"""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    facts = tuple(fact(f) for f in document["facts"])
    derived = tuple(Derived(fact(d), d["expr"]) for d in document.get("derived", ()))
    measures, columns = [], {}
    for index, measure in enumerate(document["measures"]):
        conditions = []
        for condition in measure["conditions"]:
            column = columns.setdefault(json.dumps(condition["expr"]), f"c{len(columns)}")
            conditions.append(Condition(column, condition["expr"]))
        measures.append(Measure(f"m{index}", tuple(conditions)))
    return RuleSet(facts, derived, tuple(measures))
