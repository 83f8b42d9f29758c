"""shfmt.py SCRIPT : what shfmt makes of a script (its JSON on stdin), as tests/oracle/shell.c tells it:

    BEGIN END JOIN[ !][ compound] BLOCK/BLOCK...     a command, its place, what joins it, and the blocks that it stands in
      assign NAME VALUE                              as written
      word TEXT                                      as written
      value TEXT                                     without quotes, of a word that has nothing to be put in
      redirect BEGIN OPERATOR TEXT
      content TEXT                                   of a here-document
"""
import json
import sys

with open(sys.argv[1], "rb") as file:
    SCRIPT = file.read()
FOUND = []
EXPANSIONS = ("CmdSubst", "ProcSubst")


def place(node, end=False):
    return node["End" if end else "Pos"]["Offset"]


def written(begin, end):
    return SCRIPT[begin:end]


def trimmed(begin, end):
    """The end without the continuations that shfmt counts to a word."""
    while SCRIPT[:end].endswith(b"\\\n") and end - 2 >= begin:
        end -= 2
    return end


def place_behind(node):
    return trimmed(place(node), place(node, True))


def shown(raw):
    return raw.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")


def unescaped(raw, specials):
    out, i = b"", 0
    while i < len(raw):
        if raw[i] == 0x5C and i + 1 < len(raw) and (specials is None or raw[i + 1:i + 2] in specials):
            i += 1
            if raw[i] == 0x0A:
                i += 1
                continue
        out += raw[i:i + 1]
        i += 1
    return out


def value(word):
    """The word without quotes; None when a shell would put something in."""
    out = b""
    for part in word.get("Parts") or []:
        kind, raw = part["Type"], written(place(part), place(part, True))
        if kind == "Lit":
            out += unescaped(raw, None)
        elif kind == "SglQuoted" and not part.get("Dollar"):
            out += raw[1:-1]
        elif kind == "DblQuoted":
            if any(inner["Type"] != "Lit" for inner in part.get("Parts") or []):
                return None
            out += unescaped(raw[raw.index(b'"') + 1:-1], (b"$", b"`", b'"', b"\\", b"\n"))
        else:
            return None
    return out


def word_lines(word):
    lines = [b"  word " + shown(written(place(word), place_behind(word)))]
    plain = value(word) if "Parts" in word else None
    if "Name" in word and not word.get("Naked") and not word.get("Array"):
        plain = value(word.get("Value") or {})
        plain = None if plain is None else word["Name"]["Value"].encode() + b"=" + plain
    if plain is not None:
        lines.append(b"  value " + shown(plain))
    return lines


def assign_line(assign):
    raw = written(place(assign), place_behind(assign))
    name, _, rest = raw.partition(b"=")
    return b"  assign " + (name[:-1] if name.endswith(b"+") else name) + b" " + shown(rest)


def redirect_lines(redirect):
    word, begin = redirect["Word"], place(redirect)
    op = written(redirect["OpPos"]["Offset"], place(word)).rstrip(b" \t\\\n")
    lines = [b"  redirect %d %s %s" % (begin, op, shown(written(place(word), place(word, True))))]
    content = redirect.get("Hdoc")
    if content:
        lines_in = written(place(content), place(content, True)).rpartition(b"\n")[:2]
        if lines_in[0] or lines_in[1]:
            lines.append(b"  content " + shown(b"".join(lines_in)))
    return lines


def look_for_expansions(node, path):
    """The commands of substitutions, wherever in words they are."""
    if isinstance(node, list):
        for item in node:
            look_for_expansions(item, path)
    elif isinstance(node, dict):
        if node.get("Type") in EXPANSIONS:
            statements(node.get("Stmts"), path + ["substitution"])
        else:
            for item in node.values():
                look_for_expansions(item, path)


def loop(command, path):
    kind = command["Loop"]
    look_for_expansions(kind, path)
    statements(command.get("Do"), path + ["loop"])


