"""The examples of Docs, for the tests that run them."""

import re

import rig


def toml(document, start):
    """The TOML of a document that holds this."""
    text = (rig.ROOT / "Docs" / document).read_text()
    return next(block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if start in block)


def block(document, heading, start):
    """The indented block of a document that begins so, in the section of this heading."""
    section = (rig.ROOT / "Docs" / document).read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    found = re.search(rf"(?m)^    {re.escape(start)}.*\n(?:(?:    .*)?\n)*", section)
    assert found, f"{document}, {heading}: no block that begins with {start}"
    return re.sub(r"(?m)^    ", "", found[0])
