#!/usr/bin/env python3
"""Every page that users read is there in English and in Chinese, says as much in both, and its links lead somewhere."""
import unittest
from pathlib import Path

from markdown import links, parse, slugs, without_comments

ROOT = Path(__file__).resolve().parents[2]
ENGLISH_ONLY = {"docs/architecture.md", "docs/releasing.md"}  # for those who change or release the code


def pairs():
    """(English, Chinese) of every page that has to be there in both, by path from the root."""
    pages = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
    return [("README.md", "README.zh-CN.md"),
            *((page, page.replace("docs/", "docs/zh/")) for page in pages if page not in ENGLISH_ONLY)]


def switches(english, chinese):
    """The line of each page that leads to the other one."""
    if english.startswith("docs/"):
        name = english.removeprefix("docs/")
        return f"English | [简体中文](zh/{name})", f"[English](../{name}) | 简体中文"
    return f"English | [简体中文]({chinese})", f"[English]({english}) | 简体中文"


def heading_differences(english, chinese):
    ours, theirs = [[heading.level for heading in page.headings] for page in (english, chinese)]
    if ours != theirs:
        parted = [at for at, (one, other) in enumerate(zip(ours, theirs)) if one != other]
        first = parted[0] if parted else min(len(ours), len(theirs))
        where = english.headings[first].text if first < len(ours) else "(the end)"
        yield f"{len(ours)} headings in English, {len(theirs)} in Chinese; they part at: {where}"
        return
    for anchor, heading in zip(slugs(english.headings), chinese.headings):
        if heading.before != f'<a id="{anchor}"></a>':
            yield f'<a id="{anchor}"></a> does not stand before the heading: {heading.text}'


def code_differences(english, chinese):
    if len(english.code) != len(chinese.code):
        yield f"{len(english.code)} blocks of code in English, {len(chinese.code)} in Chinese"
        return
    for number, ((kind, ours), (other, theirs)) in enumerate(zip(english.code, chinese.code), 1):
        if kind != other:
            yield f"block of code {number} is {kind!r} in English, {other!r} in Chinese"
        ours, theirs = without_comments(ours), without_comments(theirs)
        if ours != theirs:
            first = next((pair for pair in zip(ours, theirs) if pair[0] != pair[1]), (len(ours), len(theirs)))
            yield f"block of code {number} differs beyond comments: {first[0]!r}, {first[1]!r}"


def table_differences(english, chinese):
    if len(english.tables) != len(chinese.tables):
        yield f"{len(english.tables)} tables in English, {len(chinese.tables)} in Chinese"
        return
    for number, (ours, theirs) in enumerate(zip(english.tables, chinese.tables), 1):
        if ours != theirs:
            yield f"table {number} has (rows, columns) {ours} in English, {theirs} in Chinese"


def differences(english, chinese):
    """What one page has and the other has not, as sentences."""
    english, chinese = parse(english), parse(chinese)
    return [*heading_differences(english, chinese), *code_differences(english, chinese),
            *table_differences(english, chinese)]


def dead_links(name, text):
    """Links of a page that lead nowhere, or out of its language although there is a page in it."""
    page = parse(text)
    both = dict(pairs())
    chinese_of = {english: chinese for english, chinese in both.items() if (ROOT / chinese).exists()}
    for target in links(page):
        path, _, anchor = target.partition("#")
        found = (ROOT / name).parent.joinpath(path).resolve() if path else ROOT / name
        if not found.exists():
            yield f"{target} is not there"
            continue
        anchors = (parse(found.read_text()) if path else page).anchors if found.suffix == ".md" else {anchor}
        if anchor and anchor not in anchors:
            yield f"{target}: no such heading"
        inside = found.relative_to(ROOT).as_posix() if found.is_relative_to(ROOT) else ""
        if name in both.values() and both.get(inside) != name and inside in chinese_of:
            yield f"{target} leads to the English page; there is {chinese_of[inside]}"


