"""DuckDB: the rules as one SQL statement over an in-memory table; unknown is NULL, Kleene's logic is SQL's own."""

import duckdb
import numpy as np
import pyarrow as pa
from exchange import ARITHMETIC, COMPARISONS, RuleSet
from tristate import from_arrow


def sql(e: dict) -> str:
    """One expression as SQL text."""
    op = e["op"]
    if op == "fact":
        return f'"{e["name"]}"'
    if op in ("int", "code"):
        return str(e["value"])
    if op == "flag":
        return str(e["value"]).upper()
    if op == "date":
        return f"(DATE '1970-01-01' + {e['value']})"
    if op == "case":
        return case_sql(e)
    args = [sql(a) for a in e["args"]]
    if op in ("and", "or"):
        return "(" + f" {op.upper()} ".join(args) + ")"
    if op == "not":
        return f"(NOT {args[0]})"
    if op == "in":
        return f"({args[0]} IN ({', '.join(args[1:])}))"
    if op in COMPARISONS:
        return f"({args[0]} {COMPARISONS[op]} {args[1]})"
    if op in ARITHMETIC:
        return f"({args[0]}::BIGINT {ARITHMETIC[op]} {args[1]}::BIGINT)"
    if op == "add_days":
        return f"({args[0]} + {args[1]})"
    if op == "add_months":
        return f"({args[0]} + INTERVAL ({args[1]}) MONTH)::DATE"
    raise ValueError(f"DuckDB has no translation of `{op}`")


def case_sql(e: dict) -> str:
    """SQL skips a WHEN that is NULL; the rules stop there, so each WHEN is asked first whether it is known."""
    arms = []
    for arm in e["whens"]:
        when = sql(arm["when"])
        arms.append(f"WHEN {when} IS NULL THEN NULL WHEN {when} THEN {sql(arm['then'])}")
    otherwise = f" ELSE {sql(e['else'])}" if e.get("else") else ""
    return f"(CASE {' '.join(arms)}{otherwise} END)"


class Peer:
    """One statement, planned for each run (a prepared one was no faster); `run` gives an Arrow table."""

    def __init__(self, rules: RuleSet, facts: pa.Table):
        self.columns = rules.columns
        self.db = duckdb.connect()
        self.db.execute("SET preserve_insertion_order = true")
        self.db.register("source", facts)
        self.db.execute("CREATE TABLE facts AS SELECT * FROM source")
        self.db.unregister("source")
        conditions = ", ".join(f"{sql(c.expr)} AS {c.column}" for c in rules.distinct)
        verdicts = ", ".join(f"({' AND '.join(c.column for c in m.conditions)}) AS {m.column}" for m in rules.measures)
        source = "facts"
        for derived in rules.derived:
            source = f'(SELECT *, {sql(derived.expr)} AS "{derived.fact.name}" FROM {source})'
        self.statement = f"SELECT *, {verdicts} FROM (SELECT {conditions} FROM {source})"

    def run(self) -> pa.Table:
        return self.db.sql(self.statement).to_arrow_table()

    def answers(self, result: pa.Table) -> list[np.ndarray]:
        return [from_arrow(result[name]) for name in self.columns]
