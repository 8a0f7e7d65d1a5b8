"""A LlamaIndex agent that answers Bangla maths questions, offline.

``pip install 'llama-index-tools-dagger[cpu]'``.  ``ScriptedLLM`` follows a rule; any LLM that can
call functions takes its place.
"""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.tools.dagger import DaggerToolSpec
from llama_index.tools.dagger.testing import ScriptedLLM

QUESTION = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)


async def main() -> None:
    """Ask the agent, and show the tool's result, its steps, and what the agent makes of them."""
    agent = FunctionAgent(tools=[*DaggerToolSpec().to_tool_list()], llm=ScriptedLLM())
    run = agent.run(QUESTION)
    async for event in run.stream_events():
        if isinstance(event, ToolCallResult):
            print(f" tool: {event.tool_output.content}")
            for step in event.tool_output.raw_output.steps:
                print(f" step: {step.text}")
    print(f"agent: {await run}")


if __name__ == "__main__":
    asyncio.run(main())
