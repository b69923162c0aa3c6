"""What an analysis found is checked where it is said, and read back from JSON as it was."""

import json
import math

import attrs
import pytest

from sysid.atomic import without_nan
from sysid.finding import Findings, Picture, Table, read_findings


def test_findings_come_back_from_json():
    findings = Findings(
        numbers={"count": 3.0, "name": "x", "none": math.nan},
        headlines=["first"],
        statements=["one"],
        warnings=["two"],
        beside_score={"null": 0.1},
        pictures=[Picture("map", "what to see", "Fig. 1")],
        tables=[Table("cells.csv", "a row")],
    )
    read = read_findings(json.loads(json.dumps(without_nan(attrs.asdict(findings)))))
    assert math.isnan(read.numbers.pop("none"))
    findings.numbers.pop("none")
    assert read == findings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"statements": [1]}, "statements: expected sentences"),
        ({"warnings": [None]}, "warnings: expected sentences"),
        ({"numbers": {"a": None}}, "numbers: expected numbers by name"),
        ({"numbers": ["a"]}, "numbers: expected numbers by name"),
        ({"beside_score": {"a": "b"}}, "beside_score: expected numbers by name"),
        ({"beside_score": ["a"]}, "beside_score: expected numbers by name"),
        ({"pictures": ["a"]}, "Picture"),
        ({"tables": ["a.csv"]}, "Table"),
        ({"reason": None}, "reason"),
    ],
)
def test_what_would_break_a_report_is_refused(given, said):
    with pytest.raises(TypeError, match=said):
        Findings(**given)
