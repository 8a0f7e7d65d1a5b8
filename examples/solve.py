"""Ask one question and use what comes back."""

from dagger_tools import Solver

with Solver() as solver:
    answer = solver.solve(
        "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
        "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
    )

print(answer.status, answer.value, answer.text)
for step in answer.steps:
    print(step.text)
for number in answer.numbers:
    print(number.text, number.role)
