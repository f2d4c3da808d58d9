"""Writes the trial rule set: ten measures in the shape of the notice, to prove the peers agree before a pack is exported."""

import json
import sys
from datetime import date
from pathlib import Path

LEVELS = ["advanced", "certified", "regular", "dishonest", "seriously_dishonest"]
MATTERS = ["import_declaration", "export_declaration", "foreign_registration", "guarantee_waiver", "voluntary_disclosure"]
KINDS = ["tax", "export_rebate", "other"]
YEARS = ["y1", "y2", "y3", "y4", "y5"]
BALANCE_DATES = YEARS + ["last_month"]
FLAGS = [
    "carrier_undertaking", "pilot_carrier", "pilot_guarantee", "two_step", "is_food", "is_cosmetics",
    "is_hazardous_chemical", "is_biological_material", "is_spf_mouse", "lot_first", "producer_breeding_licence",
    "producer_use_licence", "foreign_registration_required", "needs_laboratory_sample", "applicant_is_producer",
    "found_by_customs_before", "corrected_in_time",
]
COUNTS = ["findings_1y", "tax_late_ever", "downgraded_ever", "suspended_ever", "penalties_5y", "cycle_months"]
DATES = ["decided_on", "packaging_last_test", "applicant_advanced_since", "violation_on", "disclosed_on"]
PARTIES = ["consignee_level", "declarant_level", "end_user_level", "carrier_level", "owner_level", "applicant_level"]


def call(op, *args):
    return {"op": op, "args": list(args)}


def fact(name):
    return {"op": "fact", "name": name}


def number(value):
    return {"op": "int", "value": value}


def day(year, month, day_of_month):
    return {"op": "date", "value": (date(year, month, day_of_month) - date(1970, 1, 1)).days}


def is_code(name, codes, value):
    return call("eq", fact(name), {"op": "code", "value": codes.index(value)})


def one_of(name, codes, *values):
    return call("in", fact(name), *[{"op": "code", "value": codes.index(v)} for v in values])


def months_after(name, months):
    return call("add_months", fact(name), number(months))


def not_dishonest(party):
    return call("not", one_of(party, LEVELS, "dishonest", "seriously_dishonest"))


def none_of(name):
    return call("eq", fact(name), number(0))


def recognised_level():
    clean = call("and", not_dishonest("declarant_level"), not_dishonest("end_user_level"))
    advanced = call("and", is_code("consignee_level", LEVELS, "advanced"), clean)
    certified = is_code("consignee_level", LEVELS, "certified")
    return {
        "op": "case",
        "whens": [
            {"when": advanced, "then": {"op": "code", "value": 0}},
            {"when": certified, "then": {"op": "code", "value": 1}},
        ],
        "else": {"op": "code", "value": 2},
    }


RECOGNISED = ("advanced", is_code("recognised_level", LEVELS, "advanced"))
DECLARATION = ("declaration", one_of("matter", MATTERS, "import_declaration", "export_declaration"))
EXPORT = ("export", is_code("matter", MATTERS, "export_declaration"))
IN_FORCE = ("in_force", call("ge", fact("decided_on"), day(2024, 4, 6)))


def per_date(op, left, right):
    return call("and", *[call(op, fact(f"{left}_{d}"), fact(f"{right}_{d}")) for d in BALANCE_DATES])


def disclosure_window():
    in_year = call("le", fact("disclosed_on"), months_after("violation_on", 12))
    in_two_years = call("le", fact("disclosed_on"), months_after("violation_on", 24))
    small_ratio = call("le", call("mul", fact("tax_short"), number(10_000)), call("mul", fact("tax_due"), number(3_000)))
    small_amount = call("le", fact("tax_short"), number(100_000_000))
    return call("or", in_year, call("and", in_two_years, call("or", small_ratio, small_amount)))


def next_test():
    due = [{"when": call("eq", fact("cycle_months"), number(n)), "then": months_after("packaging_last_test", n)} for n in (1, 3, 6)]
    return {"op": "case", "whens": due, "else": months_after("packaging_last_test", 12)}


