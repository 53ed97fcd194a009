"""What a run will take, before it is begun: cells, hours, memory and disk, and how the time falls with workers.

`parts.read` finds a chapter's cells without running its notebook; `pilot.measure` runs a few of them, shortened, and
says what a whole one takes; `plan.plan` puts both together.
"""
