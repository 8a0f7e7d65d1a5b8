from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import GraphParseError
from dagger_tools.graph.compact import build_graph, read_compact, write_compact
from dagger_tools.graph.execute import execute, structure_faults
from dagger_tools.graph.expression import Call, Expr, Literal, Ref, parse_expression, references
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.text import Number

PENS = (
    Number("১০০", Fraction(100), 0, 3, noun="কলম"),
    Number("৫", Fraction(5), 10, 11, unit="টাকা"),
    Number("৫০", Fraction(50), 20, 22, noun="কলম"),
)


def numbers_of(*values: int | str) -> tuple[Number, ...]:
    """Numbers of an imagined question, a place apart."""
    return tuple(Number(str(v), Fraction(v), 9 * i, 9 * i + 1) for i, v in enumerate(values))


def value_of(text: str, *values: int | str) -> Fraction | float:
    """What the notation computes over those numbers."""
    return execute(read_compact(text, numbers_of(*values))).value


def meaning(graph: Graph) -> tuple[object, ...]:
    """What a graph says, apart from its ids, labels and the order of its nodes.

    Steps are counted, not only collected, so that a shared step differs from one written twice.
    Constants count by value: a constant of the world has no identity beyond it.
    """
    seen: dict[object, int] = {}
    form: dict[str, int] = {}
    steps: Counter[tuple[int, bool]] = Counter()
    constants: set[tuple[Fraction | None, bool]] = set()
    for node in graph.nodes:
        key: object
        if node.op == "const":
            key = ("const", node.val, node.distractor)
            constants.add((node.val, node.distractor))
        else:
            key = (node.op, tuple(form[arg] for arg in node.args))
        form[node.id] = seen.setdefault(key, len(seen))
        if node.op != "const":
            steps[form[node.id], node.distractor] += 1
    trees = {index: key for key, index in seen.items()}

    def expand(index: int) -> object:
        key = trees[index]
        assert isinstance(key, tuple)
        return key if key[0] == "const" else (key[0], tuple(expand(arg) for arg in key[1]))

    counted = Counter({(expand(i), flagged): n for (i, flagged), n in steps.items()})
    return frozenset(counted.items()), expand(form[FINAL_ID]), frozenset(constants)


# --- reading ---------------------------------------------------------------------------------


def test_example_of_the_model_card_reads() -> None:
    """Two numbers are used, the third is flagged, and the last step is the final node."""
    graph = read_compact("!n3; n1 * n2", PENS)
    assert [(n.id, n.op, n.distractor) for n in graph.nodes] == [
        ("n1", "const", False),
        ("n2", "const", False),
        ("n3", "const", True),
        (FINAL_ID, "mul", False),
    ]
    assert graph.final.args == ("n1", "n2")
    assert execute(graph).value == 500


def test_numbers_bring_value_unit_and_label() -> None:
    """A constant node carries what the text says of its number."""
    graph = read_compact("!n3; n1 * n2", PENS)
    assert graph["n1"].val == 100
    assert graph["n2"].unit == "টাকা"
    assert "কলম" in (graph["n1"].label or "")


def test_steps_are_numbered_in_order() -> None:
    """Each step may read the earlier ones; a constant of the world becomes a node."""
    graph = read_compact("n1 * n2; s1 - n3; s2 / 12", numbers_of(10, 8, 20))
    assert [n.id for n in graph.nodes if n.op != "const"] == ["s1", "s2", FINAL_ID]
    assert graph["c1"].val == 12
    assert execute(graph).value == 5


def test_values_may_be_declared_in_the_header() -> None:
    """Without a question the header gives the numbers their values."""
    graph = read_compact("n1=100 n2=5 !n3=50; n1 * n2", None)
    assert graph["n3"].val == 50
    assert graph["n3"].distractor
    assert execute(graph).value == 500