def waiver():
    tax_paid = [call("ge", fact(f"tax_paid_{y}"), number(1_000_000_000)) for y in YEARS]
    return [
        ("pilot", call("and", fact("pilot_guarantee"), fact("two_step"))),
        ("advanced_five_years", call("le", months_after("applicant_advanced_since", 60), fact("decided_on"))),
        ("advanced", is_code("applicant_level", LEVELS, "advanced")),
        ("producer", fact("applicant_is_producer")),
        ("never_late", none_of("tax_late_ever")),
        ("never_downgraded", none_of("downgraded_ever")),
        ("never_suspended", none_of("suspended_ever")),
        ("no_penalty", none_of("penalties_5y")),
        ("tax_paid", call("and", *tax_paid)),
        ("debt_below_excellent", per_date("lt", "debt_ratio", "debt_ratio_excellent")),
        ("cash_above_excellent", per_date("gt", "cash_ratio", "cash_ratio_excellent")),
    ]


def measures():
    carrier = is_code("carrier_level", LEVELS, "advanced")
    food = call("or", fact("is_food"), fact("is_cosmetics"))
    licences = call("and", fact("producer_breeding_licence"), fact("producer_use_licence"))
    before = call("not", fact("found_by_customs_before"))
    return {
        "01-fewer-samples": [RECOGNISED, EXPORT, ("food_or_cosmetics", food), IN_FORCE],
        "02a-first-of-lot": [RECOGNISED, EXPORT, ("chemical", fact("is_hazardous_chemical")), ("later", call("not", fact("lot_first")))],
        "02b-packaging-cycle": [("certified", one_of("recognised_level", LEVELS, "advanced", "certified")), ("due", call("le", next_test(), fact("decided_on")))],
        "03b-biological": [RECOGNISED, EXPORT, ("biological", fact("is_biological_material")), IN_FORCE],
        "03d-laboratory-mice": [RECOGNISED, ("mouse", fact("is_spf_mouse")), ("licences", licences)],
        "07-guarantee-waiver": waiver(),
        "08-disclosure": [
            ("tax_or_rebate", call("ne", fact("violation_kind"), {"op": "code", "value": 2})),
            ("before_customs", before), ("mended", fact("corrected_in_time")), ("window", disclosure_window()),
        ],
        "09-clean-year": [RECOGNISED, DECLARATION, ("clean_year", none_of("findings_1y"))],
        "10a-recognition": [RECOGNISED, IN_FORCE],
        "10b-carrier": [
            ("carrier", carrier), ("undertaking", fact("carrier_undertaking")), ("owner", not_dishonest("owner_level")),
            ("pilot", call("eq", fact("pilot_carrier"), {"op": "flag", "value": True})),
        ],
    }


def facts():
    rows = [{"name": n, "type": "flag"} for n in FLAGS] + [{"name": n, "type": "count"} for n in COUNTS]
    rows += [{"name": n, "type": "date"} for n in DATES]
    rows += [{"name": n, "type": "code", "codes": LEVELS} for n in PARTIES]
    rows += [{"name": "matter", "type": "code", "codes": MATTERS}, {"name": "violation_kind", "type": "code", "codes": KINDS}]
    rows += [{"name": n, "type": "money"} for n in ["tax_short", "tax_due"] + [f"tax_paid_{y}" for y in YEARS]]
    for ratio in ("debt_ratio", "debt_ratio_excellent", "cash_ratio", "cash_ratio_excellent"):
        rows += [{"name": f"{ratio}_{d}", "type": "ratio"} for d in BALANCE_DATES]
    return rows


def main():
    derived = [{"name": "recognised_level", "type": "code", "codes": LEVELS, "expr": recognised_level()}]
    rules = [{"id": i, "conditions": [{"name": n, "expr": e} for n, e in cs]} for i, cs in measures().items()]
    Path(sys.argv[1]).write_text(json.dumps({"facts": facts(), "derived": derived, "measures": rules}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
