"""A LangGraph agent that answers Bangla maths questions, offline.

``pip install 'langchain-dagger[cpu]' langchain``.  ``ScriptedChatModel`` follows a rule; any chat
model that can call tools takes its place.
"""

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_dagger import DaggerMathTool
from langchain_dagger.testing import ScriptedChatModel

QUESTION = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)


def main() -> None:
    """Ask the agent, and show each message of the conversation and the steps of the artifact."""
    agent = create_agent(ScriptedChatModel(), [DaggerMathTool(handle_tool_error=True)])
    state = agent.invoke({"messages": [HumanMessage(QUESTION)]})
    for message in state["messages"]:
        calls = getattr(message, "tool_calls", None)
        print(f"{message.type:>6}: {message.text or calls}")
    for step in state["messages"][2].artifact["steps"]:
        print(f"   step: {step['text']}")


if __name__ == "__main__":
    main()