def test_unmentioned_numbers_get_no_node() -> None:
    """A number that the notation does not name is left out, so that coverage can miss it."""
    graph = read_compact("n1 * n2", PENS)
    assert {n.id for n in graph.nodes} == {"n1", "n2", FINAL_ID}


def test_flagged_step_is_a_distractor() -> None:
    """``!`` before a step flags its node and nothing else."""
    graph = read_compact("!n1 + n2; n1 * n2", numbers_of(3, 4))
    assert graph["s1"].distractor
    assert not graph["n1"].distractor
    assert execute(graph).value == 12


def test_flagged_number_may_be_used() -> None:
    """A contradiction is read as written; judging it is the work of verify."""
    graph = read_compact("!n1; n1 * n2", numbers_of(3, 4))
    assert graph["n1"].distractor
    assert graph.final.args == ("n1", "n2")


def test_bare_reference_is_an_identity() -> None:
    """A question that asks for one of its own numbers needs no operator."""
    graph = read_compact("!n2; n1", numbers_of(3, 4))
    assert graph.final.op == "identity"
    assert execute(graph).value == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n1 + n2 * n3", 14),
        ("(n1 + n2) * n3", 20),
        ("n1 - n2 - n3", -5),
        ("n3 / n1 / n1", 1),
        ("n1 × n2 ÷ n1", 3),
        ("n1 − n2", -1),
        ("-n1 + n2", 1),
        ("n2 - -n1", 5),
        ("-(n1 + n2)", -5),
        ("n1*n2+n3", 10),
        ("min(n1, n2) + max(n1, n3)", 6),
        ("floor((n1 + n2) / n1)", 2),
        ("abs(n1 - n2)", 1),
        ("mod n3 n2", 1),
        ("pow(n1, n2)", 8),
        ("add n1 n2 n3", 9),
        ("mul n1 n2 n3", 24),
        ("sum n1 n2 n3", 9),
        ("mean n1 n3", 3),
        ("sqrt n3", 2),
        ("lcm n2 n3", 12),
        ("n1 * 0.5", 1),
    ],
)
def test_hand_written_expressions_read(text: str, value: int) -> None:
    """Precedence, parentheses, calls, prefix names and typographic signs read as they look."""
    assert value_of(text, 2, 3, 4) == value


def test_inner_operators_become_nodes() -> None:
    """A nested expression is as many steps as it has operators."""
    graph = read_compact("floor((n1 + n2) / 12)", numbers_of(20, 6))
    assert [n.op for n in graph.nodes if n.op != "const"] == ["add", "div", "floor"]


def test_spaces_do_not_matter() -> None:
    """People indent, break lines and close steps with a semicolon or forget the spaces."""
    tight = read_compact("!n3;n1*n2", PENS)
    assert read_compact("  !n3 ;\n n1  *  n2  ", PENS) == tight


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        ";",
        "!n3",
        "n1 *",
        "* n1",
        "n1 n2",
        "(n1 + n2",
        "n1 + n2)",
        "n1 + x",
        "n9 + n1",
        "s1 + n1",
        "n1 + n2; s2 + n1",
        "n1 + n2; s5",
        "frobnicate n1 n2",
        "floor(n1, n2)",
        "sqrt n1 n2",
        "mod n1",
        "n1 ** n2",
        "n1 = 5",
        "n1=; n1",
        "n1=abc; n1 + n2",
        "n1 + n2;; s1",
        "n1 + ১২টি",
        "n0 + n1",
        "n1 + \x00",
        "<n1> + <n2>",
        "n1 + 1e400",
        "n1 + nan",
        "n1=1/00; n1",
        "n1 * 12; c1 + n1",
        "n1 + n2 * n3; t1 + n1",
    ],
)
def test_unreadable_text_is_reported_with_its_place(text: str) -> None:
    """What is no graph gives one error whose faults each name a place in the text."""
    with pytest.raises(GraphParseError) as caught:
        read_compact(text, PENS)
    assert caught.value.faults
    assert all(fault.path.startswith("$") and fault.message for fault in caught.value.faults)


