"""The script behind schema and tables notices what it is there to notice."""

import tempfile
import unittest
from pathlib import Path

import support  # noqa: F401  (finds the script's modules)
import chart_values
from chart_values import Wrong

VALUES = """
# ---- one ----

# The first; @schema is read at the beginning of a line only.
# @schema {"minimum": 1}
first: 2
group:
  # A text | with a bar.
  # @schema {"enum": ["a", "b"]}
  second: a
  deep:
    # A map.
    # @schema {"additionalProperties": true}
    third: {x: 1}
"""


class Generate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def read(self, text):
        file = self.folder / "values.yaml"
        file.write_text(text)
        return chart_values.read(file)

    def template(self, text):
        file = self.folder / "template.yaml"
        file.write_text(text)
        return [file]

    def test_a_comment_becomes_a_schema(self):
        schema = chart_values.schema(self.read(VALUES))
        self.assertEqual({"description": "The first; @schema is read at the beginning of a line only.", "type": "integer",
                          "default": 2, "minimum": 1}, schema["properties"]["first"])
        self.assertIs(False, schema["additionalProperties"])
        group = schema["properties"]["group"]
        self.assertIs(False, group["additionalProperties"])
        self.assertEqual(["a", "b"], group["properties"]["second"]["enum"])
        self.assertIs(True, group["properties"]["deep"]["properties"]["third"]["additionalProperties"])
        self.assertLessEqual({"enabled", "first", "group"}, schema["properties"].keys())

    def test_a_schema_that_is_no_json_is_refused(self):
        with self.assertRaisesRegex(Wrong, "@schema of first"):
            self.read("# One.\n# @schema {minimum: 1}\nfirst: 1\n")

    def test_a_comment_becomes_a_row(self):
        table = chart_values.table(self.read(VALUES))
        self.assertIn("### One\n", table)
        self.assertIn('| `group.second` | `a`, `b` | `"a"` | A text \\| with a bar. |\n', table)

    def test_a_value_without_a_comment_is_refused(self):
        with self.assertRaisesRegex(Wrong, "bare has no comment"):
            self.read("# One.\nfirst: 1\n\nbare: 1\n")

    def test_a_value_without_a_type_is_refused(self):
        with self.assertRaisesRegex(Wrong, "first has no type"):
            chart_values.schema(self.read("# One.\nfirst: null\n"))

    def test_a_value_that_no_template_reads_is_found(self):
        values = self.read("# One.\nfirst: 1\n# Two.\nsecond: 2\n")
        chart_values.check_uses(values, self.template("{{ .Values.first }} {{ $.Values.second }}"))
        with self.assertRaisesRegex(Wrong, "no template reads second"):
            chart_values.check_uses(values, self.template("{{ .Values.first }} {{/* .Values.second */}}"))

    def test_a_value_that_is_not_documented_is_found(self):
        with self.assertRaisesRegex(Wrong, "template.yaml: values.yaml does not document first.inner"):
            chart_values.check_uses(self.read("# One.\nfirst: 1\n"),
                                    self.template("{{ .Values.first }} {{ .Values.first.inner }}"))

    def test_values_that_cannot_be_followed_are_refused(self):
        with self.assertRaisesRegex(Wrong, "as a whole"):
            chart_values.check_uses(self.read("# One.\nfirst: 1\n"), self.template('{{ index .Values "first" }}'))


if __name__ == "__main__":
    unittest.main()
