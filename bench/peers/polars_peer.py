"""Polars: the rules as lazy expressions over an in-memory frame; unknown is null, `&` and `|` on booleans are Kleene's."""

import functools
import operator

import numpy as np
import polars as pl
import pyarrow as pa
from exchange import RuleSet
from tristate import from_arrow

BINARY = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")}
ARITHMETIC = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def expression(e: dict) -> pl.Expr:
    """One expression as a Polars expression."""
    op = e["op"]
    if op == "fact":
        return pl.col(e["name"])
    if op == "flag":
        return pl.lit(e["value"])
    if op in ("int", "code"):
        return pl.lit(e["value"])
    if op == "date":
        return pl.lit(e["value"]).cast(pl.Int32).cast(pl.Date)
    if op == "case":
        return case_expression(e)
    if op == "in":
        return expression(e["args"][0]).is_in([a["value"] for a in e["args"][1:]])
    if op == "add_months":
        return expression(e["args"][0]).dt.offset_by(f"{e['args'][1]['value']}mo")
    if op == "add_days":
        return expression(e["args"][0]).dt.offset_by(f"{e['args'][1]['value']}d")
    args = [expression(a) for a in e["args"]]
    if op in ("and", "or"):
        return functools.reduce(operator.and_ if op == "and" else operator.or_, args)
    if op == "not":
        return ~args[0]
    if op in BINARY:
        return BINARY[op](*args)
    if op in ARITHMETIC:
        return ARITHMETIC[op](*[a.cast(pl.Int64) for a in args])
    raise ValueError(f"Polars has no translation of `{op}`")


def case_expression(e: dict) -> pl.Expr:
    """Polars skips a `when` that is null; the rules stop there, so each is asked first whether it is known."""
    chain = pl
    for arm in e["whens"]:
        when = expression(arm["when"])
        chain = chain.when(when.is_null()).then(None).when(when).then(expression(arm["then"]))
    return chain.otherwise(expression(e["else"]) if e.get("else") else None)


class Peer:
    """One lazy plan, collected for each run on all cores."""

    def __init__(self, rules: RuleSet, facts: pa.Table):
        self.columns = rules.columns
        conditions = [expression(c.expr).alias(c.column) for c in rules.distinct]
        verdicts = []
        for measure in rules.measures:
            parts = [pl.col(c.column) for c in measure.conditions]
            verdicts.append(functools.reduce(operator.and_, parts).alias(measure.column))
        plan = pl.from_arrow(facts).rechunk().lazy()
        for derived in rules.derived:
            plan = plan.with_columns(expression(derived.expr).alias(derived.fact.name))
        self.plan = plan.select(conditions).with_columns(verdicts)

    def run(self) -> pl.DataFrame:
        return self.plan.collect()

    def answers(self, result: pl.DataFrame) -> list[np.ndarray]:
        return [from_arrow(result[name].to_arrow()) for name in self.columns]
