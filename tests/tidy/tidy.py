"""The house rules that neither compiler nor CMake can hold. Prints `file:line: what is wrong`; exit code 1 if anything is.

    tidy.py [FOLDER]      the checkout by default; looks at what git tracks or would track
"""

import ast
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import fences
import source_text

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
LONG_FUNCTIONS_ALLOWED: set[str] = set()  # "path:head"; empty, and meant to stay so
CODE = {".cpp", ".hpp", ".proto", ".py", ".sh", ".cmake", ".ts", ".js"}
# Documents may be named by address; nothing else may be, least of all a place to download from.
KNOWN_HOSTS = re.compile(
    r"(localhost|127\.0\.0\.1|\[::1\]|semver\.org|c2sp\.org|json-schema\.org|spec\.openapis\.org"
    r"|(www\.)?(rfc-editor|w3|iso|ietf|openssl)\.org|.*\.(example|invalid|test)|(.*\.)?example\.(com|org|net))$")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
_TYPE_BRACE = re.compile(r"(\b[A-Z]\w*|\bstd::array)\s*(?:<[^;{}]*>)?\s*\{")
_BARE_BRACE = re.compile(r"[(,]\s*\{(?!\s*\d+\s*\})")  # `{0}` is an id or a position: trivial, so safe
_ID_TYPE = re.compile(r"^using (\w+) =\s*(?:Byte)?Id<", re.MULTILINE)  # numbers and arrays of bytes: trivial, so safe
_CAPTURE = re.compile(r"(?:[(,=]|^)\s*\[\s*[^\]\s]")
_STORES = re.compile(r"kafka|rocks_?db", re.IGNORECASE)
_SKIPPED = re.compile(r"GTEST_SKIP|\bDISABLED_\w+|unittest\.skip|\.skipTest\(")
_NOW = re.compile(r"\b\w*clock\w*::now\s*\(|\bstd::time\s*\(|\bgettimeofday\b|\bclock_gettime\b")
_MACHINE_PATH = re.compile(r"(?<![\w.~$}/])/(?:work|root|home|Users)/\w+")
_URL_HOST = re.compile(r"\b(?:https?|ftp|git)://(\[[^\]]*\]|[A-Za-z0-9.-]+\.[A-Za-z0-9-]+|localhost)")

ROOT = pathlib.Path(__file__).resolve().parents[2]
ID_TYPES = set(_ID_TYPE.findall((ROOT / "events" / "ids.hpp").read_text()))
Finding = tuple[int, str]


def check_includes(path: str, text: str, table: dict[str, set[str]]) -> Iterator[Finding]:
    for match in _INCLUDE.finditer(text):
        header, line = match.group(2), source_text.line_of(text, match.start())
        if "../" in header:
            yield line, f'"{header}" goes around the fence: include from the top folder ("events/ids.hpp")'
        if not fences.may_see(table, path, header):
            yield line, f"<{header}> belongs to {fences.vendor_of(header)}, which this folder may not see (cmake/layers.cmake)"
        if match.group(1) == "<" and fences.is_pure(path) and fences.IMPURE_HEADERS.match(header):
            yield line, f"<{header}> in a pure folder: time, chance and I/O come in messages and through ports"


def check_purity(path: str, text: str) -> Iterator[Finding]:
    if fences.is_pure(path):
        code = source_text.code_of(text)
        for match in _NOW.finditer(code):
            yield source_text.line_of(code, match.start()), "reads a clock in a pure folder: time arrives in messages"


def check_store_names(path: str, text: str) -> Iterator[Finding]:
    if path.split("/")[0] in {"engine", "events", "projections"}:
        for match in _STORES.finditer(text):
            yield source_text.line_of(text, match.start()), f"names {match.group()}: only an adapter knows its vendor"


def check_co_await(_path: str, text: str) -> Iterator[Finding]:
    code = source_text.code_of(text)
    for match in re.finditer(r"\bco_await\b", code):
        expression = source_text.expression_after(code, match.end())
        line = source_text.line_of(code, match.start())
        temporaries = [name for name in _TYPE_BRACE.findall(expression) if name not in ID_TYPES]
        if temporaries or _BARE_BRACE.search(expression):
            yield line, "a temporary made with braces inside co_await (GCC 12 frees it twice): name it, then await it"
        if _CAPTURE.search(expression):
            yield line, "a lambda with captures made inside co_await (GCC 12 frees them twice): name it, then move it in"


def check_pragma_once(path: str, text: str) -> Iterator[Finding]:
    if path.endswith(".hpp") and not re.search(r"^#pragma once\b", text, re.MULTILINE):
        yield 1, "#pragma once is missing"


def check_sizes(path: str, text: str) -> Iterator[Finding]:
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield MAX_FILE_LINES + 1, f"{lines} lines; {MAX_FILE_LINES} are the most: split it by what its parts are for"
    if path.endswith(".py"):
        nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
        bodies = [(node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1, node.name) for node in nodes]
    elif path.endswith((".cpp", ".hpp")):
        bodies = source_text.functions(text)
    else:
        bodies = []
    for line, length, head in bodies:
        if length > MAX_FUNCTION_LINES and f"{path}:{head}" not in LONG_FUNCTIONS_ALLOWED:
            yield line, f"a function of {length} lines; {MAX_FUNCTION_LINES} are the most ({head})"


def check_skipped_tests(_path: str, text: str) -> Iterator[Finding]:
    for match in _SKIPPED.finditer(text):
        yield source_text.line_of(text, match.start()), "a test that is skipped: repair it, or delete it"


def check_places(_path: str, text: str) -> Iterator[Finding]:
    for match in _MACHINE_PATH.finditer(text):
        yield source_text.line_of(text, match.start()), f"{match.group()}: a path of one machine"
    for match in _URL_HOST.finditer(text):
        if not KNOWN_HOSTS.match(match.group(1).rstrip(".")):
            yield source_text.line_of(text, match.start()), f"{match.group(1)}: a host that is not known as a document's"


def check(path: str, text: str, table: dict[str, set[str]]) -> list[Finding]:
    """All findings in one file; `path` is relative to the checkout."""
    findings = list(check_places(path, text))
    suffix = pathlib.PurePath(path).suffix
    if path.startswith("tests/tidy/"):
        pass  # the samples that prove these rules
    elif suffix in {".cpp", ".hpp"}:
        findings += check_includes(path, text, table)
        for rule in (check_purity, check_co_await, check_pragma_once, check_skipped_tests, check_store_names):
            findings += rule(path, text)
    elif suffix == ".py":
        findings += check_skipped_tests(path, text)
    elif suffix == ".proto":
        findings += check_store_names(path, text)
    if suffix in CODE or path == "dev":
        findings += check_sizes(path, text)
    return sorted(findings)


def tracked_files(root: pathlib.Path) -> list[str]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    return [name for name in names if name and (root / name).is_file() and not (root / name).is_symlink()]


def main(arguments: list[str]) -> int:
    root = pathlib.Path(arguments[0]) if arguments else ROOT
    table = fences.read_table((root / "cmake" / "layers.cmake").read_text())
    count, files = 0, tracked_files(root)
    for path in files:
        data = (root / path).read_bytes()
        if b"\0" in data:
            continue
        for line, message in check(path, data.decode(errors="replace"), table):
            print(f"{path}:{line}: {message}")
            count += 1
    print(f"tidy: {count} findings in {len(files)} files")
    return 1 if count or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
