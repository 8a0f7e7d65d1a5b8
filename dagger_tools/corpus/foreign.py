"""Problems that are not the bank's: what they are about is read from their numbers, units and names."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice

from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.problem import Draft
from dagger_tools.corpus.realise import counted_thing, names_owner
from dagger_tools.errors import InputError
from dagger_tools.graph import Graph
from dagger_tools.graph.expression import Call, Expr, Literal, Ref, operations
from dagger_tools.graph.ops import canonical
from dagger_tools.text import Question, read_question

__all__ = ["expression_of", "foreign_draft"]

_OWNER = re.compile(r"([\u0980-\u09e5]{2,}?)(?:ের|র)\s+(?:কাছে|নিকট|বাগানে|দোকানে|বাড়িতে)")
_NOBODY = re.compile(r"^(?:তা|তাঁ|তাদে|এ|যা|কা|আমা|তোমা|আপনা|তাঁদে)$")
_MAX_OPERATIONS = 200


def foreign_draft(
    text: str | Question,
    lexicon: Lexicon,
    *,
    answer: Fraction,
    family: str,
    expression: Expr | None = None,
) -> Draft:
    """A draft of a text as it came; its numbers are ``n1``, ``n2``, ... of ``expression``.

    Raises:
        InputError: the text cannot be read as a question.
    """
    read = read_question(text) if isinstance(text, str) else text
    people = _people(read.text, lexicon)
    placed = {number.start: f"n{i}" for i, number in enumerate(read.numbers, start=1)}
    return Draft(
        text=read.text,
        placed=placed,
        numbers={f"n{i}": number.value for i, number in enumerate(read.numbers, start=1)},
        expression=expression,
        answer=answer,
        place=family,
        family=family,
        person=people[0] if people else None,
        thing=counted_thing(read),
        people=tuple(people),
        names_owner=names_owner(read.text, people),
    )


def expression_of(graph: Graph, question: Question) -> Expr:
    """The graph's answer as one expression over the question's numbers ``n1``, ``n2``, ...

    Raises:
        InputError: written out it has more than 200 operations.
    """
    bound = Graph.from_compact(graph.compact(question.numbers), question.numbers)
    written: dict[str, Expr] = {}
    for node in bound.nodes:
        op = canonical(node.op) or node.op
        if op == "const":
            number = re.fullmatch(r"n\d+", node.id)
            written[node.id] = Ref(node.id) if number else Literal(node.val or Fraction(0))
        elif op == "identity":
            written[node.id] = written[node.args[0]]
        else:
            written[node.id] = Call(op, tuple(written[arg] for arg in node.args))
    expression = written[bound.final.id]
    # steps that are read twice are written out twice: counted no further than the bound
    if len(list(islice(operations(expression), _MAX_OPERATIONS + 1))) > _MAX_OPERATIONS:
        raise InputError(
            f"the graph has over {_MAX_OPERATIONS} operations when written out",
            hint="give the question without a graph",
        )
    return expression


def _people(text: str, lexicon: Lexicon) -> list[str]:
    """Names in the order they appear: those of the word list, and whoever has something."""
    found = {text.find(name): name for name in lexicon.lists["person"] if name in text}
    for match in _OWNER.finditer(text):
        if not _NOBODY.match(match[1]):
            found.setdefault(match.start(), match[1])
    return [found[place] for place in sorted(found)]
