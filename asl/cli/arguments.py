"""The command line as it is written: commands, their arguments and options."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asl.cli.usage import MISUNDERSTOOD

DESCRIPTION = """\
Check, draw, compare, run, test and price Amazon States Language, and derive what its machine's role may do.

Exit codes: 0 no errors, 1 errors, 2 the command was not understood.
"""
_ONE = "JSON, YAML or a template; - for standard input"
_MANY = "JSON, YAML or templates; whole folders; - for standard input"


def parser(commands: Mapping[str, Callable[[Any], None]], written: Sequence[str]) -> ArgumentParser:
    """The parser for what is `written`. What it reads has, as `run`, the one of `commands` that was asked for.

    Options are made for commands that are written alone: argparse takes as long for each as for parsing.
    """
    whole = ArgumentParser(
        "python -m asl", description=DESCRIPTION, allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter
    )
    below = whole.add_subparsers(title="commands", metavar="COMMAND")
    for name, add in _OPTIONS.items():
        told = (commands[name].__doc__ or "").strip()
        own = below.add_parser(name, help=told.partition("\n")[0], description=told, allow_abbrev=False)
        if name in written:
            add(own)
        own.set_defaults(run=commands[name])
    whole.set_defaults(run=lambda _given: whole.exit(MISUNDERSTOOD, whole.format_help()))  # pyright: ignore
    return whole


def _check(own: ArgumentParser) -> None:
    own.add_argument("files", nargs="*", metavar="FILES", help=_MANY)
    _type(own)
    _format(own, "text", "jsonl", "sarif", help="for people, for programs, or for code scanning")
    own.add_argument("--all", action="store_true", help="advice, too, and not its number alone")
    _explain(own)


def _grants(own: ArgumentParser) -> None:
    _file(own)
    own.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="'STATE=RESOURCE: REASON'",
        help="what a state may reach that data says; again for more",
    )
    _format(own, "text", "json", help="a list, or the policy")


def _diagram(own: ArgumentParser) -> None:
    _file(own)
    _format(own, "mermaid", "svg", help="SVG needs the extra 'svg'")
    _type(own)


def _view(own: ArgumentParser) -> None:
    own.add_argument("file", metavar="FILE", help=f"{_ONE}; or a file of cases")
    _machine(own)
    own.add_argument(
        "--run", dest="given", metavar="INPUT", help="run it: the input as JSON, @FILE or -; or the name of a case"
    )
    own.add_argument("--mock", metavar="FILE", help="what tasks come to, by state; or a MockConfigFile")
    own.add_argument("--case", metavar="NAME", help="which test case of a MockConfigFile")
    own.add_argument("--seed", type=int, default=0, metavar="N", help="for jitter and random numbers")
    own.add_argument("--out", metavar="PAGE", help="where the page is written, - for standard output; NAME.html")
    _type(own)


def _diff(own: ArgumentParser) -> None:
    own.add_argument("old", metavar="OLD", help=_ONE)
    own.add_argument("new", metavar="NEW", help="JSON, YAML or a template")
    _machine(own)
    _format(own, "text", "mermaid", "svg", help="in words, or as a picture")


def _run(own: ArgumentParser) -> None:
    _file(own)
    own.add_argument("--input", metavar="JSON", help="the execution's input; @FILE, or - for standard input")
    own.add_argument("--mock", metavar="FILE", help="what tasks come to, by state; or a MockConfigFile")
    own.add_argument("--case", metavar="NAME", help="which test case of a MockConfigFile")
    own.add_argument("--seed", type=int, default=0, metavar="N", help="for jitter and random numbers")
    own.add_argument("--verbose", action="store_true", help="each state's input and output, too")
    _type(own)
    _format(own, "text", "json", help="each state as it goes, or the history")


def _test(own: ArgumentParser) -> None:
    own.add_argument("files", nargs="+", metavar="FILES", help="NAME.cases.yaml or .json, MockConfigFile.json; folders")
    own.add_argument("-k", default="", metavar="TEXT", help="only cases that have it in their name")
    own.add_argument("--at-aws", action="store_true", help="by AWS's TestState, too: boto3's credentials, its region")
    own.add_argument("--role", metavar="ARN", help="a role that TestState is to assume; mocks need none")
    own.add_argument("--endpoint-url", metavar="URL", help="where TestState is, if not at AWS")
    _format(own, "text", "jsonl", help="for people, or an object a line for programs")


def _explore(own: ArgumentParser) -> None:
    _file(own)
    own.add_argument("--input", metavar="JSON", help="the execution's input; @FILE, or -; without it any is tried")
    own.add_argument("--mock", metavar="FILE", help="what tasks return, by state, each of several; or a MockConfigFile")
    own.add_argument("--case", metavar="NAME", help="which test case of a MockConfigFile")
    own.add_argument(
        "--must-reach",
        action="append",
        default=[],
        metavar="'STATE: END, END unless ERROR'",
        help="what has to come after a state, whatever happens; again for more",
    )
    own.add_argument("--bound", type=int, metavar="N", help="visits that differ, tried at the most")
    _type(own)
    _format(own, "text", "json", help="a report, or all of it")


def _cost(own: ArgumentParser) -> None:
    _file(own)
    _volume(own)
    for option, form, help in (
        ("--share", "STATE:NEXT=SHARE", "how many of a state's visits go on there"),
        ("--rounds", "CHOICE=N", "how often a loop's Choice is asked"),
        ("--items", "MAP=N", "how many items a Map has"),
        ("--assume", "NAME=N", "another figure, as the result lists them"),
    ):
        own.add_argument(option, action="append", default=[], metavar=form, help=help)
    own.add_argument("--x86", action="store_true", help="functions run on x86_64 and not on arm64")
    _format(own, "text", "json", help="a table, or all of it")


def _review(own: ArgumentParser) -> None:
    own.add_argument("before", metavar="BEFORE", help="a folder with a folder for each stack")
    own.add_argument("after", metavar="AFTER", help="another one")
    own.add_argument("names", nargs="*", metavar="STACKS", help="the stacks in this order; all by their names")
    _volume(own)
    own.add_argument("--page", metavar="FILE", help="write a page of the machines before and after, too")
    own.add_argument("--room", type=int, default=1_000_000, metavar="BYTES", help="the longest text")
    own.add_argument("--short", metavar="FILE", help="write a shorter text, too, as for a comment")
    own.add_argument("--short-room", type=int, default=60_000, metavar="BYTES", help="the longest of that")


def _rules(own: ArgumentParser) -> None:
    _explain(own)


_OPTIONS = {
    "check": _check,
    "grants": _grants,
    "diagram": _diagram,
    "view": _view,
    "diff": _diff,
    "run": _run,
    "test": _test,
    "explore": _explore,
    "cost": _cost,
    "review": _review,
    "rules": _rules,
}


def _file(own: ArgumentParser) -> None:
    own.add_argument("file", metavar="FILE", help=_ONE)
    _machine(own)


def _machine(own: ArgumentParser) -> None:
    own.add_argument("--machine", metavar="NAME", help="which one, where a template holds several")


def _type(own: ArgumentParser) -> None:
    own.add_argument(
        "--type",
        type=str.upper,
        choices=("STANDARD", "EXPRESS"),
        default="STANDARD",
        help="what it is where no template says it",
    )


def _format(own: ArgumentParser, *formats: str, help: str) -> None:
    own.add_argument("--format", choices=formats, default=formats[0], help=help)


def _explain(own: ArgumentParser) -> None:
    own.add_argument("--explain", metavar="RULE", help="why a rule is there, with a bad and a good example")


def _volume(own: ArgumentParser) -> None:
    own.add_argument("--volume", type=_volume_of, default=1_000_000.0, metavar="N", help="executions a month")


def _volume_of(written: str) -> float:
    try:
        found = float(written)
    except ValueError:
        raise ArgumentTypeError(f"'{written}' is no number") from None
    if not 1 <= found < float("inf"):
        raise ArgumentTypeError(f"{written} is no number of at least 1")
    return found
