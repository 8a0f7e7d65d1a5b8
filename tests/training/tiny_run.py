"""A training run of the embedded model's kind, as small as one can be."""

from __future__ import annotations

from dagger_tools.training.nano_recipe import NanoRecipe

__all__ = ["ROWS", "TINY"]

TINY = NanoRecipe(
    steps=6,
    batch=4,
    warmup=2,
    vocabulary=700,
    tokenizer_problems=400,
    hidden=32,
    layers=2,
    heads=2,
    key_value_heads=1,
    intermediate=48,
)
ROWS = [
    {"question": question, "equation": equation, "answer": answer}
    for question, equation, answer in (
        ("রবির ১২টি লাটিম ছিল। ৫টি হারাল। কয়টি রইল?", "12-5", 7.0),
        ("৪টি থালায় ৬টি করে পিঠা। মোট কতটি পিঠা?", "4*6", 24.0),
        ("৪টি থালায় ৬টি করে পিঠা। মোট কতটি পিঠা?", "4*7", 28.0),
        ("৪টি থালা আছে। কয়টি?", "4**", 4.0),
        ("৯টি আম আর ৪টি জাম আছে। আম কয়টি বেশি?", "9-4", 6.0),
    )
]
