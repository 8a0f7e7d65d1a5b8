"""Both distributions in one environment: neither hides the other, and they share one model."""

from __future__ import annotations

import gc

from langchain_dagger import DaggerMathTool
from llama_index.tools.dagger import DaggerQueryEngine, DaggerToolSpec

from dagger_tools.generators.decoder import OnnxDecoder

PENS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)


def test_both_say_the_same_with_one_model() -> None:
    """Every host gives the same text, in the same words to the model, from one loaded model."""
    (tool,) = DaggerToolSpec().to_tool_list()
    told = {
        DaggerMathTool().invoke({"question": PENS}),
        tool(question=PENS).content,
        str(DaggerQueryEngine().query(PENS)),
    }
    assert told == {"উত্তর: ৫০০ টাকা। হিসাবে লাগেনি: ৫০।"}
    assert tool.metadata.description == DaggerMathTool().description
    assert sum(isinstance(item, OnnxDecoder) for item in gc.get_objects()) == 1
