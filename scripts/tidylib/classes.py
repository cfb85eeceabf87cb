"""The classes of a C++ file and the names of their members."""

import re

from tidylib import cpp

TOKEN = re.compile(r"\w+|::|->|\[\[|\]\]|[^\s\w]")
OPENING, CLOSING = ("(", "[", "{", "[["), (")", "]", "}", "]]")
ACCESS = ("public", "private", "protected")
CLASS_KEYS = ("class", "struct", "union")
# What begins a declaration without a member.
NO_MEMBER = ("using", "typedef", "friend", "static_assert", "enum")
# The parentheses behind these words hold no arguments of a function.  So do those behind macros,
# which are GUARDED_BY(mutex_) and the like.
NOT_CALLED = re.compile(r"alignas|decltype|explicit|noexcept|requires|[A-Z][A-Z0-9_]+")


class Class:
    """A class, struct or union, the line that its definition begins in, and its own members."""

    def __init__(self, name, line):
        self.name = name
        self.line = line
        self.functions = set()  # names; overloads share one
        self.data = set()

    def member_count(self):
        return len(self.functions) + len(self.data)


def end_of_group(words, opening):
    """The index of the bracket that closes the one at `opening`, or of the last word."""
    depth = 0
    for index in range(opening, len(words)):
        depth += (words[index] in OPENING) - (words[index] in CLOSING)
        if depth == 0:
            return index
    return len(words) - 1


def skip_angles(words, index):
    """The index behind the <...> that begins at `index`."""
    depth = 0
    while index < len(words):
        depth += (words[index] == "<") - (words[index] == ">")
        index += 1
        if depth == 0:
            break
    return index


def body_of(words, key):
    """(name, index of the opening brace) of the class defined at `key`, None if none is."""
    index, name = key + 1, ""
    while index < len(words):
        word = words[index]
        if word in ("[[", "("):
            index = end_of_group(words, index) + 1
        elif word == "<":
            index = skip_angles(words, index)
        elif word == "{":
            return name, index
        elif word == ":":
            return (name, words.index("{", index)) if "{" in words[index:] else None
        elif word == "::" or re.match(r"\w", word):
            if word not in ("final", "alignas"):
                name = name + word if word == "::" or name.endswith("::") else word
            index += 1
        else:
            return None
    return None


def declarations_of(words, first, last):
    """The declarations between two indices, each as its words.

    Brackets and what they hold are one word: "()", "{}", "[]"; "(*name)" of a function pointer."""
    found, declaration, index = [], [], first

    def end():
        nonlocal declaration
        found.append(declaration)
        declaration = []

    while index < last:
        word = words[index]
        if not declaration and word in ACCESS and words[index + 1] == ":":
            index += 2
            continue
        if word == ";":
            end()
        elif word == "[[":
            index = end_of_group(words, index)
        elif word in ("(", "["):
            closing = end_of_group(words, index)
            inside = words[index + 1:closing]
            declaration.append("(*" + inside[-1] if inside[:1] == ["*"] and word == "(" else
                               "()" if word == "(" else "[]")
            index = closing
        elif word == "{":
            index = end_of_group(words, index)
            is_body = ends_function(declaration)
            declaration.append("{}")
            if is_body:
                end()
        else:
            declaration.append(word)
        index += 1
    return found


def ends_function(declaration):
    """Whether a brace behind these words opens a function's body, not an initialiser."""
    words = named(declaration)
    if not is_function(words):
        return False
    after = words[words.index("()"):]
    is_initialiser = ":" in after and re.match(r"\w", after[-1])
    return not is_initialiser


def named(declaration):
    """The words that can name a member: without template heads and arguments, attributes and
    specifiers that look like functions."""
    kept, index = [], 0
    while index < len(declaration):
        word = declaration[index]
        if word == "<" and "operator" not in kept[-2:]:
            index = skip_angles(declaration, index)
            continue
        if word == "()" and kept and NOT_CALLED.fullmatch(kept[-1]) and "operator" not in kept:
            kept.pop()
        else:
            kept.append(word)
        index += 1
    return [word for word in kept if word not in ("template", "explicit")]


def is_function(words):
    until = next((index for index, word in enumerate(words) if word in ("=", "{}", ":")),
                 len(words))
    is_pointer = any(word.startswith("(*") for word in words[:until])
    return "operator" in words or ("()" in words[:until] and not is_pointer)


def function_name(words):
    if "operator" in words:
        after = words[words.index("operator"):]
        parentheses = after.index("()", 2 if after[1] == "()" else 1) if "()" in after else None
        return "".join(after[:parentheses])
    index = words.index("()")
    return "~" * (words[index - 2:index - 1] == ["~"]) + words[index - 1]


def data_names(words):
    """Names that a declaration of data gives, of which there may be several."""
    found, name, takes = [], "", True
    for word in words + [","]:
        if word == ",":
            found += [name] if name else []
            name, takes = "", True
        elif word in ("=", "{}", "[]", ":", "()"):
            takes = False
        elif takes and word.startswith("(*"):
            name, takes = word[2:], False
        elif takes and re.match(r"\w", word):
            name = word
    return found


def add_member(owner, declaration):
    words = named(declaration)
    if not words or words[0] in NO_MEMBER:
        return
    if words[0] in CLASS_KEYS and "{}" in words:  # a nested type, and perhaps data of that type
        owner.data.update(data_names(words[words.index("{}") + 1:]))
    elif words[0] in CLASS_KEYS and len(words) == 2:  # the announcement of one
        return
    elif is_function(words):
        owner.functions.add(function_name(words))
    else:
        owner.data.update(data_names(words))


def classes_of(text):
    """Every class that the text defines, wherever it stands."""
    words, lines = [], []
    for line, content in enumerate(cpp.without_literals(text).split("\n"), 1):
        found = TOKEN.findall(content)
        words += found
        lines += [line] * len(found)
    classes = []
    for key, word in enumerate(words):
        if word not in CLASS_KEYS or words[key - 1:key] == ["enum"]:
            continue
        body = body_of(words, key)
        if body is None:
            continue
        name, opening = body
        owner = Class(name or "(unnamed)", lines[key])
        for declaration in declarations_of(words, opening + 1, end_of_group(words, opening)):
            add_member(owner, declaration)
        classes.append(owner)
    return classes
