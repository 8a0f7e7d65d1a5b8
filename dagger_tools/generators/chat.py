"""A question put into a chat: the one rendering that all language-model generators share.

The checkpoint's chat template is rendered with marks where a person's text goes.  Only what stands
outside of the marks can be a control token; the text itself is encoded with control tokens switched
off, so a question that spells ``<end_of_turn>`` is a question with these letters in it.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import InputError, MissingDependencyError
from dagger_tools.generators.prompt import Prompt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["ChatPrompt", "chat_messages", "neutralise", "repair_messages", "repair_request"]

Messages = list[dict[str, str]]

_TURN_ENDS = ("<eos>", "<end_of_turn>", "</s>", "<|im_end|>", "<|eot_id|>", "<|endoftext|>")
_ALWAYS_CONTROL = ("<bos>", "<pad>", "<s>", "<start_of_turn>", "<|im_start|>", *_TURN_ENDS)
_JOINER = "\u200d"  # zero-width joiner: nothing is seen of it
# the shapes of control tokens in all chat formats that servers offer, whatever the words inside
_SPELLING = re.compile(r"<(?=[|/]?[A-Za-z_]\w*[|]?>)|\[(?=/?(?:INST|SYS)\])|<(?=</?SYS>>)")


class ChatPrompt:
    """Questions to token ids in the turn format of one checkpoint.

    Args:
        tokenizer: a plain ``tokenizers.Tokenizer``; it is not changed.
        chat_template: the checkpoint's, in Jinja; None for Gemma's turns.
        prompt: the text around the question.

    Raises:
        InputError: the template fails, or loses or doubles the prompt.
        MissingDependencyError: there is a template, and Jinja2 is not installed.
    """

    def __init__(self, tokenizer: Tokenizer, chat_template: str | None, prompt: Prompt) -> None:
        self._prompt = prompt
        self._write = _gemma if chat_template is None else _jinja(chat_template)
        self._plain, self._control = _without_control(tokenizer)
        spellings = sorted(self._control, key=len, reverse=True)
        self._split = re.compile("|".join(map(re.escape, spellings))) if spellings else None
        self._bos = tokenizer.token_to_id("<bos>")
        self._before, self._lead, self._tail, self._after = self._around()

    def with_prompt(self, prompt: Prompt) -> ChatPrompt:
        """The same with another prompt; the tokenizer, by far the largest part, is shared.

        Raises:
            InputError: the template fails, or loses or doubles the prompt.
        """
        other = copy.copy(self)
        other._prompt = prompt
        other._before, other._lead, other._tail, other._after = other._around()
        return other

    @property
    def prefix(self) -> list[int]:
        """Ids that every rendered question begins with."""
        return list(self._before)

    @property
    def suffix(self) -> list[int]:
        """Ids that every rendered question ends with."""
        return list(self._after)

    @property
    def stop_ids(self) -> frozenset[int]:
        """Ids that end the model's turn, of those the tokenizer knows."""
        return frozenset(self._control[name] for name in _TURN_ENDS if name in self._control)

    def render(self, question: str) -> list[int]:
        """Ids of the whole chat up to where the model's turn begins, with exactly one ``<bos>``."""
        middle = self._encode(self._lead + question.strip() + self._tail)
        return [*self._before, *middle, *self._after]

    def encode_output(self, output: str) -> list[int]:
        """Ids of a text that the model shall write: letters only, no control token among them."""
        return self._encode(output.strip())

    def render_repair(self, question: str, output: str, fault: str) -> list[int]:
        """The same chat after the model's ``output`` and one more turn that names its ``fault``."""
        ids: list[int] = []
        run = ""
        turns = [question.strip(), output.strip(), repair_request(fault)]
        for text, trusted in self._pieces(turns):
            if not trusted:
                run += text
                continue
            for plain, control in self._runs(text):
                run += plain
                if control is not None:
                    ids += [*self._encode(run), control]
                    run = ""
        return self._with_bos([*ids, *self._encode(run)])

    def _around(self) -> tuple[list[int], str, str, list[int]]:
        """Ids before the question, text right before and after it, ids after that.

        Text that may share a token with the question is encoded together with it: the space before
        it, and what follows it up to the next control token.
        """
        before, _, after = (text for text, _ in self._pieces([""]))
        runs = self._runs(before)
        last = runs[-1][0]
        kept = last.rstrip(" ")
        ids: list[int] = []
        for plain, control in [*runs[:-1], (kept, None)]:
            ids += self._encode(plain) + ([] if control is None else [control])
        (tail, control), *rest = self._runs(after)
        end = [] if control is None else [control]
        for plain, control in rest:
            end += self._encode(plain) + ([] if control is None else [control])
        if self._bos is not None and self._bos in end:
            raise InputError("the chat template writes <bos> after the question")
        return self._with_bos(ids), last[len(kept) :], tail, end

    def _with_bos(self, ids: list[int]) -> list[int]:
        """``ids`` with exactly one ``<bos>``, at their beginning."""
        if self._bos is None:
            return ids
        if self._bos in ids[1:]:
            raise InputError(
                f"{self._prompt.name} or the chat template writes <bos> in its middle",
                hint="leave <bos> out of the prompt",
            )
        return ids if ids[:1] == [self._bos] else [self._bos, *ids]

    def _pieces(self, texts: Sequence[str]) -> list[tuple[str, bool]]:
        """The rendered chat of these turns: trusted text and, between, each of ``texts``."""
        marks = [f"mark{secrets.token_hex(12)}" for _ in texts]
        messages = _messages(self._prompt, marks[0])
        for role, mark in zip(("assistant", "user"), marks[1:], strict=False):
            messages.append({"role": role, "content": mark})
        rendered = self._write(messages)
        pieces: list[tuple[str, bool]] = []
        for mark, text in zip(marks, texts, strict=True):
            if rendered.count(mark) != 1:
                raise InputError(
                    f"the chat template writes a message {rendered.count(mark)} times",
                    hint="give another template",
                )
            before, _, rendered = rendered.partition(mark)
            pieces += [(before, True), (text, False)]
        return [*pieces, (rendered, True)]

    def _runs(self, text: str) -> list[tuple[str, int | None]]:
        """Trusted text as plain runs, each with the control token after it; the last has none."""
        runs: list[tuple[str, int | None]] = []
        at = 0
        for match in self._split.finditer(text) if self._split else ():
            runs.append((text[at : match.start()], self._control[match[0]]))
            at = match.end()
        return [*runs, (text[at:], None)]

    def _encode(self, text: str) -> list[int]:
        """Ids of ``text`` as letters; none of them is a control token."""
        if not text:
            return []
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        control = self._control.values()
        if any(token in control for token in ids):  # by a vocabulary that reads whole words
            ids = self._plain.encode(neutralise(text), add_special_tokens=False).ids
            ids = [token for token in ids if token not in control]
        return ids


