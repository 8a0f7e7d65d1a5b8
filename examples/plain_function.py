"""A plain function for any host that takes functions: smolagents, pydantic-ai, or your own loop."""

from dagger_tools.schema import default_solver


def bangla_math(question: str) -> str:
    """Answers a maths word problem written in Bangla (Bengali), exactly.

    Args:
        question: The whole question in Bangla, word for word, with every number in it.

    Returns:
        One or two sentences in Bangla.
    """
    return str(default_solver().solve(question))


if __name__ == "__main__":
    print(
        bangla_math(
            "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
            "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
        )
    )
