"""What a run will take, before it is begun: cells, hours, memory and disk, and how the time falls with workers.

`plan.kinds` sorts a study's cells; `pilot.measure` runs one of each kind, shortened, and says what a whole one takes.
"""
