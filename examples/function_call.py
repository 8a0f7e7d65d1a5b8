"""What a host with OpenAI-style function calling does: offer the schema, answer the calls."""

import json

from dagger_tools.schema import answer_call, function_schema

tools = [{"type": "function", "function": function_schema()}]
# client.chat.completions.create(model=..., messages=..., tools=tools) brings back a call like this
question = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)
call = {"name": "bangla_math", "arguments": json.dumps({"question": question})}

answer = answer_call(call["arguments"])
message = {"role": "tool", "tool_call_id": "call_1", "content": str(answer)}
print(message["content"])
print(answer.status, answer.value)
