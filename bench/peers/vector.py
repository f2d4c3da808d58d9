"""Three-valued expressions over numpy arrays: truth as a pair (surely true, surely false), a value as a pair (value, known)."""

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from exchange import LITERALS

COMPARE = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")}
ARITHMETIC = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
ALWAYS = np.bool_(True)
BOOLEAN_OPS = {"and", "or", "not", "in", "flag", *COMPARE}


@dataclass(frozen=True)
class Source:
    """Where facts come from: a function from a column's name to its array."""

    column: Callable[[str], np.ndarray]


def is_boolean(e: dict, source: Source) -> bool:
    """Whether an expression is a truth value rather than a number or a date."""
    if e["op"] == "fact":
        return source.column(e["name"]).dtype == np.bool_
    if e["op"] == "case":
        return is_boolean(e["whens"][0]["then"], source)
    return e["op"] in BOOLEAN_OPS


def boolean(e: dict, source: Source):
    """(surely true, surely false) of a truth-valued expression."""
    op = e["op"]
    if op == "fact":
        value, known = source.column(e["name"]), source.column(f"{e['name']}_known")
        return where_known(value, known)
    if op == "flag":
        return np.bool_(e["value"]), np.bool_(not e["value"])
    if op == "case":
        return boolean_case(e, source)
    if op == "in":
        value, known = number(e["args"][0], source)
        hits = [value == a["value"] for a in e["args"][1:]]
        return where_known(functools.reduce(operator.or_, hits), known)
    if op in COMPARE:
        return comparison(e, source)
    pairs = [boolean(a, source) for a in e["args"]]
    if op == "not":
        return pairs[0][1], pairs[0][0]
    true, false = pairs[0]
    for more_true, more_false in pairs[1:]:
        if op == "and":
            true, false = true & more_true, false | more_false
        else:
            true, false = true | more_true, false & more_false
    return true, false


def both_known(a, b):
    """Where both are known; a literal always is, and costs no pass over the rows."""
    return b if a is ALWAYS else a if b is ALWAYS else a & b


def where_known(hit, known):
    """A comparison's pair; `known > hit` is "known and not hit" in one pass."""
    return (hit, ~hit) if known is ALWAYS else (hit & known, known > hit)


def comparison(e: dict, source: Source):
    """A comparison of two numbers, dates or flags."""
    left, right = e["args"]
    if is_boolean(left, source):
        (lt, lf), (rt, rf) = boolean(left, source), boolean(right, source)
        same, differ = (lt & rt) | (lf & rf), (lt & rf) | (lf & rt)
        return (same, differ) if e["op"] == "eq" else (differ, same)
    (a, a_known), (b, b_known) = number(left, source), number(right, source)
    return where_known(COMPARE[e["op"]](a, b), both_known(a_known, b_known))


def boolean_case(e: dict, source: Source):
    """CASE over truth values: an unknown WHEN makes the rest unknown."""
    otherwise = e.get("else")
    true, false = boolean(otherwise, source) if otherwise else (np.bool_(False), np.bool_(False))
    for arm in reversed(e["whens"]):
        (when, unless), (then_true, then_false) = boolean(arm["when"], source), boolean(arm["then"], source)
        true, false = (when & then_true) | (unless & true), (when & then_false) | (unless & false)
    return true, false


def number(e: dict, source: Source):
    """(value, known) of a number or a date; the value is anything where it is not known."""
    op = e["op"]
    if op == "fact":
        value = source.column(e["name"])  # before its mask, which a derived fact computes on the way
        return value, source.column(f"{e['name']}_known")
    if op == "date":
        return np.datetime64(e["value"], "D"), ALWAYS
    if op in LITERALS:
        return e["value"], ALWAYS
    if op == "case":
        return number_case(e, source)
    if op == "add_months":
        value, known = number(e["args"][0], source)
        return months_later(value, e["args"][1]["value"]), known
    if op == "add_days":
        value, known = number(e["args"][0], source)
        return value + np.timedelta64(e["args"][1]["value"], "D"), known
    (a, a_known), (b, b_known) = (number(x, source) for x in e["args"])
    return ARITHMETIC[op](np.asarray(a, np.int64), np.asarray(b, np.int64)), both_known(a_known, b_known)


def number_case(e: dict, source: Source):
    """CASE over numbers or dates: an unknown WHEN makes the rest unknown."""
    otherwise = e.get("else")
    value, known = number(otherwise, source) if otherwise else (None, np.bool_(False))
    for arm in reversed(e["whens"]):
        when, unless = boolean(arm["when"], source)
        then, then_known = number(arm["then"], source)
        value = then if value is None else np.where(when, then, value)
        known = (when & then_known) | (unless & known)
    return value, known


def months_later(days: np.ndarray, months: int) -> np.ndarray:
    """Calendar months, the day clamped to the end of its month."""
    month = days.astype("datetime64[M]")
    target = month + months
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.minimum(target.astype("datetime64[D]") + (days - month.astype("datetime64[D]")), last)


def pack(pair) -> np.ndarray:
    """(surely true, surely false) as ordered bytes: 0 false, 1 unknown, 2 true."""
    true, false = pair
    return np.add(true, ~false, dtype=np.uint8)