def test_fault_points_at_the_character() -> None:
    """The place of a fault is the offset of what was not expected."""
    with pytest.raises(GraphParseError) as caught:
        read_compact("n1 + n2; s1 * ?", PENS)
    assert "14" in caught.value.faults[0].path


def test_number_without_value_is_reported() -> None:
    """Without a question, a number that the header does not declare has no value."""
    with pytest.raises(GraphParseError, match="n2"):
        read_compact("n1=5; n1 * n2", None)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "n1" + ")" * 5_000,
        "-" * 9_000 + "n1",
        "floor(" * 1_500 + "n1" + ")" * 1_500,
        "n1 + " * 200_000 + "n1",
        "n1 + " + "9" * 9_000,
        "n1 + 0." + "1" * 9_000,
        "!" * 500_000,
        "abs " * 2_400 + "n1",
        "n1=" + "9" * 9_000 + "; n1",
    ],
    ids=[
        "parentheses",
        "minus signs",
        "calls",
        "megabyte",
        "digits",
        "decimals",
        "flags",
        "names",
        "declared digits",
    ],
)
def test_oversized_text_is_refused(text: str) -> None:
    """Length, depth and size of a number have bounds: an error beyond them, not a crash."""
    with pytest.raises(GraphParseError):
        read_compact(text, PENS)


def test_long_sum_reads() -> None:
    """A chain of operators is not nesting: its length is bounded by the text's alone."""
    assert value_of(" + ".join(["n1"] * 1_500), 2) == 3_000


def test_value_declared_twice_is_reported() -> None:
    """Two values for one number are a contradiction, as two nodes with one id are."""
    with pytest.raises(GraphParseError, match="n1"):
        read_compact("n1=5 n1=6; n1 + 1", None)


def test_flag_covers_the_whole_step() -> None:
    """Inner operators and literals of a flagged step are set aside with it."""
    graph = read_compact("!(n1 + n2) * 12; n1 - n2", numbers_of(9, 4))
    assert all(node.distractor for node in graph.nodes if node.id in {"t1", "c1", "s1"})


def test_fault_of_a_reference_points_at_it() -> None:
    """An unknown name is reported where it stands, not at the beginning."""
    with pytest.raises(GraphParseError) as caught:
        read_compact("n1 + n2; s1 + n9", PENS)
    assert "14" in caught.value.faults[0].path


@given(st.text(alphabet="n123s45 ;!+-*/()=,.minfloorabsx০৫×", max_size=40))
def test_any_text_is_a_graph_or_a_parse_error(text: str) -> None:
    """Reading ends in a well-formed graph or in GraphParseError, whatever was typed."""
    try:
        graph = read_compact(text, PENS)
    except GraphParseError:
        return
    assert structure_faults(graph) == ()


# --- expressions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", Ref("a")),
        ("12", Literal(Fraction(12))),
        ("0.5", Literal(Fraction(1, 2))),
        ("a * b", Call("mul", (Ref("a"), Ref("b")))),
        (
            "a + b * k",
            Call("add", (Ref("a"), Call("mul", (Ref("b"), Ref("k"))))),
        ),
        ("min(a, b2)", Call("min", (Ref("a"), Ref("b2")))),
    ],
)
def test_expressions_over_any_names(text: str, tree: Expr) -> None:
    """The problem bank's letters are references like any other name."""
    assert parse_expression(text) == tree


def test_percent_sign_between_operands_is_a_remainder() -> None:
    """The bank's conditions write ``a % 2``."""
    assert parse_expression("a % 2") == Call("mod", (Ref("a"), Literal(Fraction(2))))


@pytest.mark.parametrize("text", ["", "a +", "a b", "a ; b", "(a", "a = b", "A + b"])
def test_text_that_is_no_expression_is_reported(text: str) -> None:
    """An expression is the whole text, once."""
    with pytest.raises(GraphParseError):
        parse_expression(text)


