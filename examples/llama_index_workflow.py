"""A LlamaIndex workflow: maths is routed to the solver, the rest to a step of the host, offline.

``pip install 'llama-index-tools-dagger[cpu]'``.  This is what a query pipeline was before
llama-index-core 0.13.
"""

import asyncio

from llama_index.core.workflow import StopEvent, step
from llama_index.tools.dagger import DaggerWorkflow, OtherEvent

SAID = (
    "নমস্কার!",
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?",
)


class Helper(DaggerWorkflow):
    """The host's workflow: routing and solving are inherited."""

    @step
    async def other(self, ev: OtherEvent) -> StopEvent:
        """What the host does with everything that is no maths question."""
        return StopEvent(result=f"আপনি বললেন: {ev.question}")


async def main() -> None:
    """Run the workflow for each thing that is said."""
    for text in SAID:
        print(f"> {text}\n{await Helper().run(question=text)}")


if __name__ == "__main__":
    asyncio.run(main())
