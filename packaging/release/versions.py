"""The places in this tree that say the version, and what a version may look like."""

import re

# Semantic Versioning, without build metadata: the tag of an image cannot carry a plus sign.
NUMBER = r"(?:0|[1-9]\d*)"
PART = rf"(?:{NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
SEMVER = re.compile(rf"(?P<core>{NUMBER}\.{NUMBER}\.{NUMBER})(?:-{PART}(?:\.{PART})*)?")

# File (deploy/ stands for every manifest in it) to the expressions whose group is a version. Each must be found there,
# but for those of OPTIONAL: what they say of a version must be right, and they need not say any.
LABEL = r'^\s*app\.kubernetes\.io/version: "?([^"\s]+)"?$'
PLACES = {
    "CMakeLists.txt": [r"^project\(harbor-pull-operator VERSION (\S+)"],
    "operator/base/version.hpp": [r'kVersion = "([^"]*)"'],
    "charts/harbor-pull-operator/Chart.yaml": [r'^version: "?([^"\s]+)"?$', r'^appVersion: "?([^"\s]+)"?$'],
    "deploy/deployment.yaml": [LABEL, r"^\s*image: ghcr.io/harbor-pull/harbor-pull-operator:(\S+)$"],
    "deploy": [LABEL],
    "Dockerfile": [r'org\.opencontainers\.image\.version="([^"]*)"'],
    "README.md": [r"harbor-pull-operator:(\d[^\s`@]*)", r"--version (\d[^\s`]*)"],
}
OPTIONAL = ("deploy", "README.md")


def is_version(text):
    return SEMVER.fullmatch(text) is not None


def found_in(root, path, expression):
    """[(place, version)] of one file; a place that lacks it counts as one without a version."""
    file = root / path
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    matches = list(re.finditer(expression, text, re.MULTILINE))
    found = [(f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}", match.group(1)) for match in matches]
    return found or [(path, None)]


def places(root):
    """[(place, version or None)] for the whole tree."""
    found = []
    for path, expressions in PLACES.items():
        files = [path]
        if (root / path).is_dir():
            files = sorted(str(file.relative_to(root)) for file in (root / path).rglob("*.yaml"))
        for file in files:
            for expression in expressions:
                said = found_in(root, file, expression)
                found += [one for one in said if one[1] is not None or path not in OPTIONAL]
    return list(dict.fromkeys(found))


def disagreements(root, version):
    """A sentence for each place that says another version. CMake's own has no room for a pre-release."""
    wrong = []
    for place, said in places(root):
        wanted = SEMVER.fullmatch(version)["core"] if place.startswith("CMakeLists.txt") else version
        if said != wanted:
            wrong.append(f"{place} says {'no version' if said is None else said}, not {wanted}")
    return wrong
