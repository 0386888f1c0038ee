"""Recognition of pages and answers: one question for a group of them instead of two for each.

Where the last ones of a stream were all known, the next are taken for known, and nobody asks the
store. Whoever commits them notes that they were seen, and so finds out; then what is not known
after all is mapped. On a night without news that is one statement for 64 keys; and a worker that
maps nothing need not wait for the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from duetrail.pipeline.documents import Known
from duetrail.pipeline.read import Reader, ReadResult, Task

# So many known pages or answers in a row let the next one be taken for known.
_ENOUGH = 16


class Recognition:
    """Says which documents are known, and puts right what it took for known.

    Args:
        known: Asks the store; any thread may.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        # By stream. Workers count without a lock: one more or less makes no difference.
        self._in_a_row: Counter[str] = Counter()
        self._failed: set[Task] = set()

    def of(self, task: Task) -> Known:
        """What says of the documents of a task which are known; asked by its worker."""
        return partial(self._of_page, task.stream.name)

    def _of_page(self, stream: str, hashes: Sequence[bytes]) -> set[bytes]:
        if self._in_a_row[stream] >= _ENOUGH:
            return set(hashes)
        found = self._known(hashes)
        self._in_a_row[stream] = self._in_a_row[stream] + 1 if found.issuperset(hashes) else 0
        return found

    @property
    def may_trust(self) -> bool:
        """Whether results may be committed before they are checked."""
        return not self._failed

    def checked(self, group: Sequence[ReadResult], reader: Reader) -> Sequence[ReadResult]:
        """Results of which nothing is taken for known any more that is not.

        Args:
            group: The results, as they came from the workers.
            reader: What maps their pages.
        """
        taken = {
            hash for result in group if result.batch is not None for hash in result.batch.known
        }
        known = self._known(list(taken)) if taken else taken
        if len(known) == len(taken) and not self._failed:
            return group
        return [self._checked(result, known, reader) for result in group]

    def _checked(self, result: ReadResult, known: set[bytes], reader: Reader) -> ReadResult:
        task, batch = result.task, result.batch
        if task in self._failed:  # what its worker read after that counts no more
            return replace(result, batch=None, end="", cursor=None)
        if batch is None or known.issuperset(batch.known):
            return result
        self._in_a_row[task.stream.name] = 0
        mapped = reader.mapped_again(result, lambda hashes: known.intersection(hashes))
        if mapped.error is not None and result.error is None:
            self._failed.add(task)
        return mapped
