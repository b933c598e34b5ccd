"""Spending by month and provider as a drawing: stacked bars in SVG, the same in HTML and PDF."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from spirou_cli.domain.record import record

__all__ = ["Bar", "stacked"]

_COLOURS = ("#33658a", "#f2a541", "#5b8c5a", "#b3475b", "#7d6b91", "#3fa7a3", "#8c6d46", "#9aa5b1")
"""Told apart with any eyesight by their lightness too, in this order."""

_WIDTH, _HEIGHT = 680, 230
_LEFT, _TOP, _BOTTOM = 58, 10, 44


@record
class Bar:
    """A month: its name, and what each provider cost in minor units."""

    label: str
    parts: dict[str, int]


def stacked(bars: Sequence[Bar], providers: Sequence[str], ticks: Sequence[tuple[int, str]]) -> str:
    """A bar a month, a colour a provider. ``ticks``: heights in minor units with their labels, from 0."""
    top = max(max((height for height, _ in ticks), default=1), 1)
    plot = _HEIGHT - _TOP - _BOTTOM
    step = (_WIDTH - _LEFT) / max(len(bars), 1)
    shapes = []
    for height, label in ticks:
        y = _TOP + plot * (1 - height / top)
        shapes.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d5d9de"/>')
        shapes.append(_text(_LEFT - 6, y + 3.5, label, "end"))
    for at, bar in enumerate(bars):
        x, reached = _LEFT + step * at, 0
        for provider in providers:
            part = max(bar.parts.get(provider, 0), 0)
            y, high = _TOP + plot * (1 - (reached + part) / top), plot * part / top
            reached += part
            if part:
                colour = _COLOURS[providers.index(provider) % len(_COLOURS)]
                shapes.append(
                    f'<rect x="{x + step * 0.18:.1f}" y="{y:.2f}" width="{step * 0.64:.1f}"'
                    f' height="{high:.2f}" fill="{colour}"/>'
                )
        shapes.append(_text(x + step / 2, _HEIGHT - _BOTTOM + 14, bar.label, "middle"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' font-family="Libertinus Serif, Georgia, serif">'
        + "".join([*shapes, *_legend(providers)])
        + "</svg>"
    )


def _legend(providers: Sequence[str]) -> list[str]:
    shapes, x = [], float(_LEFT)
    for at, provider in enumerate(providers):
        colour = _COLOURS[at % len(_COLOURS)]
        shapes.append(f'<rect x="{x:.0f}" y="{_HEIGHT - 17}" width="10" height="10" fill="{colour}"/>')
        shapes.append(_text(x + 14, _HEIGHT - 8, provider, "start"))
        x += 30 + 6.2 * len(provider)
    return shapes


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="10.5" text-anchor="{anchor}">{escape(text)}</text>'