def branches(clause, path):
    while clause:
        if clause.get("Cond"):
            statements(clause["Cond"], path + ["condition"])
        statements(clause.get("Then"), path + ["branch"])
        clause = clause.get("Else")


def compound(command, path):
    kind = command["Type"]
    if kind == "Subshell":
        statements(command.get("Stmts"), path + ["subshell"])
    elif kind == "Block":
        statements(command.get("Stmts"), path + ["group"])
    elif kind == "IfClause":
        branches(command, path)
    elif kind == "WhileClause":
        statements(command.get("Cond"), path + ["condition"])
        statements(command.get("Do"), path + ["loop"])
    elif kind == "ForClause":
        loop(command, path)
    elif kind == "CaseClause":
        look_for_expansions(command["Word"], path)
        for item in command.get("Items") or []:
            look_for_expansions(item["Patterns"], path)
            statements(item.get("Stmts"), path + ["arm"])
    elif kind == "FuncDecl":
        body = command["Body"]
        if body["Cmd"]["Type"] in ("Block", "Subshell"):
            statements(body["Cmd"].get("Stmts"), path + ["function"])
        else:
            statements([body], path + ["function"])
    elif kind in ("TestClause", "ArithmCmd"):
        look_for_expansions(command, path)
    else:
        sys.exit(f"shfmt.py: {sys.argv[1]}: what is a {kind}?")


def simple_lines(command):
    if command["Type"] == "DeclClause":
        words = [command["Variant"]] + (command.get("Args") or [])
        lines = word_lines(words[0]) + [b"  value " + command["Variant"]["Value"].encode()]
        for word in words[1:]:
            inner = word.get("Value") if word.get("Naked") else None
            lines += word_lines(inner if inner else word)
            if word.get("Naked") and not inner:
                lines.append(b"  value " + word["Name"]["Value"].encode())
        return lines
    lines = [assign_line(assign) for assign in command.get("Assigns") or []]
    for word in command.get("Args") or []:
        lines += word_lines(word)
    return lines


def statement(node, join, path, negated=False):
    command = node.get("Cmd")
    negated = bool(node.get("Negated")) != negated
    redirects = list(node.get("Redirs") or [])
    if command and command["Type"] == "BinaryCmd":
        op = written(command["OpPos"]["Offset"], command["OpPos"]["Offset"] + 2)
        statement(command["X"], join, path, negated)
        statement(command["Y"], op if op in (b"&&", b"||") else b"|", path)
        return
    ends = [place_behind(redirect["Word"]) for redirect in redirects]
    begins = [place(redirect) for redirect in redirects]
    is_simple = not command or command["Type"] in ("CallExpr", "DeclClause")
    if command:
        begins.append(place(command))
        if command["Type"] == "FuncDecl":
            redirects += command["Body"].get("Redirs") or []
            ends += [place_behind(redirect["Word"]) for redirect in redirects] + [place(command["Body"]["Cmd"], True)]
        else:
            ends.append(place_behind(command))
    lines = [b"%d %d %s%s%s %s" % (min(begins), max(ends), join, b" !" if negated else b"",
                                   b"" if is_simple else b" compound", "/".join(path).encode())]
    if command and is_simple:
        lines += simple_lines(command)
    for redirect in redirects:
        lines += redirect_lines(redirect)
    FOUND.append((min(begins), lines))
    if is_simple:
        look_for_expansions(command, path)
    else:
        compound(command, path)
    look_for_expansions(redirects, path)


def statements(nodes, path):
    join = b"first"
    for node in nodes or []:
        statement(node, join, path)
        join = b"&" if node.get("Background") else b";"


statements(json.load(sys.stdin).get("Stmts"), ["program"])
for _, said in sorted(FOUND, key=lambda item: item[0]):
    sys.stdout.buffer.write(b"\n".join(said) + b"\n")
