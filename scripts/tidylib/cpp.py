"""C++ as the rules of scripts/tidy.py read it: what functions there are, and what classes have.

A reader of shapes, not a parser: it knows braces, parentheses and the words before them."""

import re

LITERALS = re.compile(
    r'R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
    r"|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)

SCOPE_HEAD = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")
TEMPLATE_HEAD = re.compile(r"\btemplate\s*<[^{}()]*>")
ACCESS_HEAD = re.compile(r"^\s*(?:public|private|protected)\s*$")


def without_literals(text):
    """The text with comments, literals and directives blanked, line breaks kept."""
    return LITERALS.sub(lambda match: " " + "\n" * match.group(0).count("\n"), text)


def functions_of(text):
    """(first line, last line) of each function body's definition, outermost functions only."""
    code = without_literals(text)
    found, open_braces = [], []
    line, inside_function = 1, 0
    head, head_start = "", None
    for character in code:
        if character == "\n":
            line += 1
        if character == "{":
            before_arguments = TEMPLATE_HEAD.sub(" ", head).split("(")[0]
            is_scope = bool(SCOPE_HEAD.search(before_arguments)) or not before_arguments.strip()
            is_function = not inside_function and not is_scope and "(" in head
            open_braces.append((is_function, head_start or line))
            inside_function += is_function
            head, head_start = "", None
        elif character == "}":
            if open_braces:
                is_function, start = open_braces.pop()
                if is_function:
                    inside_function -= 1
                    found.append((start, line))
            head, head_start = "", None
        elif character == ";" or (character == ":" and ACCESS_HEAD.match(head)):
            head, head_start = "", None
        else:
            if head_start is None and not character.isspace():
                head_start = line
            head += character
    return found
