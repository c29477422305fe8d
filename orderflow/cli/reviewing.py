"""The command for reviewers: who waits for a look, what there is to see, and the decision."""

from __future__ import annotations

from typing import Annotated

import typer

from orderflow.cli.base import AsJson, app, target
from orderflow.cli.deciding import tell_decided
from orderflow.cli.output import err, out, print_table, write_json
from orderflow.reviews import Asked, Reviews, Verdict

Applicant = Annotated[str | None, typer.Argument(metavar="APPLICANT", help="The applicant's id; without it, all.")]
Why = Annotated[str | None, typer.Option(metavar="TEXT", help="The reason, for whoever reads of the decision later.")]
By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who decides, in the embedded cloud; on AWS the credentials say so.")
]


@app.command()
def review(
    context: typer.Context,
    applicant: Applicant = None,
    approve: Annotated[bool, typer.Option("--approve", help="Open the account.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Decline the applicant.")] = False,
    why: Why = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """List the applicants whom a person has to look at; show one of them, and with --approve or --reject decide.

    What is shown of an applicant is personal: it is read with your credentials, and is nowhere else.
    """
    if applicant is None:
        _list(Reviews(target(context).find()), as_json)
        return
    if approve and reject:
        raise typer.BadParameter("--approve and --reject are two decisions; give one")
    if not (approve or reject):
        _show(Reviews(target(context).find()), applicant, as_json)
        return
    if not why:
        raise typer.BadParameter("a decision needs a reason: --why TEXT")
    _decide(Reviews(target(context).find()), applicant, "APPROVED" if approve else "REJECTED", by, why, as_json)


def _list(reviews: Reviews, as_json: bool) -> None:
    found = reviews.open()
    if as_json:
        for one in found:
            write_json(_told(one))
        return
    print_table(
        ("applicant", "why somebody has to look", "asked until"),
        [(one.applicant_id, " ".join(one.reasons), one.expires_at) for one in found],
    )
    if not found:
        err.print("Nobody waits for a review.")


def _show(reviews: Reviews, applicant: str, as_json: bool) -> None:
    asked = reviews.take(applicant)
    reviews.put_back(asked)
    given = reviews.shown(applicant)
    if as_json:
        write_json({**_told(asked), **given})
        return
    out.print(f"{applicant}: {' '.join(asked.reasons)}", markup=False, soft_wrap=True)
    for name, value in given.items():
        out.print(f"{name}: {value}", markup=False, soft_wrap=True)


def _decide(reviews: Reviews, applicant: str, verdict: Verdict, by: str | None, why: str, as_json: bool) -> None:
    tell_decided(reviews.decide(reviews.take(applicant), verdict, by, why), as_json)


def _told(asked: Asked) -> dict[str, object]:
    return {
        "applicantId": asked.applicant_id,
        "reviewId": asked.review_id,
        "reasons": asked.reasons,
        "expiresAt": asked.expires_at,
    }
