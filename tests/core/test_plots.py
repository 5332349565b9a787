"""The server's own plots: well-formed, readable without sight or colour, true to the figures."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.core.plots import Scale, bars, nice_step

SVG = "{http://www.w3.org/2000/svg}"
QUARTER = [("7月", [8200, 3100]), ("8月", [9400, 4100]), ("9月", [10050, 0])]
NAMES = ["发放积分", "兑换积分"]


def parsed(markup: str) -> ElementTree.Element:
    """The plot as XML: inline SVG needs no namespace in HTML, an XML parser does."""
    namespaced = str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ElementTree.fromstring(namespaced)


def drawn_bars(svg: ElementTree.Element) -> list[ElementTree.Element]:
    """The rectangles that stand for a figure: they alone carry a title of their own."""
    return [rect for rect in svg.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]


def found(element: ElementTree.Element, path: str) -> ElementTree.Element:
    """The element at `path`, which is there."""
    inner = element.find(path)
    assert inner is not None
    return inner


def test_it_names_itself_to_a_screen_reader():
    svg = parsed(bars(QUARTER, NAMES, "每月积分", "七月到九月", ident="home"))
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "home-title home-desc"
    assert found(svg, f"{SVG}title").text == "每月积分"
    assert found(svg, f"{SVG}desc").text == "七月到九月"


def test_every_figure_has_a_bar_that_says_it():
    svg = parsed(bars(QUARTER, NAMES, "t", "d"))
    titles = [found(rect, f"{SVG}title").text for rect in drawn_bars(svg)]
    assert titles[:2] == ["7月 发放积分 8,200", "7月 兑换积分 3,100"]
    assert len(titles) == 6


def test_heights_are_in_proportion():
    heights = [
        float(rect.get("height") or 0)
        for rect in drawn_bars(parsed(bars(QUARTER, NAMES, "t", "d")))
    ]
    assert heights[0] / heights[1] == pytest.approx(8200 / 3100, rel=0.01)
    assert heights[5] == 0


def test_the_second_series_is_told_apart_by_its_hatch():
    svg = parsed(bars(QUARTER, NAMES, "t", "d", ident="home"))
    assert [rect.get("fill") for rect in drawn_bars(svg)[:2]] == [None, "url(#home-hatch-1)"]
    assert found(svg, f".//{SVG}pattern").get("id") == "home-hatch-1"


def test_words_are_escaped():
    markup = bars([("<b>", [1])], ['"&"'], "<script>", "</desc>")
    assert "<script>" not in markup
    assert "<b>" not in markup
    assert found(parsed(markup), f"{SVG}title").text == "<script>"


def test_nothing_inline_that_a_strict_policy_would_refuse():
    markup = bars(QUARTER, NAMES, "t", "d")
    assert not re.search(r"\sstyle=|<style|<script|\son[a-z]+=", markup)


@pytest.mark.parametrize("series", [[], [("7月", [0, 0])]])
def test_an_empty_bank_still_draws(series):
    assert parsed(bars(series, NAMES, "t", "d")).find(f"{SVG}line") is not None


def test_long_series_thin_their_labels_for_a_phone():
    year = [(f"{month}月", [month]) for month in range(1, 13)]
    assert bars(year, ["发放"], "t", "d").count("plot-every-other") == 6
    assert "plot-every-other" not in bars(QUARTER, NAMES, "t", "d")


@pytest.mark.parametrize(
    ("series", "names"),
    [([("7月", [1])], NAMES), ([("7月", [])], []), ([("7月", [1] * 5)], list("abcde"))],
)
def test_figures_and_names_must_match(series, names):
    with pytest.raises(ValueError):
        bars(series, names, "t", "d")


@pytest.mark.parametrize(
    ("span", "step"), [(1, 1), (4, 1), (5, 2), (19, 5), (81, 50), (10050, 5000)]
)
def test_steps_are_round_numbers(span, step):
    assert nice_step(span) == step


@given(st.lists(st.integers(-(10**9), 10**9), max_size=12))
def test_every_value_lies_on_the_scale(values):
    scale = Scale.around(values)
    assert all(scale.bottom <= value <= scale.top for value in [0, *values])
    assert 2 <= len(scale.ticks()) <= 6
    assert 0 in scale.ticks()
