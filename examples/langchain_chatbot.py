"""A chatbot with memory: maths questions go to the tool, the rest to the bot's own chain, offline.

``pip install 'langchain-dagger[cpu]'``.  No retriever and no agent loop: the router decides without
asking a model.  ``ScriptedChatModel`` stands for the bot's chat model.
"""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_dagger import DaggerRouter
from langchain_dagger.testing import ScriptedChatModel

SAID = (
    "নমস্কার!",
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?",
    "ধন্যবাদ!",
)


def small_talk(messages: Sequence[BaseMessage]) -> AIMessage:
    """The bot's own model: it remembers how much was said."""
    people = sum(isinstance(message, HumanMessage) for message in messages)
    return AIMessage(f"আপনার {people} নম্বর কথা শুনলাম।")


def main() -> None:
    """Talk, with one history for both roads."""
    prompt = ChatPromptTemplate(
        [("system", "তুমি একজন সহায়ক।"), MessagesPlaceholder("history"), ("human", "{said}")]
    )
    chatbot = prompt | DaggerRouter(ScriptedChatModel(rule=small_talk))
    history: list[BaseMessage] = []
    for said in SAID:
        reply = chatbot.invoke({"history": history, "said": said})
        history += [HumanMessage(said), reply]
        print(f"> {said}\n{reply.text}")
        for step in reply.response_metadata.get("dagger", {}).get("steps", ()):
            print(f"   {step['text']}")


if __name__ == "__main__":
    main()
