"""The charts of the page: static SVG, in the color of the text around it, with nothing that runs or loads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

Row = dict[str, Any]
Chart = alt.Chart | alt.LayerChart | alt.FacetChart

WIDTH = 640
HEIGHT = 200

#: Of people who do not tell red from green, and of print.
COLORS = {"hard": "#c0392b", "soft": "#e69f00", "block": "#7b5ea7", "complaint": "#0072b2"}

#: Steps of the latency, as bounced.ledger.report.tables counts them.
STEPS = ("up to 10 s", "1 min", "10 min", "1 h", "1 day", "longer")

#: Names on an axis, in pixels: a provider may be any domain.
LABEL_WIDTH = 160

#: Percent on the logarithmic axis, far enough from each other for their labels.
PERCENTS = (0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)

#: Of an axis or a legend of numbers of something: there is no half an event, and no label for one.
_WHOLE: Mapping[str, Any] = {
    "format": ",d",
    "tickMinStep": 1,
    "labelExpr": "datum.value % 1 ? '' : datum.label",
}

_INK = "currentColor"


def days(report: Row) -> Chart | None:
    """Events a day, by class."""
    rows = [
        {"day": row["day"], "class": name, "events": row[name]}
        for row in report["charts"]["days"]
        for name in COLORS
        if row[name]
    ]
    if not rows:
        return None
    return _encoded(
        _chart(rows).mark_bar(),
        x=_day(),
        y=_number("sum(events):Q", "events"),
        color=_class_color(),
        order=alt.Order("class:N"),
    )


def rates(report: Row) -> Chart | None:
    """Rates of what the report is by, or of everything, against the limits."""
    facts = report["rates"]
    rows = [{"rate": kind, "percent": facts[f"{kind}_rate"]} for kind in ("bounce", "complaint") if facts["sent"]]
    if not rows:
        return None
    limits = [
        {"rate": kind, "limit": level, "percent": facts["limits"][f"{kind}_{level}"]}
        for kind in ("bounce", "complaint")
        for level in ("notice", "warning", "critical")
        if f"{kind}_{level}" in facts["limits"]
    ]
    bars = _encoded(
        _chart(rows, height=80).mark_bar(size=16, color=COLORS["complaint"]),
        x=alt.X(
            "percent:Q",
            title="percent of what was sent (logarithmic)",
            scale=alt.Scale(type="symlog", constant=0.1),
            axis=alt.Axis(values=list(PERCENTS), format="~g"),
        ),
        y=alt.Y("rate:N", title=None),
    )
    ticks = _encoded(
        _chart(limits, height=80).mark_tick(thickness=3, size=28),
        x="percent:Q",
        y="rate:N",
        color=alt.Color(
            "limit:N",
            title="limit",
            scale=alt.Scale(domain=["notice", "warning", "critical"], range=["#56b4e9", "#e69f00", "#c0392b"]),
        ),
    )
    return alt.layer(bars, ticks)


def heat(report: Row) -> Chart | None:
    """Which provider says what."""
    rows = report["charts"]["providers"]
    if not rows:
        return None
    return _encoded(
        _chart(rows, height=None).mark_rect(),
        x=alt.X("reason:N", title=None, axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("provider:N", title=None, axis=alt.Axis(labelLimit=LABEL_WIDTH)),
        color=alt.Color(
            "event_count:Q",
            title="events",
            scale=alt.Scale(scheme="oranges", type="symlog"),
            legend=alt.Legend(labelOverlap="greedy", labelSeparation=4, gradientLength=320, **_WHOLE),
        ),
    )


def streaks(report: Row) -> Chart | None:
    """Addresses by their failures in the period, those that are suppressed apart."""
    rows = [
        {"failures": f"{row['failures']}{'+' if row['failures'] == 5 else ''}", "is": name, "addresses": number}
        for row in report["charts"]["streaks"]
        for name, number in (("suppressed", row["suppressed"]), ("may be mailed", row["addresses"] - row["suppressed"]))
    ]
    if not rows:
        return None
    return _encoded(
        _chart(rows).mark_bar(),
        x=alt.X("failures:N", title="failures", axis=alt.Axis(labelAngle=0)),
        y=_number("sum(addresses):Q", "addresses"),
        color=alt.Color("is:N", title=None, scale=alt.Scale(range=["#0072b2", "#c0392b"])),
    )


def lapses(report: Row) -> Chart | None:
    """Suppressions by the day on which they began, and on which they will end by themselves."""
    rows = [
        {"day": row["day"], "is": name, "suppressions": sign * row["suppressed"]}
        for name, sign in (("began", 1), ("lapses", -1))
        for row in report["charts"][name]
    ]
    if not rows:
        return None
    return _encoded(
        _chart(rows).mark_bar(),
        x=_day(),
        y=_number("sum(suppressions):Q", "suppressions"),
        color=alt.Color("is:N", title=None, scale=alt.Scale(domain=["began", "lapses"], range=["#c0392b", "#009e73"])),
    )


def latency(report: Row) -> Chart | None:
    """From the arrival of a report until it was recorded."""
    rows = [{"time": STEPS[row["step"]], "events": row["event_count"]} for row in report["charts"]["latency"]]
    if not rows:
        return None
    return _encoded(
        _chart(rows).mark_bar(color=COLORS["complaint"]),
        x=alt.X("time:N", title=None, sort=list(STEPS), axis=alt.Axis(labelAngle=0)),
        y=_number("events:Q", "events"),
    )


#: The charts in the order of the page, with their titles.
CHARTS: Mapping[str, Callable[[Row], Chart | None]] = {
    "Events per day": days,
    "Rates against the limits": rates,
    "Providers and reasons": heat,
    "Failures of an address": streaks,
    "Suppressions that began, and that will lapse": lapses,
    "From arrival to record": latency,
}


def svg(chart: Chart) -> str:
    """The chart as an SVG element."""
    drawn: str = vl_convert.vegalite_to_svg(chart.configure(**_CONFIG).to_dict())
    return drawn


_CONFIG: Mapping[str, Any] = {
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": _INK,
        "titleColor": _INK,
        "tickColor": _INK,
        "domainColor": _INK,
        "gridColor": _INK,
        "gridOpacity": 0.15,
    },
    "legend": {"labelColor": _INK, "titleColor": _INK, "orient": "top"},
    "font": "sans-serif",
}


def _chart(rows: Sequence[Row], height: int | None = HEIGHT) -> alt.Chart:
    size: Row = {"width": WIDTH} if height is None else {"width": WIDTH, "height": height}
    return alt.Chart(alt.InlineData(values=list(rows))).properties(**size)


def _encoded(marks: alt.Chart, **channels: Any) -> alt.Chart:
    encoded: alt.Chart = marks.encode(**channels)
    return encoded


def _number(field: str, title: str) -> alt.Y:
    return alt.Y(field, title=title, axis=alt.Axis(**_WHOLE))


def _day() -> alt.X:
    return alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=alt.Axis(format="%Y-%m-%d", labelAngle=-40))


def _class_color() -> alt.Color:
    return alt.Color("class:N", title=None, scale=alt.Scale(domain=list(COLORS), range=list(COLORS.values())))
