"""Writes facts for a rule set as one Arrow IPC file: same seed, same bytes; about one value in five is unknown."""

import argparse
from dataclasses import dataclass, field

import exchange
import numpy as np
import pyarrow as pa

FAVOURABLE_SHARE = 0.2
UNKNOWN_SHARE = 0.25  # of ordinary rows; with a tenth of it in favourable ones, one value in five over all
RANGES = {"date": (16_801, 20_453), "money": (0, 4_000_000_000), "ratio": (0, 20_000)}  # dates: the years 2016 to 2025
LEANS = {"lt": -1, "le": -1, "gt": 1, "ge": 1, "not": -1}
ARROW_TYPES = {
    "flag": pa.bool_(), "count": pa.int32(), "money": pa.int64(),
    "ratio": pa.int32(), "code": pa.uint8(), "date": pa.date32(),
}


@dataclass
class Hint:
    """What the rules say of a fact: the literals it is compared with, and which way a favourable value leans."""

    near: set[int] = field(default_factory=set)
    lean: int = 0


def hints(rules: exchange.RuleSet) -> dict[str, Hint]:
    """Values near a threshold are the ones worth drawing; leaning rows let measures be granted at all."""
    found = {fact.name: Hint() for fact in (*rules.facts, *(d.fact for d in rules.derived))}

    def visit(node: dict) -> None:
        args = node.get("args", [])
        literals = {a["value"] for a in args if a["op"] in ("int", "code", "date")}
        for position, arg in enumerate(args):
            if arg["op"] == "fact":
                hint = found[arg["name"]]
                hint.near |= literals
                hint.lean = hint.lean or LEANS.get(node["op"], 0) * (-1 if position else 1)
            visit(arg)
        for arm in node.get("whens", []):
            visit(arm["when"])
            visit(arm["then"])
        if node.get("else"):
            visit(node["else"])

    for expr in [d.expr for d in rules.derived] + [c.expr for c in rules.distinct]:
        visit(expr)
    return found


def spread(low: int, high: int, lean: int, favourable: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Even over the range; in favourable rows over the half that the fact leans to."""
    share = random.random(len(favourable))
    leaning = {1: 0.5 + share / 2, -1: share / 2, 0: share}[lean]
    return (low + np.where(favourable, leaning, share) * (high - low)).astype(np.int64)


def draw(fact: exchange.Fact, hint: Hint, favourable: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Values of one fact; in ordinary rows one in four lies exactly at, below or above a literal of the rules."""
    rows = len(favourable)
    if fact.type == "flag":
        wanted = hint.lean >= 0
        return np.where(random.random(rows) < np.where(favourable, 0.97, 0.7), wanted, not wanted)
    if fact.type == "code":
        drawn = random.integers(0, len(fact.codes), rows)
        if fact.required:  # what kind of row it is: every kind must occur among favourable ones
            return drawn
        return np.where(random.random(rows) < np.where(favourable, 0.95, 0.4), 0, drawn)
    if fact.type == "count":
        if hint.near - set(range(100)):  # a number that names something, such as an office
            return random.choice(np.array(sorted(hint.near)), rows) + np.where(favourable, 0, random.integers(0, 2, rows))
        return np.where(favourable, 0, random.choice(np.array([0, 0, 0, 0, 1, 3, 6, 12]), rows))
    low, high = RANGES[fact.type]
    values = spread(low, high, hint.lean, favourable, random)
    if hint.near:
        near = np.array(sorted(hint.near))
        edges = near[random.integers(0, len(near), rows)] + random.integers(-1, 2, rows)
        values = np.where(~favourable & (random.random(rows) < 0.25), edges, values)
    return values


def table(rules: exchange.RuleSet, rows: int, seed: int) -> pa.Table:
    """The whole facts table, unknown as Arrow null."""
    random = np.random.default_rng(seed)
    said = hints(rules)
    favourable = random.random(rows) < FAVOURABLE_SHARE
    unknown_share = np.where(favourable, UNKNOWN_SHARE / 10, UNKNOWN_SHARE)
    columns = {}
    for fact in rules.facts:
        values = draw(fact, said[fact.name], favourable, random)
        unknown = (random.random(rows) < unknown_share) & (not fact.required)
        kind = ARROW_TYPES[fact.type]
        plain = values.astype(np.int32) if fact.type == "date" else values.astype(kind.to_pandas_dtype())
        columns[fact.name] = pa.array(plain, mask=unknown).cast(kind)
    return pa.table(columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules")
    parser.add_argument("facts")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=36)
    args = parser.parse_args()
    facts = table(exchange.load(args.rules), args.rows, args.seed)
    with pa.OSFile(args.facts, "wb") as file, pa.ipc.new_file(file, facts.schema) as writer:
        writer.write_table(facts, max_chunksize=None)


if __name__ == "__main__":
    main()
