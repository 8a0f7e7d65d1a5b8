"""A small program that a model wrote, run in a process that can do nothing but arithmetic.

Two walls.  First a list of what a program may consist of: assignments, arithmetic, comparisons,
loops, functions of numbers, and the modules ``math`` and ``fractions``; no attribute but theirs, no
name with two underscores.  Then a process of its own without environment, site packages, or files,
with limits on processor time, memory, output and descriptors, and without a network where the
system lets an ordinary user leave it.
"""

from __future__ import annotations

import ast
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass

__all__ = ["CPU_SECONDS", "MEMORY", "Outcome", "refusal", "run_program"]

CPU_SECONDS = 2
MEMORY = 256 * 2**20
"""Bytes of address space."""
_WALL_SECONDS = 10.0
"""A loaded machine may take long over two seconds' work; a sleeping program is ended here."""
_MAX_CHARS = 8_000
_MAX_NODES = 2_000
_MAX_DEPTH = 60

_NODES = (
    ast.Module, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Name, ast.Load, ast.Store,
    ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.If, ast.For,
    ast.While, ast.Break, ast.Continue, ast.Pass, ast.Call, ast.keyword, ast.Tuple, ast.List,
    ast.Dict, ast.Subscript, ast.Slice, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Import, ast.ImportFrom, ast.alias, ast.Attribute, ast.ListComp, ast.GeneratorExp,
    ast.comprehension, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip
_MODULES = {"math": frozenset(n for n in dir(math) if not n.startswith("_")),
            "fractions": frozenset({"Fraction"})}  # fmt: skip
_BUILTINS = (
    "abs", "all", "any", "bool", "divmod", "enumerate", "float", "int", "len", "list", "max", "min",
    "pow", "print", "range", "reversed", "round", "sorted", "sum", "tuple", "zip",
)  # fmt: skip

# Runs in the child: the limits first, then the program with no builtins but those of the list.
# ``answer`` or the value that solution() returns is printed, whatever the program prints itself.
_CHILD = """
import sys
try:
    import resource
    def limit(kind, value):
        resource.setrlimit(kind, (value, value))
    limit(resource.RLIMIT_CPU, {cpu})
    limit(resource.RLIMIT_AS, {memory})
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CORE, 0)
except ImportError:
    resource = None
try:
    import ctypes
    # CLONE_NEWUSER | CLONE_NEWNET: a network of its own, with nothing on it
    ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)
except (ImportError, OSError, AttributeError):
    pass
import builtins, fractions, math
source = sys.stdin.read()
if resource is not None:
    limit(resource.RLIMIT_NOFILE, 3)
    try:
        limit(resource.RLIMIT_NPROC, 0)
    except (OSError, ValueError):
        pass
def importing(name, globals=None, locals=None, fromlist=(), level=0):
    if name not in ("math", "fractions"):
        raise ImportError(name)
    return dict(math=math, fractions=fractions)[name]
allowed = {{name: getattr(builtins, name) for name in {builtins!r} if name != "print"}}
allowed.update(print=lambda *a, **k: None, __import__=importing)
space = {{"__builtins__": allowed, "math": math, "Fraction": fractions.Fraction}}
exec(compile(source, "program", "exec"), space)
value = space["solution"]() if callable(space.get("solution")) else space["answer"]
if isinstance(value, fractions.Fraction) or (isinstance(value, int) and not isinstance(value, bool)):
    print(value)
else:
    print(repr(float(value)))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``value`` is the number's text (``"12"``, ``"2/3"``, ``"0.5"``), or None with the ``error``."""

    value: str | None
    error: str = ""


def run_program(source: str) -> Outcome:
    """The value of ``answer``, or of ``solution()``, after the program ran."""
    refused = refusal(source)
    if refused:
        return Outcome(None, refused)
    child = _CHILD.format(cpu=CPU_SECONDS, memory=MEMORY, builtins=_BUILTINS)
    with tempfile.TemporaryDirectory(prefix="dagger-") as folder:
        try:
            done = subprocess.run(
                # isolated, no site packages, nothing written beside modules; never through a shell
                [sys.executable, "-I", "-S", "-B", "-c", child],
                input=source.encode("utf-8", "replace"),
                capture_output=True,
                timeout=_WALL_SECONDS,
                cwd=folder,
                env={},
                close_fds=True,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(None, f"it did not end within {_WALL_SECONDS:g} s")
    if done.returncode < 0:
        return Outcome(
            None, f"it was ended by signal {-done.returncode}: {CPU_SECONDS} s or memory"
        )
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        return Outcome(None, lines[-1][:200])
    return Outcome(done.stdout.decode("ascii", "replace").strip()[:400])


def refusal(source: str) -> str:
    """Why a program is not run at all; empty where nothing speaks against it."""
    if len(source) > _MAX_CHARS:
        return f"the program has {len(source):,} characters; {_MAX_CHARS:,} are run"
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"no Python: {error}"
    nodes = list(ast.walk(tree))
    if len(nodes) > _MAX_NODES or _depth(tree) > _MAX_DEPTH:
        return "the program is too large"
    for node in nodes:
        fault = _fault(node)
        if fault:
            return f"line {getattr(node, 'lineno', 1)}: {fault}"
    return ""


def _fault(node: ast.AST) -> str:
    if not isinstance(node, _NODES):
        return f"{type(node).__name__} is not allowed"
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        return "decorators are not allowed"
    if isinstance(node, ast.Import) and any(a.name not in _MODULES for a in node.names):
        return "only math and fractions may be imported"
    if isinstance(node, ast.ImportFrom):
        names = _MODULES.get(node.module or "", frozenset())
        if node.level or any(a.name not in names for a in node.names):
            return "only names of math and fractions may be imported"
    if isinstance(node, ast.Attribute):
        owner = node.value
        # of a module, by its own name: not of a number, a function or a text
        if not isinstance(owner, ast.Name) or node.attr not in _MODULES.get(owner.id, ()):
            return f"the attribute {node.attr!r} is not allowed"
    for name in (getattr(node, field, None) for field in ("id", "name", "arg", "asname")):
        if isinstance(name, str) and "__" in name:
            return f"the name {name!r} is not allowed"
    return ""


def _depth(tree: ast.AST) -> int:
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return deepest
