"""What the formats of the document mean here: days that the calendar of the law has, instants with an offset."""

import datetime
import json

import schemathesis
from hypothesis import strategies as st

FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)

schemathesis.openapi.format("date", st.dates(FIRST, LAST).map(datetime.date.isoformat))
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime.datetime(1970, 1, 2), datetime.datetime(2199, 1, 1)).map(lambda at: at.isoformat() + "+08:00"),
)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Lines are sent as they are."""
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace")
