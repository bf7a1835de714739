"""C++ source as text with lines: comments and literals blanked, expressions and function bodies found by brackets."""

import re

_TOKEN = re.compile(r'''
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<raw>R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)")
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<char>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+')
''', re.VERBOSE | re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*", re.MULTILINE)
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def code_of(text: str) -> str:
    """The same lines and columns without comments; literals keep their quotes and lose what is between."""

    def replace(match: re.Match) -> str:
        token = match.group()
        if match.lastgroup == "comment" or token.startswith(("//", "/*")):
            return _blank(token)
        return token[0] + _blank(token[1:-1]) + token[-1]

    return _TOKEN.sub(replace, text)


def line_of(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1


def expression_after(code: str, start: int) -> str:
    """From `start` to the end of the expression: a semicolon, or a bracket that closes what was open before."""
    depth = 0
    for index in range(start, len(code)):
        char = code[index]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        if depth < 0 or (char == ";" and depth == 0):
            return code[start:index]
    return code[start:]


def functions(text: str) -> list[tuple[int, int, str]]:
    """(first line, lines, head) of every function body at namespace or class level; cheap, by counting brackets."""
    code = _DIRECTIVE.sub(lambda match: _blank(match.group()), code_of(text))
    found: list[tuple[int, int, str]] = []
    open_scopes: list[tuple[str, int, str]] = []  # kind, index of the brace, head
    head_start, parentheses = 0, 0
    for index, char in enumerate(code):
        inside_body = any(kind != "scope" for kind, _, _ in open_scopes)
        if char == "(":
            parentheses += 1
        elif char == ")":
            parentheses -= 1
        elif char == "{":
            head = code[head_start:index]
            open_scopes.append((_kind(head, inside_body or parentheses > 0), index, head.strip()))
        elif char == "}" and open_scopes:
            kind, start, head = open_scopes.pop()
            if kind == "function":
                first = line_of(code, start)
                found.append((first, line_of(code, index) - first + 1, " ".join(head.split())[-80:]))
        if char in "{}" and open_scopes and open_scopes[-1][0] == "value":
            continue  # a member initialiser does not end the head of its constructor
        if char in ";{}" and not (char == "}" and kind == "value"):
            head_start = index + 1
    return found


def _kind(head: str, inside_body: bool) -> str:
    if inside_body:
        return "block"
    if head and not head[-1].isspace():  # `member_{1}`: formatted code has a blank before a body
        return "value"
    if _SCOPE.search(head) and ")" not in re.sub(r"alignas\([^)]*\)", "", head):
        return "scope"
    return "function" if ")" in head else "value"
