"""What sets the stack going by itself: pipes and schedules."""

from __future__ import annotations

from collections.abc import Iterator

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.text import one_line

PIPE_CHANGES = ("CREATING", "UPDATING", "STARTING")


def runs(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DescribePipe.html"""
    name = told.text("arn").rpartition("/")[2]
    pipe = connect("pipes").describe_pipe(Name=name)
    state, wanted = pipe["CurrentState"], pipe.get("DesiredState", "RUNNING")
    reason = one_line(f": {pipe['StateReason']}", 300) if pipe.get("StateReason") else ""
    ends = {end: (pipe[end], told.text(key)) for end, key in (("Source", "sourceArn"), ("Target", "targetArn"))}
    moved = [f"its {end.lower()} is {is_}; the stack says {says}" for end, (is_, says) in ends.items() if is_ != says]
    if state in PIPE_CHANGES and wanted == "RUNNING":
        yield Seen("waiting", f"{state}{reason}")
    elif state in ("STOPPED", "STOPPING"):
        yield Seen("wrong", f"{state}{reason}", f"aws pipes start-pipe --name {name}; it goes on where it stopped")
    elif state != "RUNNING":
        yield Seen("wrong", f"{state}{reason}", "mend what the reason names, and deploy again")
    elif moved:
        yield Seen("wrong", "; ".join(moved), DEPLOY)
    else:
        yield Seen("ok", "RUNNING")


def is_on_schedule(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html"""
    group, name = told.text("arn").rsplit("/", 2)[1:]
    schedule = connect("scheduler").get_schedule(GroupName=group, Name=name)
    target, says = schedule["Target"]["Arn"], told.text("targetArn")
    if schedule["State"] != "ENABLED":
        yield Seen("wrong", schedule["State"], DEPLOY)
    elif target != says:
        yield Seen("wrong", f"starts {target}; the stack says {says}", DEPLOY)
    else:
        yield Seen("ok", f"ENABLED, {schedule['ScheduleExpression']}")
