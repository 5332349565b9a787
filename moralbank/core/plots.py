"""Plots drawn by the server as inline SVG: they print, need no script and read out loud.

Horizontal places are percentages and vertical ones pixels, with no `viewBox`: a plot is as wide
as its column while its words keep the reader's own text size, on a phone as on a desk.
Colours come from the stylesheet through classes; a hatch tells every second series from the
first where there is no colour, in print or to the eye.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_LEGEND = 54
_PLOT = 220
_LABELS = 30
_FULL_WIDTH = 15.5
_HALF_WIDTH = 8.5
_MOST_SERIES = 4
_MOST_GROUPS_WITH_VALUES = 6
_FEW_GROUPS = 4
_MOST_GROUPS_WITH_ALL_LABELS = 7


@dataclass(frozen=True)
class Scale:
    """From values to pixels: `bottom` and `top` are whole multiples of `step` around zero."""

    bottom: int
    top: int
    step: int

    @classmethod
    def around(cls, values: Sequence[int]) -> "Scale":
        """The scale that shows every value and zero, with about four steps."""
        low, high = min([0, *values]), max([0, *values])
        step = nice_step(max(high - low, 1))
        bottom = low // step * step
        return cls(bottom=bottom, top=max(-(-high // step) * step, bottom + step), step=step)

    def y(self, value: int) -> float:
        """The height of `value` on the page, in pixels from the top of the drawing."""
        return round(_LEGEND + _PLOT * (self.top - value) / (self.top - self.bottom), 1)

    def ticks(self) -> range:
        """The values that have a line across."""
        return range(self.bottom, self.top + 1, self.step)

    def margin(self) -> float:
        """Room at the left for the longest tick, in percent: 50 px of a phone for `10,000`."""
        return 2.5 * max(len(f"{tick:,}") for tick in self.ticks())


@dataclass(frozen=True)
class Slot:
    """The room of one label, in percent of the drawing's width; `share` of it is for the bars."""

    left: float
    width: float
    count: int
    share: float

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return self.left + self.width / 2

    @property
    def bar_width(self) -> float:
        """One bar; a tenth of its place stays free between neighbours."""
        return self.width * self.share / self.count * 0.9

    def bar_left(self, index: int) -> float:
        """Where bar `index` begins."""
        return self.left + self.width * ((1 - self.share) / 2 + index * self.share / self.count)


def nice_step(span: int, most: int = 4) -> int:
    """The smallest of 1, 2, 5, 10, 20, … that covers `span` (above zero) in `most` steps."""
    magnitude = 1
    while True:
        for factor in (1, 2, 5):
            if factor * magnitude * most >= span:
                return factor * magnitude
        magnitude *= 10


def bars(
    series: Sequence[tuple[str, Sequence[int]]],
    names: Sequence[str],
    title: str,
    desc: str,
    *,
    ident: str = "plot",
) -> Markup:
    """Grouped bars as one `<svg>`: a group per (label, values), a bar per name.

    `series` holds whole numbers in the unit that `title` names; negative ones hang below the
    line. All words are plain text in the reader's language and are escaped here. `ident` starts
    the ids inside: two plots on a page need two. With many groups every other label carries the
    class `plot-every-other`, so that the stylesheet can leave it out on a phone.

    Raises ValueError where a group does not hold one value per name, or there is not one name
    or more than four.
    """
    if not 1 <= len(names) <= _MOST_SERIES:
        raise ValueError(f"a plot has 1 to {_MOST_SERIES} series, not {len(names)}")
    for label, values in series:
        if len(values) != len(names):
            raise ValueError(f"{label!r} has {len(values)} values for {len(names)} names")

    scale = Scale.around([value for _, values in series for value in values])
    body = [_hatches(ident, len(names)), _legend(ident, names)]
    body.extend(_line(scale, tick) for tick in scale.ticks())
    margin = scale.margin()
    width = (100 - margin) / max(len(series), 1)
    share = 0.45 if len(series) <= _FEW_GROUPS else 0.7
    for index, (label, values) in enumerate(series):
        slot = Slot(left=margin + index * width, width=width, count=len(names), share=share)
        body.append(_group_bars(ident, scale, slot, label, names, values))
        if len(series) <= _MOST_GROUPS_WITH_VALUES:
            body.append(_group_values(scale, slot, values))
        thinned = len(series) > _MOST_GROUPS_WITH_ALL_LABELS and index % 2 == 1
        body.append(_group_label(slot.middle, label, thinned=thinned))
    return Markup(
        '<svg class="plot" role="img" width="100%" height="{height}" '
        'aria-labelledby="{ident}-title {ident}-desc">'
        '<title id="{ident}-title">{title}</title><desc id="{ident}-desc">{desc}</desc>'
        "{body}</svg>"
    ).format(
        height=_LEGEND + _PLOT + _LABELS,
        ident=ident,
        title=title,
        desc=desc,
        body=Markup("").join(body),
    )