def test_references_are_the_names_an_expression_reads() -> None:
    """Every name is found, however deep."""
    assert set(references(parse_expression("floor((a + b) / c) * a + 2"))) == {"a", "b", "c"}


def test_graph_is_built_from_an_expression() -> None:
    """Numbers set aside are flagged; the text that the graph writes reads as the same graph."""
    graph = build_graph(parse_expression("n1 * n2"), PENS, [3])
    assert graph == read_compact("!n3; n1 * n2", PENS)


# --- writing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "!n3; n1 * n2",
        "n1 + n2; s1 / n3",
        "add n1 n2 n3",
        "!n1 * n2; n1 + n3; !n2 - n3; s2 / 12",
        "min n1 n2 n3; floor s1",
        "!n1 !n2; n3",
    ],
)
def test_canonical_text_is_written_as_it_was_read(text: str) -> None:
    """The writer's own form survives a round trip to the letter, apart from numbers left out."""
    assert write_compact(read_compact(text, PENS), PENS) == text


def test_values_are_declared_when_there_are_no_numbers() -> None:
    """On its own the notation carries the values."""
    graph = read_compact("!n3; n1 * n2", PENS)
    assert write_compact(graph, None) == "n1=100 n2=5 !n3=50; n1 * n2"


def test_published_graph_binds_to_the_question() -> None:
    """A graph with ids of its own is written over the question's numbers, found by value."""
    graph = Graph(
        nodes=(
            Node(id="price", op="const", val=Fraction(5)),
            Node(id="pens", op="const", val=Fraction(100)),
            Node(id="raju", op="const", val=Fraction(50), distractor=True),
            Node(id="total", op="mul", args=("pens", "price")),
            Node(id=FINAL_ID, op="identity", args=("total",)),
        )
    )
    assert write_compact(graph, PENS) == "!n3; n1 * n2; s1"


def test_equal_numbers_stay_apart() -> None:
    """Two numbers of one value are two slots, one used and one flagged."""
    numbers = numbers_of(5, 5, 7)
    for text in ("!n2; n1 * n3", "!n1; n2 * n3"):
        assert write_compact(read_compact(text, numbers), numbers) == text


def test_final_node_is_written_last() -> None:
    """Where the final node stands before a flagged one, the steps are put in another order."""
    graph = Graph(
        nodes=(
            Node(id="a", op="const", val=Fraction(6)),
            Node(id="b", op="const", val=Fraction(2)),
            Node(id=FINAL_ID, op="div", args=("a", "b")),
            Node(id="extra", op="add", args=("a", "b"), distractor=True),
        )
    )
    again = read_compact(write_compact(graph, None), None)
    assert meaning(again) == meaning(graph)
    assert execute(again).value == 3


def test_nodes_in_any_order_are_written() -> None:
    """What execute can run can be written: operands need not stand before what reads them."""
    graph = Graph(
        nodes=(
            Node(id=FINAL_ID, op="sub", args=("double", "a")),
            Node(id="double", op="add", args=("a", "a")),
            Node(id="a", op="const", val=Fraction(6)),
        )
    )
    assert execute(read_compact(write_compact(graph, None), None)).value == 6


def test_flagged_identity_in_front_is_no_header() -> None:
    """A first step that only repeats a flagged number is told from a header."""
    graph = Graph(
        nodes=(
            Node(id="n1", op="const", val=Fraction(100)),
            Node(id="n2", op="const", val=Fraction(5)),
            Node(id="copy", op="identity", args=("n1",), distractor=True),
            Node(id=FINAL_ID, op="mul", args=("n1", "n2")),
        )
    )
    assert meaning(read_compact(write_compact(graph, PENS), PENS)) == meaning(graph)