def chat_messages(prompt: Prompt, question: str) -> Messages:
    """System and user message for a question, for a server that renders and encodes them itself.

    It does so with control tokens switched on: so whatever is spelt like one in the question is
    broken up (see ``neutralise``).
    """
    return _messages(prompt, neutralise(question.strip()))


def repair_messages(prompt: Prompt, question: str, output: str, fault: str) -> Messages:
    """The same after the model's ``output``, with one more turn that names its ``fault``."""
    return [
        *chat_messages(prompt, question),
        {"role": "assistant", "content": neutralise(output.strip())},
        {"role": "user", "content": neutralise(repair_request(fault))},
    ]


def _messages(prompt: Prompt, question: str) -> Messages:
    system = [] if prompt.system is None else [{"role": "system", "content": prompt.system}]
    return [*system, {"role": "user", "content": prompt.render(question)}]


def neutralise(text: str) -> str:
    """``text`` with a zero-width joiner inside of everything that is spelt like a control token."""
    return _SPELLING.sub(lambda match: match[0] + _JOINER, text)


def repair_request(fault: str) -> str:
    """What a model is told of its graph's fault."""
    return (
        f"That graph is wrong: {fault[:1000]}\n"
        "Write the whole JSON object again with this mended, and nothing else."
    )


def _without_control(tokenizer: Tokenizer) -> tuple[Tokenizer, dict[str, int]]:
    """A copy that knows no control tokens, and these with their ids."""
    from tokenizers import Tokenizer as Copied

    document = json.loads(tokenizer.to_str())
    control: dict[str, int] = {}
    for token in document["added_tokens"]:
        if token["special"] or token["content"] in _ALWAYS_CONTROL:
            token["special"] = True  # else it would be read in a text all the same
            control[token["content"]] = token["id"]
    # some checkpoints have them in the vocabulary alone
    for name in _ALWAYS_CONTROL:
        if name not in control and (token_id := tokenizer.token_to_id(name)) is not None:
            control[name] = token_id
    copy = Copied.from_str(json.dumps(document))
    copy.encode_special_tokens = True
    copy.no_padding()
    copy.no_truncation()
    return copy, control


def _gemma(messages: Messages) -> str:
    """Gemma's turns; its system message goes into the first user turn (Gemma 3 model card)."""
    first = ""
    text = "<bos>"
    for message in messages:
        if message["role"] == "system":
            first = message["content"] + "\n\n"
            continue
        role = "model" if message["role"] == "assistant" else "user"
        text += f"<start_of_turn>{role}\n{first}{message['content'].strip()}<end_of_turn>\n"
        first = ""
    return text + "<start_of_turn>model\n"


def _jinja(template: str) -> Callable[[Messages], str]:
    """The template as transformers renders it: sandboxed, for it comes with the weights."""
    try:
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError as error:
        raise MissingDependencyError(
            "Jinja2 is not installed", hint="pip install 'dagger-tools[cpu]'"
        ) from error

    def refuse(message: str) -> Any:
        raise TemplateError(message)

    def render(messages: Messages) -> str:
        try:
            return compiled.render(
                messages=messages, add_generation_prompt=True, bos_token="<bos>", eos_token="<eos>"
            )
        except (TemplateError, TypeError, ValueError, KeyError, OverflowError) as error:
            raise InputError(f"the chat template fails: {error}", hint=hint) from error

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = refuse
    hint = "is it the checkpoint's own?"
    try:
        compiled = environment.from_string(template)
    except TemplateError as error:
        raise InputError(f"the chat template is none: {error}", hint=hint) from error
    return render
