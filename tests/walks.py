"""How far a state machine walks."""

import hypothesis


def far(*, examples: int, steps: int) -> hypothesis.settings:
    """A few walks in the steady profile, as many as it says in the long one."""
    chosen = hypothesis.settings()
    return hypothesis.settings(
        chosen,
        max_examples=examples if chosen.derandomize else chosen.max_examples,
        stateful_step_count=steps,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
