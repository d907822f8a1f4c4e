"""Which worker process gave how many answers, read from the identity that each answer carries."""

import re
from collections import Counter

Worker = tuple[str, int]  # host and process id: the replicas of a service have the same process ids

LONGEST = 128  # bytes from "host" to "pid": they stand side by side in what the lab's contenders answer
_HOST, _PID = re.compile(rb'"host"\s*:\s*"([^"]*)"'), re.compile(rb'"pid"\s*:\s*([0-9]+)')


class Workers:
    """On the hot path the text is cut out and counted as it is; it is read when the load is over."""

    def __init__(self) -> None:
        self._answers: dict[bytes, int] = {}

    def count(self, body: bytes) -> None:
        host = body.find(b'"host"')
        pid = body.find(b'"pid"', host)
        beside = 0 <= host < pid < host + LONGEST
        text = body[host : body.find(b",", pid)] if beside else _anywhere(body)
        self._answers[text] = self._answers.get(text, 0) + 1

    def answers(self) -> Counter[Worker]:
        """Those that named a process; its host is empty where they did not say."""
        found = Counter[Worker]()
        for text, count in self._answers.items():
            if (pid := _PID.search(text)) is not None:
                host = _HOST.search(text)
                found["" if host is None else host[1].decode(), int(pid[1])] += count
        return found


def _anywhere(body: bytes) -> bytes:
    """In a response that the lab did not make, the two may be anywhere."""
    return b" ".join(found[0] for pattern in (_HOST, _PID) if (found := pattern.search(body)) is not None)
