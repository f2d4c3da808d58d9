"""Writes matters as an office would have them: mostly declarations, each stating the facts that its kind of matter has."""

import argparse

import exchange
import numpy as np
import pyarrow as pa
from generate import ARROW_TYPES, draw, hints

SHARES = {
    "import_declaration": 0.50, "export_declaration": 0.38, "amendment": 0.02, "port_inspection": 0.025,
    "local_inspection": 0.02, "sampling": 0.015, "foreign_registration": 0.004, "farm_filing": 0.003,
    "packaging_test": 0.007, "guarantee_waiver": 0.004, "voluntary_disclosure": 0.008, "admission": 0.002,
    "card_request": 0.004, "help_ticket": 0.006, "coordination_case": 0.002,
}
ON_GOODS = list(SHARES)[:6]
LEVELS = [0.25, 0.02, 0.71, 0.015, 0.005]
WAIVER = ("applicant_cash", "applicant_debt", "applicant_tax_paid", "applicant_tax_late", "applicant_penalties",
          "applicant_suspended", "applicant_downgraded", "applicant_advanced_since", "applicant_is_producer", "cash_ratio", "debt_ratio")
DISCLOSURE = ("violation", "found_by_customs", "corrected", "tax_short", "tax_due")
STATED_BY = {
    "admission": ("admission_to", "applicant_erp", "applicant_linked"), "guarantee_waiver": WAIVER, "voluntary_disclosure": DISCLOSURE,
    "coordination_case": ("case_kind", "applicant_linked"),
    "packaging_test": ("is_hazardous_packaging",), "foreign_registration": ("foreign_registration", "registered_", "target_", "is_aquatic"),
    "farm_filing": ("is_aquatic", "registered_", "target_"),
}
OFFICES = [3101, 2201, 5141, 5301, 5316, 2225, 2301, 4227, 202, 2248, 4601, 3701, 1801, 5201, 9001, 4301]


def known_to(name: str, matter: np.ndarray, codes: tuple[str, ...], random: np.random.Generator) -> np.ndarray:
    """Which rows state a fact; one in fifty of those that should does not."""
    of_kinds = lambda kinds: np.isin(matter, [codes.index(kind) for kind in kinds])
    stated = random.random(len(matter)) < 0.98
    if name in ("office",):
        return stated
    kinds = [kind for kind, prefixes in STATED_BY.items() if name.startswith(prefixes)]
    if name == "applicant_level":
        kinds = [kind for kind in SHARES if kind not in ON_GOODS]
    if kinds:
        return stated & of_kinds(kinds)
    if name.startswith("carrier"):
        return stated & of_kinds(ON_GOODS) & (random.random(len(matter)) < 0.1)
    if name.startswith("individual_measure"):
        return stated & (random.random(len(matter)) < 0.001)
    return stated & of_kinds(ON_GOODS)


def values_of(fact: exchange.Fact, hint, units: np.ndarray, matter: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Values of one fact over all rows."""
    rows = len(matter)
    if fact.name == "matter":
        return matter
    if fact.name == "unit":
        return units
    if fact.name == "decided_on":  # in the order in which they came, April 2024 to March 2026
        return np.sort(random.integers(19_819, 20_543, rows))
    if fact.name == "office":
        return random.choice(np.array(OFFICES), rows)
    if fact.name.endswith("_level"):
        return random.choice(len(LEVELS), rows, p=LEVELS)
    if fact.name.startswith("is_") and fact.type == "flag":
        return random.random(rows) < 0.06
    return draw(fact, hint, random.random(rows) < 0.5, random)


def table(rules: exchange.RuleSet, rows: int, seed: int) -> pa.Table:
    """The whole facts table, unknown as Arrow null."""
    random = np.random.default_rng(seed)
    said = hints(rules)
    facts = {fact.name: fact for fact in rules.facts}
    codes, units = facts["matter"].codes, facts["unit"].codes
    matter = random.choice([codes.index(kind) for kind in SHARES], rows, p=np.array(list(SHARES.values())) / sum(SHARES.values()))
    on_goods = np.isin(matter, [codes.index(kind) for kind in ON_GOODS])
    goods_unit = random.choice([units.index(unit) for unit in ("single", "declaration", "item")], rows, p=[0.5, 0.2, 0.3])
    unit = np.where(on_goods, goods_unit, units.index("application"))
    columns = {}
    for fact in rules.facts:
        values = values_of(fact, said[fact.name], unit, matter, random)
        unknown = np.zeros(rows, bool) if fact.required else ~known_to(fact.name, matter, codes, random)
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
