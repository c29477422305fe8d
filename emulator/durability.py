"""What of the embedded cloud outlives its processes: its state when it was last saved, and each DynamoDB write since.

By itself ministack writes its state when it is told to stop, and a process that is killed is not told. What DynamoDB
has answered is durable on AWS. So each write is put into a journal before it is answered, and when the cloud starts
again the journal is played back on top of the state that was saved.

Kept as it was saved: what is deployed, secrets, messages in queues. Kept as it was last: tables, and objects in
buckets. Forgotten are the executions that had not ended by the time of the saving: they were in flight or began later,
and their names are free again, for nothing can resume them. A pipe gets the records since the saving once more.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core.persistence import load_state, save_all
from ministack.services import dynamodb, stepfunctions

SAVE = "/_orderflow/save"
"""Where a POST saves the state."""
WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")
"""The functions of ministack's DynamoDB behind its writes."""


def install(journal: Path) -> None:
    """Keep `journal`, in the process of ministack and before it starts; its own state goes where STATE_DIR says."""
    kept = _Journal(journal)
    for name in WRITES:
        setattr(dynamodb, name, kept.written(name, getattr(dynamodb, name)))
    tables, load, before_body = dynamodb.get_state, app._load_persisted_state, app._handle_admin_reset

    def tables_and_streams() -> dict[str, Any]:
        return {**tables(), "streams": copy.deepcopy(dynamodb._stream_records)}

    def load_and_play_back() -> None:
        load()
        dynamodb._stream_records.update((load_state("dynamodb") or {}).get("streams", {}))
        _forget_unfinished_executions()
        kept.play_back()

    async def save_or_pass(path: str, method: str, query: dict[str, Any]) -> Any:
        if (path, method) != (SAVE, "POST"):
            return await before_body(path, method, query)
        kept.save()
        return 204, {}, b""

    dynamodb.get_state = tables_and_streams
    app._load_persisted_state, app._handle_admin_reset = load_and_play_back, save_or_pass


class _Journal:
    """The writes since the last saving, one a line: the function and what it was asked."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines = file.open("a")
        self._lock = threading.Lock()
        self._played: dict[str, Callable[[dict[str, Any]], Any]] = {}

    def written(self, name: str, write: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        """`write` as it shall be called: nobody hears that it is done before it is in the journal."""
        self._played[name] = write

        def write_durably(request: dict[str, Any]) -> Any:
            line = json.dumps([name, request])
            with self._lock:
                answer = write(request)
                if answer[0] == 200:
                    self._lines.write(f"{line}\n")
                    self._lines.flush()  # to the system, which outlives this process
            return answer

        return write_durably

    def play_back(self) -> None:
        """Repeat every write in its order. A line that breaks off was not answered, and is the last."""
        whole = [line for line in self._file.read_text().splitlines(keepends=True) if line.endswith("\n")]
        for line in whole:
            name, request = json.loads(line)
            status, _, body = self._played[name](request)
            assert status == 200, (name, request, body)  # noqa: S101 it was so the first time

    def save(self) -> None:
        """Have ministack write its state, which holds all that is in the journal."""
        with self._lock:
            save_all(app._build_persistence_save_dict())
            self._lines.truncate(0)


def _forget_unfinished_executions() -> None:
    """ministack marks them as failed, and would go on to refuse their names."""
    for arn, execution in list(stepfunctions._executions.items()):
        if execution.get("error") == "States.ServiceRestart":
            del stepfunctions._executions[arn]
