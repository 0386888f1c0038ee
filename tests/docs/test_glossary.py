"""docs/glossary.md: words of our own, in order, none of them an old one."""

from __future__ import annotations

from duetrail.stores.schema import engine_tables

# Words that were ours once; the field's words took their places.
OLD = {"body", "copy", "governor", "house", "lost", "node", "room", "walk"}


def _words(page) -> list[str]:
    return [cells[0] for cells in page("glossary.md").section("Our words").rows()]


def test_words_are_in_order_and_told_once(page) -> None:
    """Who looks for a word finds it by the alphabet."""
    words = _words(page)
    assert words == sorted(set(words))


def test_old_words_are_gone(page) -> None:
    """No word stands there that the field has a better one for."""
    assert [word for word in _words(page) if word in OLD] == []


def test_tables_that_are_named_by_a_word_of_ours_are_explained(page) -> None:
    """What a table of the engine is called stands in the glossary, if the word is ours."""
    named = {table.name.removesuffix("s") for table in engine_tables()}
    ours = {"checkpoint", "document", "observation", "page", "reject", "run", "variant", "withheld"}
    assert ours <= named
    assert ours <= set(_words(page))
