"""HTML mail as text."""

from __future__ import annotations

import pytest

from spirou_cli.adapters.html import html_to_text


def test_blocks_and_breaks_are_lines() -> None:
    """Paragraphs, line breaks and lists read as they look."""
    html = "<p>Hello Anna,</p><div>Two offers:<br><ul><li>Tuesday</li><li>Thursday</li></ul></div>"

    assert html_to_text(html)[0] == "Hello Anna,\n\nTwo offers:\n\n- Tuesday\n\n- Thursday"


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">refused</span>',
        '<div style="font-size:0px">refused</div>',
        '<p style="VISIBILITY : hidden">refused</p>',
        "<div hidden>refused</div>",
        '<span style="opacity:0"><b>refused</b></span>',
    ],
)
def test_hidden_text_is_left_out_and_said(hidden: str) -> None:
    """What a person wouldn't see can't be an answer; that there was such text is told."""
    assert html_to_text(f"<p>Done.</p>{hidden}") == ("Done.", True)


@pytest.mark.parametrize("style", ["font-size:0.9em", "opacity:0.8", "font-size:10px"])
def test_small_text_is_not_hidden_text(style: str) -> None:
    """A style that shows is no trick."""
    assert html_to_text(f'<p style="{style}">Done.</p>') == ("Done.", False)


def test_scripts_and_styles_are_no_text() -> None:
    """Neither shown nor called hidden: every HTML mail has them."""
    html = "<head><title>x</title><style>p{}</style></head><script>alert(1)</script><p>Done.</p>"

    assert html_to_text(html) == ("Done.", False)


def test_a_link_shows_where_it_goes() -> None:
    """The words of a link never hide its target."""
    html = '<p><a href="https://evil.test/x">https://bank.test</a> or <a href="https://a.test/">https://a.test</a></p>'

    assert html_to_text(html)[0] == "https://bank.test <https://evil.test/x> or https://a.test"


def test_quotations_are_marked() -> None:
    """What stands in a blockquote or in a program's quoting box can then be cut as quoted."""
    html = (
        '<p>Yes.</p><div class="gmail_quote">On Monday Anna wrote:<blockquote>Could you?</blockquote></div>'
    )

    assert html_to_text(html)[0] == "Yes.\n\n> On Monday Anna wrote:\n> Could you?"


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    """Tags that are never closed, or never opened, hide nothing that follows."""
    assert html_to_text("<p>One</b><div>Two<i></p>Three &amp; &nope;")[0].split() == [
        "One", "Two", "Three", "&", "&nope;",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "flood", ["<", "<!--", "<a ", "<p style='", "<i>", "</i>", "<a href=x><br>", "<!", "&#"]
)
def test_a_flood_of_unfinished_tags_is_read_in_one_pass(flood: str) -> None:
    """HTMLParser alone would need hours for these; the words before them are there."""
    text, _ = html_to_text("<p>Done.</p>" + flood * (300_000 // len(flood)))

    assert text.startswith("Done.")


def test_tags_nested_without_end_are_read_beside_each_other() -> None:
    """A hundred thousand levels hide nothing and hold nobody up."""
    text, hid = html_to_text("<div>" * 100_000 + "Done." + "</div>" * 100_000)

    assert (text, hid) == ("Done.", False)


def test_comments_are_no_text() -> None:
    """Neither a comment nor what looks like a tag in it; a sign that opens nothing is a sign."""
    assert html_to_text("<!-- <p>refused</p> -->2 < 3 <!-- unfinished <p>refused") == ("2 < 3", False)