OPERATORS = ("add", "sub", "mul", "div", "pow", "mod")
FUNCTIONS_OF_ONE = ("abs", "round", "floor", "ceil", "sqrt", "identity")
FUNCTIONS_OF_MANY = ("add", "mul", "sum", "mean", "min", "max", "gcd", "lcm")

values = st.one_of(
    st.integers(-1_000, 100_000).map(Fraction),
    st.decimals(-100, 100, places=2).map(Fraction),
    st.fractions(-10, 10, max_denominator=12),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Well-formed graphs: numbers, then steps over anything earlier, shared or not."""
    count = draw(st.integers(1, 5))
    nodes = [
        Node(id=f"n{i}", op="const", val=draw(values), distractor=draw(st.booleans()))
        for i in range(1, count + 1)
    ]
    length = draw(st.integers(1, 5))
    for step in range(1, length + 1):
        earlier = st.sampled_from([node.id for node in nodes])
        kind = draw(st.sampled_from(("one", "two", "many")))
        if kind == "one":
            op, args = draw(st.sampled_from(FUNCTIONS_OF_ONE)), [draw(earlier)]
        elif kind == "two":
            op, args = draw(st.sampled_from(OPERATORS)), [draw(earlier), draw(earlier)]
        else:
            op = draw(st.sampled_from(FUNCTIONS_OF_MANY))
            args = draw(st.lists(earlier, min_size=2, max_size=4))
        last = step == length
        node_id = FINAL_ID if last else f"s{step}"
        flagged = not last and draw(st.booleans())
        nodes.append(Node(id=node_id, op=op, args=tuple(args), distractor=flagged))
    return Graph(nodes=tuple(nodes))


@given(graphs())
def test_graphs_survive_the_notation_with_values(graph: Graph) -> None:
    """read(write(g)) has the same operations, operands, sharing, values, flags and final node."""
    assert meaning(read_compact(write_compact(graph, None), None)) == meaning(graph)


@given(graphs())
def test_graphs_survive_with_foreign_ids(graph: Graph) -> None:
    """Ids of the model's own choosing do not matter."""
    names = {node.id: f"মান {i}" for i, node in enumerate(graph.nodes)} | {FINAL_ID: FINAL_ID}
    foreign = Graph(
        nodes=tuple(
            node.model_copy(
                update={"id": names[node.id], "args": tuple(names[a] for a in node.args)}
            )
            for node in graph.nodes
        )
    )
    assert meaning(read_compact(write_compact(foreign, None), None)) == meaning(graph)


@given(graphs())
def test_text_survives_over_known_numbers(graph: Graph) -> None:
    """Over the question's numbers, what was written reads back and is written alike."""
    numbers = tuple(
        Number("০", node.val, i, i + 1)
        for i, node in enumerate(graph.nodes)
        if node.op == "const" and node.val is not None
    )
    text = write_compact(graph, numbers)
    again = read_compact(text, numbers)
    assert write_compact(again, numbers) == text
    assert meaning(again) == meaning(graph)


@given(graphs())
def test_constants_of_the_world_survive_as_literals(graph: Graph) -> None:
    """Values that are no number of the question are written inside the steps and read back."""
    named = {n.id: f"c{i}" for i, n in enumerate(graph.nodes) if n.op == "const"}
    nodes = [
        node.model_copy(
            update={
                "id": named.get(node.id, node.id),
                "args": tuple(named.get(arg, arg) for arg in node.args),
                "distractor": False,
            }
        )
        for node in graph.nodes
    ]
    used = {arg for node in nodes for arg in node.args}
    world = Graph(nodes=tuple(node for node in nodes if node.op != "const" or node.id in used))
    assert meaning(read_compact(write_compact(world, ()), ())) == meaning(world)


@given(graphs())
def test_methods_of_graph_are_the_same_functions(graph: Graph) -> None:
    """Graph.compact and Graph.from_compact are the two directions."""
    assert Graph.from_compact(graph.compact()) == read_compact(write_compact(graph, None), None)
