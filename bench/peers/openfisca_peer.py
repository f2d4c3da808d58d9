"""OpenFisca-Core: each condition and measure a Variable with a vector formula; `<fact>_known` is each fact's companion mask.

OpenFisca has no unknown and stores integers in 32 bits. Two favours: integer variables are widened to 64 bits, and
a condition answers its three values in one array, so that truth and knowledge are computed in one pass."""

import datetime
import functools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from exchange import Fact, RuleSet
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from tristate import FALSE, TRUE, UNKNOWN
from vector import Source, boolean, is_boolean, number, pack

VALUE_TYPES = {"flag": bool, "date": datetime.date}
WIDTHS = {"count": np.int32, "money": np.int64, "ratio": np.int32, "code": np.uint8}
FROM_ORDERED = np.array([FALSE, UNKNOWN, TRUE], np.uint8)
MATTER = build_entity("matter", "matters", "A matter that the law decides about", is_person=True)
DAY = "2024-04-06"  # every formula is asked for one day; the rules carry their own dates


def variable(name: str, value_type: type, formula=None) -> type[Variable]:
    """A Variable class made by name, as a country package would write it by hand."""
    body = {"value_type": value_type, "entity": MATTER, "definition_period": DateUnit.DAY, "label": name}
    if formula:
        body["formula"] = formula
    return type(name, (Variable,), body)


def condition_formula(expr: dict):
    """The vector formula of one condition: facts are asked from the simulation, answers are three-valued bytes."""

    def formula(matters, period):
        return pack(boolean(expr, Source(lambda name: matters(name, period))))

    return formula


def derived_formula(name: str, expr: dict):
    """A derived fact's values; its mask comes out of the same pass and is put where `<name>_known` will look for it."""

    def formula(matters, period):
        source = Source(lambda fact: matters(fact, period))
        if is_boolean(expr, source):
            true, false = boolean(expr, source)
            value, known = true, true | false
        else:
            value, known = number(expr, source)
        matters.get_holder(f"{name}_known").put_in_cache(np.broadcast_to(known, matters.count), period)
        return value

    return formula


def verdict_formula(columns: list[str]):
    """The Kleene AND of conditions: in the order false, unknown, true it is the least of them."""

    def formula(matters, period):
        return functools.reduce(np.minimum, [matters(column, period) for column in columns])

    return formula


def system(rules: RuleSet) -> TaxBenefitSystem:
    """The rule set as a tax and benefit system."""
    made = TaxBenefitSystem([MATTER])

    def add(name, value_type, dtype=None, formula=None):
        made.add_variable(variable(name, value_type, formula))
        if dtype is not None:
            made.variables[name].dtype = dtype

    for fact in rules.facts:
        add(fact.name, VALUE_TYPES.get(fact.type, int), WIDTHS.get(fact.type))
        add(f"{fact.name}_known", bool)
    for derived in rules.derived:
        name, kind = derived.fact.name, derived.fact.type
        add(name, VALUE_TYPES.get(kind, int), WIDTHS.get(kind), derived_formula(name, derived.expr))
        add(f"{name}_known", bool)
    for condition in rules.distinct:
        add(condition.column, int, np.uint8, condition_formula(condition.expr))
    for measure in rules.measures:
        add(measure.column, int, np.uint8, verdict_formula([c.column for c in measure.conditions]))
    return made


def inputs(fact: Fact, column: pa.ChunkedArray) -> dict[str, np.ndarray]:
    """A fact's values (anything where unknown) and its mask."""
    values = pc.cast(column, pa.int32()) if fact.type == "date" else column
    filled = pc.fill_null(values, pa.scalar(0).cast(values.type)).to_numpy()
    if fact.type == "date":
        filled = filled.astype("datetime64[D]")
    return {fact.name: filled, f"{fact.name}_known": pc.is_valid(column).to_numpy()}


class Peer:
    """A simulation is filled before each run, since it remembers what it has computed; only computing is timed."""

    def __init__(self, rules: RuleSet, facts: pa.Table):
        self.columns = rules.columns
        self.computed = list(dict.fromkeys(rules.columns))
        self.system = system(rules)
        self.rows = facts.num_rows
        self.inputs = {}
        for fact in rules.facts:
            self.inputs.update(inputs(fact, facts[fact.name]))

    def fresh(self) -> None:
        """Before each run, outside the clock."""
        self.simulation = SimulationBuilder().build_default_simulation(self.system, count=self.rows)
        for name, values in self.inputs.items():
            self.simulation.set_input(name, DAY, values)

    def run(self) -> dict[str, np.ndarray]:
        return {name: self.simulation.calculate(name, DAY) for name in self.computed}

    def answers(self, result: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [FROM_ORDERED[result[name]] for name in self.columns]
