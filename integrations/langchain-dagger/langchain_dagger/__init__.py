"""Bangla maths questions in LangChain: a tool for agents, and a runnable that routes.

>>> from langchain_dagger import DaggerMathTool
>>> DaggerMathTool().invoke({"question": "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। ..."})
"""

from langchain_dagger.router import DaggerRouter
from langchain_dagger.tool import DaggerMathTool

__all__ = ["DaggerMathTool", "DaggerRouter"]
