"""Writes a random rule set that uses every operator of the exchange file, to test the translators against each other."""

import argparse
import json
import random
from pathlib import Path

CODES = ["a", "b", "c", "d"]
FACTS = {
    "flag": ["flag_a", "flag_b", "flag_c", "flag_d"], "count": ["count_a", "count_b"], "date": ["date_a", "date_b", "date_c"],
    "money": ["money_a", "money_b", "money_c"], "ratio": ["ratio_a", "ratio_b"], "code": ["code_a", "code_b"],
}
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]
LITERALS = {
    "count": [0, 1, 3, 6, 12], "money": [0, 100_000_000, 1_000_000_000, 3_000_000_000], "ratio": [0, 5_000, 12_345],
    "date": [16_859, 18_321, 19_782, 20_148], "code": [0, 1, 2, 3],
}
CONDITIONS, MEASURES, DERIVED = 6, 8, 3


class Grower:
    """Grows typed expressions from one seed; derived facts join the facts that later expressions may read."""

    def __init__(self, seed: int):
        self.pick = random.Random(seed)
        self.facts = {kind: list(names) for kind, names in FACTS.items()}

    def fact(self, kind: str) -> dict:
        return {"op": "fact", "name": self.pick.choice(self.facts[kind])}

    def literal(self, kind: str) -> dict:
        if kind == "flag":
            return {"op": "flag", "value": self.pick.random() < 0.5}
        op = kind if kind in ("date", "code") else "int"
        return {"op": op, "value": self.pick.choice(LITERALS[kind])}

    def value(self, kind: str, depth: int) -> dict:
        """A number, a code or a date; never a literal alone, so that every condition reads a fact."""
        if depth == 0 or self.pick.random() < 0.5:
            return self.fact(kind)
        if kind == "date" and self.pick.random() < 0.7:
            op, most = self.pick.choice([("add_months", 36), ("add_days", 400)])
            shift = {"op": "int", "value": self.pick.randint(-most, most)}
            return {"op": op, "args": [self.fact(kind), shift]}
        if kind == "money" and self.pick.random() < 0.7:
            op = self.pick.choice(["add", "sub", "mul"])
            other = {"op": "int", "value": self.pick.randint(-9, 9)} if op == "mul" else self.fact(kind)
            return {"op": op, "args": [self.fact(kind), other]}
        return self.case(kind, depth)

    def case(self, kind: str, depth: int) -> dict:
        grow = self.truth if kind == "flag" else lambda d: self.value(kind, d)
        result = lambda: self.literal(kind) if self.pick.random() < 0.3 else grow(depth - 1)
        arms = [{"when": self.truth(depth - 1), "then": result()} for _ in range(self.pick.randint(1, 3))]
        arms[0]["then"] = grow(depth - 1)
        made = {"op": "case", "whens": arms}
        return made | {"else": result()} if self.pick.random() < 0.8 else made

    def comparison(self, depth: int) -> dict:
        kind = self.pick.choice(["count", "money", "ratio", "date", "code", "flag"])
        op = self.pick.choice(COMPARISONS if kind not in ("code", "flag") else ["eq", "ne"])
        grow = self.truth if kind == "flag" else lambda d: self.value(kind, d)
        right = self.literal(kind) if self.pick.random() < 0.5 else grow(depth - 1)
        return {"op": op, "args": [grow(depth - 1), right]}

    def truth(self, depth: int) -> dict:
        if depth <= 0:
            return self.fact("flag")
        kind = self.pick.choice(["fact", "and", "or", "not", "compare", "compare", "in", "case"])
        if kind == "fact":
            return self.fact("flag")
        if kind in ("and", "or"):
            return {"op": kind, "args": [self.truth(depth - 1) for _ in range(self.pick.randint(2, 3))]}
        if kind == "not":
            return {"op": "not", "args": [self.truth(depth - 1)]}
        if kind == "in":
            subject = self.pick.choice(["code", "count"])
            listed = [self.literal(subject) for _ in range(self.pick.randint(1, 3))]
            return {"op": "in", "args": [self.value(subject, depth - 1), *listed]}
        return self.case("flag", depth) if kind == "case" else self.comparison(depth)


def rule_set(seed: int) -> dict:
    """Some measures over base facts and derived ones."""
    grow = Grower(seed)
    facts = [{"name": n, "type": k} | ({"codes": CODES} if k == "code" else {}) for k, names in FACTS.items() for n in names]
    derived = []
    for at in range(DERIVED):
        kind = grow.pick.choice(["flag", "code", "date", "money"])
        made = {"name": f"derived_{at}", "type": kind, "expr": grow.case(kind, 2)}
        derived.append(made | ({"codes": CODES} if kind == "code" else {}))
        grow.facts[kind].append(f"derived_{at}")
    conditions = lambda: [{"name": f"condition_{c}", "expr": grow.truth(3)} for c in range(CONDITIONS)]
    measures = [{"id": f"measure-{m}", "conditions": conditions()[: grow.pick.randint(1, CONDITIONS)]} for m in range(MEASURES)]
    return {"facts": facts, "derived": derived, "measures": measures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()
    args.rules.write_text(json.dumps(rule_set(args.seed), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
