"""The page of rules, made from their records."""

from __future__ import annotations

from asl.rules import RULES


def rules_page() -> str:
    """`docs/rules.md`, whole."""
    head = (
        "# Rules\n\n"
        "Made from the records in `asl/rules/` by `make docs`. An **error** is what AWS refuses or what cannot run:\n"
        "it stops `pulumi preview`. A **warning** is what can lose money, data or an execution; it appears in the\n"
        "diagnostics. **Advice** is what loses nothing by itself: it is counted, and shown by `check --all`, by\n"
        "`pulumi preview --debug` and to programs.\n\n"
        "| id | rank | rule | why | how to fix | source |\n|---|---|---|---|---|---|\n"
    )
    rows = (f"| {r.id} | {r.rank} | {r.title} | {r.why} | {r.fix} | [page]({r.source}) |\n" for r in RULES)
    return head + "".join(rows)


if __name__ == "__main__":
    print(rules_page(), end="")
