"""The query pipeline component on 0.12, and a sentence that says so on newer versions."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from conftest import PENS, TOLD
from llama_index.core.base.llms.types import ChatMessage
from llama_index.tools.dagger import DaggerQueryEngine, pipeline

from dagger_tools import Solver

if version("llama-index-core").startswith("0.12."):
    from llama_index.core.query_pipeline import (  # type: ignore[import-not-found,unused-ignore]  # 0.12 alone
        FnComponent,
        InputComponent,
        QueryPipeline,
    )
    from llama_index.tools.dagger.pipeline import DaggerQueryComponent

    def pipeline_of(**options: Any) -> QueryPipeline:
        """A pipeline; LlamaIndex warns about each, past all filters."""
        with pytest.deprecated_call(match="QueryPipeline has been deprecated"):
            return QueryPipeline(**options)

    async def test_pipeline_answers_in_both_worlds() -> None:
        """Question in, response out, as the first link of a chain or the only one."""
        chain = pipeline_of(
            chain=[DaggerQueryComponent(), FnComponent(fn=lambda output: str(output))]
        )
        assert chain.run(input=PENS) == TOLD
        assert await chain.arun(input=PENS) == TOLD
        alone = pipeline_of(chain=[DaggerQueryComponent()]).run(input=PENS)
        assert alone.metadata["value"] == 500

    def test_component_links_by_name_and_takes_messages() -> None:
        """It has one input and one output key, and reads whatever a pipeline can make a text of."""
        component = DaggerQueryComponent()
        assert component.input_keys.required_keys == {"input"}
        assert component.output_keys.required_keys == {"output"}
        linked = pipeline_of(modules={"start": InputComponent(), "dagger": component})
        linked.add_link("start", "dagger", src_key="said", dest_key="input")
        assert str(linked.run(said=ChatMessage(role="user", content=PENS))) == TOLD

    def test_component_takes_an_engine(unsure_solver: Solver) -> None:
        """The solver is the engine's."""
        component = DaggerQueryComponent(engine=DaggerQueryEngine(solver=unsure_solver))
        assert component.run_component(input=PENS)["output"].metadata["status"] == "unsure"

else:

    def test_newer_versions_say_what_to_use() -> None:
        """Asking for the component where there are no pipelines names the workflow and the pin."""
        with pytest.raises(
            ImportError, match=r"DaggerWorkflow, or pip install 'llama-index-core=="
        ):
            pipeline.DaggerQueryComponent  # noqa: B018  # asking is the test
        with pytest.raises(AttributeError, match="nothing"):
            getattr(pipeline, "nothing")  # noqa: B009  # likewise
        assert "DaggerQueryComponent" not in pipeline.__all__
