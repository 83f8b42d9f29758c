#!/usr/bin/env python3
"""mutants.py DIR COUNT SEED FILE...: COUNT Containerfiles in DIR, each made from one of the files by a few changes.
With --words: one file DIR/words of COUNT lines, each made from a line of the files. Always the same for a seed."""
import os
import random
import sys

PIECES = [
    "\\\n", "`\n", "\\", "`", "\n", "\r\n", "\t", " ", "  ", "#", "# x\n", "\n\n", " \\ \n", "<<EOF", "<<-EOF", "<<'A'", '<<"B"', "3<<C",
    "<< ", "<", "EOF\n", "\nEOF\n", "A\n", "B\n", "\tEOF\n", "'", '"', "$", "${", "}", "${A", "${A:-", "${A#", "${A%", "${A/", ":", "?", "+",
    "*", "/", "-", "--", "--a=", "--a ", "=", "[", "]", '["a"]', '["a", 1]', ",", '"x",', "{", "\\u00e9", "1e999", "null", "\u00a0", "\u00e0",
    "\u0085", "\u2003", "\ud55c", "\ufeff", "\x0b", "\x0c", "RUN ", "COPY ", "ONBUILD ", "ENV ", "ARG ", "LABEL ", "CMD ", "ADD ", "FROM ",
    "HEALTHCHECK ", "CMD", "VOLUME ", "SHELL ", "# escape=`\n", "# syntax=x\n", "# check=y\n", "FOO ", "run ", "\\\\", "\\'", '\\"', "\\$",
]
WORD_PIECES = [
    "$", "${", "}", "$PWD", "${PWD", "${V", "${NULL", "${KOREAN", "${SPACE}", "$SPACE", "${P", "${X", ":-", ":+", ":?", "-", "+", "?", "#", "##", "%",
    "%%", "/", "//", "*", "?", "\\", "\\*", "\\?", "\\}", "\\/", "\\$", "'", '"', " ", "\t", "a", "b", "1", "0", ".", "\ud55c", "\u00e0",
    "\u00a0", "<", "<<", "<<-", "<< ", "@", "!", "$$", "$1", "$@", "{", ":", "${P/b/x}", "${P//b/x}", "${V#*.}", "${V##*.}", "${V%.*}", "${V%%.*}",
]


def change(text, pieces):
    at = random.randrange(len(text) + 1)
    end = min(len(text), at + random.choice([0, 0, 0, 1, 1, 2, 5, 20]))
    kind = random.random()
    if kind < 0.6:
        return text[:at] + random.choice(pieces) + text[end:]
    if kind < 0.8:
        return text[:at] + text[end:]
    other = random.randrange(len(text) + 1)
    return text[:at] + text[other : other + random.randrange(30)] + text[at:]


def main():
    words = sys.argv[1] == "--words"
    folder, count, seed, *files = sys.argv[1 + words :]
    random.seed(int(seed))
    texts = []
    for name in files:
        with open(name, "rb") as file:
            text = file.read().decode(errors="ignore").replace("\0", "")
        texts += [line for line in text.split("\n") if line] if words else [text]
    made = []
    for number in range(int(count)):
        text = random.choice(texts)
        if not words and len(text) > 1500:  # a part is enough
            at = random.randrange(len(text) - 1000)
            text = "FROM a\n" + text[at : at + 1000]
        for _ in range(random.randrange(1, 8)):
            text = change(text, WORD_PIECES if words else PIECES)
        made.append(text)
    if words:
        with open(os.path.join(folder, "words"), "w", newline="") as file:
            file.write("".join(line.replace("\n", " ").replace("\r", "\t") + "\n" for line in made))
    for number, text in enumerate([] if words else made):
        with open(os.path.join(folder, f"{number:05}"), "w", newline="") as file:
            file.write(text)


main()