def meter(value: int, most: int) -> Markup:
    """One bar as an `<svg>` as wide as its place: `value` of `most`. Its figure stands beside it in
    words, so it is hidden from who listens. Raises ValueError for `most` below one."""
    if most < 1:
        raise ValueError("a bar is a part of something")
    share = 100 * min(max(value, 0), most) / most
    return Markup(
        '<svg class="meter" width="100%" height="12" aria-hidden="true">'
        '<rect class="meter-track" width="100%" height="12" rx="3"/>'
        '<rect class="meter-bar" width="{:.2f}%" height="12" rx="3"/></svg>'
    ).format(share)


def _hatches(ident: str, count: int) -> Markup:
    """The hatch of every second series: stripes of its colour on the pale ground."""
    patterns = [
        Markup(
            '<pattern id="{}-hatch-{}" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect class="plot-ground" width="6" height="6"/>'
            '<rect class="plot-line-{}" width="2.5" height="6"/></pattern>'
        ).format(ident, index, index)
        for index in range(1, count, 2)
    ]
    return Markup("<defs>{}</defs>").format(Markup("").join(patterns))


def _paint(ident: str, index: int) -> Markup:
    """How series `index` is painted: plain by its class, or by its hatch."""
    if index % 2 == 0:
        return Markup('class="plot-bar-{}"').format(index)
    return Markup('class="plot-bar-{}" fill="url(#{}-hatch-{})"').format(index, ident, index)


def _legend(ident: str, names: Sequence[str]) -> Markup:
    """Swatches and names in a row; the width of words is estimated, as no font is at hand."""
    parts, x = [], 1.0
    for index, name in enumerate(names):
        parts.append(
            Markup(
                '<rect {} x="{:g}" y="3" width="15" height="15"/><text x="{:g}" y="16">{}</text>'
            ).format(_paint(ident, index), x, x + 22, name)
        )
        x += 48 + sum(_FULL_WIDTH if ord(char) > 0x2E7F else _HALF_WIDTH for char in name)
    return Markup("<g>{}</g>").format(Markup("").join(parts))


def _line(scale: Scale, tick: int) -> Markup:
    """The line across at `tick`, with its number at the left above it."""
    y = scale.y(tick)
    return Markup(
        '<line class="{}" x1="0" x2="100%" y1="{:g}" y2="{:g}"/><text x="0" y="{:g}">{:,}</text>'
    ).format("plot-grid" if tick else "plot-zero", y, y, y - 4, tick)


def _group_bars(
    ident: str,
    scale: Scale,
    slot: Slot,
    label: str,
    names: Sequence[str],
    values: Sequence[int],
) -> Markup:
    """The bars of one label, side by side; each says its figure to a pointer that rests on it."""
    rects = [
        Markup(
            '<rect {} x="{:.2f}%" y="{:g}" width="{:.2f}%" height="{:g}"><title>{}</title></rect>'
        ).format(
            _paint(ident, index),
            slot.bar_left(index),
            scale.y(max(value, 0)),
            slot.bar_width,
            round(abs(scale.y(value) - scale.y(0)), 1),
            f"{label} {name} {value:,}",
        )
        for index, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    return Markup("").join(rects)


def _group_values(scale: Scale, slot: Slot, values: Sequence[int]) -> Markup:
    """The number over each bar, where few enough stand side by side."""
    numbers = [
        Markup(
            '<text class="plot-value" x="{:.2f}%" y="{:g}" text-anchor="middle">{:,}</text>'
        ).format(slot.bar_left(index) + slot.bar_width / 2, scale.y(max(value, 0)) - 6, value)
        for index, value in enumerate(values)
    ]
    return Markup("").join(numbers)


def _group_label(x: float, label: str, *, thinned: bool) -> Markup:
    """The label below the drawing, at `x` percent."""
    return Markup('<text{} x="{:.2f}%" y="{}" text-anchor="middle">{}</text>').format(
        Markup(' class="plot-every-other"') if thinned else Markup(""),
        x,
        _LEGEND + _PLOT + 22,
        label,
    )
