"""What fails again and again is left alone for a while."""

from __future__ import annotations

from index.breaker import FAILURES, REST_S, Breaker


def test_it_rests_after_so_many_failures_in_a_row_and_then_one_try_decides() -> None:
    time = 0.0
    breaker = Breaker(lambda: time)
    for _ in range(FAILURES - 1):
        assert breaker.may_try()
        breaker.failed()
    assert breaker.may_try()
    breaker.worked()  # not in a row
    for _ in range(FAILURES):
        assert breaker.may_try()
        breaker.failed()
    assert (breaker.rests, breaker.may_try(), breaker.rest_left) == (True, False, REST_S)
    time = REST_S
    assert breaker.may_try()
    assert not breaker.may_try()  # the others wait for the first to tell
    breaker.failed()
    time = 2 * REST_S - 1
    assert not breaker.may_try()
    time = 2 * REST_S
    assert breaker.may_try()
    breaker.worked()
    assert (breaker.rests, breaker.may_try(), breaker.failures) == (False, True, 0)
