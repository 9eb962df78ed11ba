"""Several threads at once, none of which may fail or hang."""

from __future__ import annotations

import threading
from collections.abc import Callable

HANG_S = 60


def run_all(*jobs: Callable[[], object]) -> None:
    """All at once, to their ends."""
    errors: list[BaseException] = []

    def guarded(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=guarded, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_S)
    assert errors == []
    assert not any(thread.is_alive() for thread in threads)