class Pages(unittest.TestCase):
    def test_every_page_is_there_in_both_languages(self):
        chinese = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/zh").glob("*.md")}
        self.assertEqual([other for _, other in pairs() if not (ROOT / other).exists()], [], "missing in Chinese")
        self.assertEqual(chinese - {other for _, other in pairs()}, set(), "missing in English")

    def test_both_languages_have_the_same_headings_code_and_tables(self):
        for english, chinese in pairs():
            if (ROOT / chinese).exists():  # if not, the test above says so
                with self.subTest(english):
                    found = differences((ROOT / english).read_text(), (ROOT / chinese).read_text())
                    self.assertEqual(found, [], f"{english} and {chinese}")

    def test_every_page_leads_to_the_other_language_at_its_top(self):
        for pair in pairs():
            for name, line in zip(pair, switches(*pair)):
                if (ROOT / name).exists():
                    with self.subTest(name):
                        self.assertIn(line, (ROOT / name).read_text().splitlines()[:8])

    def test_links_lead_to_files_and_headings_that_exist(self):
        names = {name for pair in pairs() for name in pair} | ENGLISH_ONLY | {"CONTRIBUTING.md", "CHANGELOG.md"}
        names |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
        for name in sorted(names):
            if (ROOT / name).exists():
                with self.subTest(name):
                    self.assertEqual(list(dead_links(name, (ROOT / name).read_text())), [], name)


ENGLISH = """# One & two

Text.

## `spec.host`

| a | b |
|---|---|
| `x|y` | z \\| w |

```sh
kubectl get hreg  # a comment
# a line of comment
```

## `spec.host`
"""
CHINESE = """<a id="one--two"></a>
# 一与二

文字。

<a id="spechost"></a>

## `spec.host`

| 甲 | 乙 |
|---|---|
| `x|y` | z \\| w |

```sh
kubectl get hreg  # 注释
```

<a id="spechost-1"></a>
## `spec.host`
"""


class Differences(unittest.TestCase):
    """What the tests above would find."""

    def found(self, old, new):
        self.assertIn(old, CHINESE)
        return " ".join(differences(ENGLISH, CHINESE.replace(old, new, 1)))

    def test_pages_that_say_the_same_differ_in_nothing(self):
        self.assertEqual(differences(ENGLISH, CHINESE), [])

    def test_a_heading_of_another_level_or_a_missing_one_is_found(self):
        self.assertIn("they part at: `spec.host`", self.found("## `spec.host`", "### `spec.host`"))
        self.assertIn("3 headings in English, 2 in Chinese", self.found("## `spec.host`", ""))

    def test_a_missing_or_misspelt_anchor_is_found(self):
        self.assertIn('<a id="spechost-1"></a> does not stand', self.found("spechost-1", "spechost"))
        self.assertIn('<a id="one--two"></a> does not stand', self.found('<a id="one--two"></a>\n', ""))

    def test_other_code_is_found_and_other_comments_are_not(self):
        self.assertIn("differs beyond comments", self.found("get hreg", "get hregs"))
        self.assertIn("block of code 1 is 'sh'", self.found("```sh", "```yaml"))
        self.assertIn("1 blocks of code in English, 2", self.found("文字。", "```\n```"))
        self.assertEqual(self.found("# 注释", "# 另一个注释"), "")

    def test_a_missing_row_or_column_or_table_is_found(self):
        self.assertIn("(3, 2) in English, (2, 2)", self.found("| `x|y` | z \\| w |\n", ""))
        self.assertIn("(3, 2) in English, (3, 3)", self.found("| 甲 | 乙 |", "| 甲 | 乙 | 丙 |"))
        self.assertIn("1 tables in English, 2", self.found("文字。", "| 甲 |\n|---|\n"))

    def test_a_link_to_nowhere_is_found(self):
        text = "# A\n[a](#a) [b](#b) [c](no.md) [d](https://example.com/e) `[f](g)`\n"
        dead = list(dead_links("docs/architecture.md", text))
        self.assertEqual(dead, ["#b: no such heading", "no.md is not there"])

    def test_a_chinese_page_that_leads_to_an_english_one_is_found(self):
        text = "[English](../reference.md) [x](../harbor.md) [y](../reference.md#spechost) [z](#none)"
        dead = list(dead_links("docs/zh/reference.md", text))
        self.assertEqual(dead[-1], "#none: no such heading")
        self.assertEqual([], list(dead_links("docs/zh/reference.md", "[English](../reference.md#spechost)")))
        self.assertIn("leads to the English page", list(dead_links("docs/zh/harbor.md", "[y](../reference.md)"))[0])


if __name__ == "__main__":
    unittest.main()
