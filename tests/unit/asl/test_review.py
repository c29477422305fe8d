"""What a reviewer is told of a change: everything that matters, nothing twice, never more than there is room for."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import asl
from asl.review.description import Description, Stack, read
from asl.review.markdown import SMALLEST, review
from asl.review.masking import Masks
from asl.review.text import block
from tests.unit.asl.command_line import Result
from tests.unit.asl.command_line import run as run_command

TASK: dict[str, Any] = {"Type": "Task", "Resource": "${charge.arn}:live", "TimeoutSeconds": 30}
ORDER: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": {**TASK, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
                   "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost"}], "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Lost": {"Type": "Fail", "Error": "Lost"},
    },
}  # fmt: skip
DECLINED = [{"ErrorEquals": ["Declined"], "Next": "Lost"}]
QUEUE: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/audit", "MessageBody": "x"},
    "TimeoutSeconds": 10,
    "Next": "Wait",
}


def machine(definition: Mapping[str, Any] = ORDER, name: str = "orders", **more: Any) -> Description:
    """A description as a preview writes it."""
    found = asl.check(definition)
    assert not [one for one in found if one.rule.severity == "error"]
    permissions = more.pop("permissions", None) or asl.document(asl.grants(definition))
    made = Description(name, "STANDARD", definition, findings=tuple(found), permissions=permissions)
    return replace(made, **more)


def changed(definition: Mapping[str, Any] = ORDER, /, **states: Any) -> dict[str, Any]:
    """`definition` with some fields of some states replaced; None takes a field or state out, a new state is added."""
    new = copy.deepcopy(dict(definition))
    for name, fields in states.items():
        state = {**new["States"].pop(name, {}), **(fields or {})}
        if fields:
            new["States"][name] = {key: value for key, value in state.items() if value is not None}
    return new


def stack(*machines: Description, stopped: str = "") -> Stack:
    return Stack({one.name: one for one in machines}, stopped)


def told(before: Stack, after: Stack, volume: float = 1_000_000) -> str:
    """What is said of one stack, its descriptions written and read."""
    masks = Masks()
    old, new = (
        Stack({name: read(one.to_json(), masks) for name, one in side.machines.items()}, masks.text(side.stopped))
        for side in (before, after)
    )
    return review({"prod": old}, {"prod": new}, volume=volume, room=100_000)


def table(text: str) -> dict[str, list[str]]:
    """The rows of the first table by machine."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row[1:] for row in rows if len(row) == 4}


def test_no_change_is_one_table_and_no_more() -> None:
    text = told(stack(machine()), stack(machine(dict(reversed(ORDER.items())))))
    assert text.startswith("### State machines: no changes\n")
    assert table(text)["orders"][0] == "none"
    assert "####" not in text


def test_words_permissions_and_price_of_a_change() -> None:
    new = changed(Charge={"Next": "Audit", "Retry": None}, Audit=QUEUE)
    text = told(stack(machine()), stack(machine(new)))
    caution = text[text.index("[!CAUTION]") : text.index("| permission |")]
    assert "- Charge: no longer retries States.ALL" in caution
    assert "| **gained** `sqs:SendMessage` | `arn:${Partition}:sqs:eu-west-1:ACCOUNT-1:audit` |" in text
    assert "- Audit (Task) added" in text
    assert "- Charge: goes to Audit, went to Wait before" in text
    assert '"Audit"' in text[text.index("```mermaid") :]
    assert table(text)["orders"][:2] == ["⚠️ 3", "+1 −0"]


def test_how_executions_can_end_is_told_of_what_changed() -> None:
    after = machine(changed(Wait={"Seconds": 61}), promises=(asl.MustReach("Charge", frozenset({"Done", "Lost"})),))
    text = told(stack(machine(), machine(name="other")), stack(after, machine(name="other")))
    assert "Exploration: executions end in Lost, Done; 1 promise kept." in text
    assert text.count("Exploration: ") == 1, "what is as it was is not told of"


def test_the_price_is_that_of_the_machines_own_type_at_the_volume_asked_for() -> None:
    """A Standard transition is 0.025 dollars for a thousand: https://aws.amazon.com/step-functions/pricing/"""
    waits = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}}
    more = {
        "StartAt": "A",
        "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Succeed"}},
    }
    silent: dict[str, Any] = {"assumed": asl.Assumptions(log_event_kb=0), "permissions": {"Statement": []}}
    text = told(stack(machine(waits, **silent)), stack(machine(more, **silent)), volume=2_000)
    assert "| $0.00002500, $0.05000 a month | $0.00005000, $0.1000 a month | +100.0 % |" in text
    text = told(stack(machine(waits, **silent)), stack(machine(waits, **silent, type="EXPRESS")))
    assert "becomes EXPRESS, was STANDARD" in text[text.index("[!CAUTION]") :]
    # 64 MB for a second at 0.00001667 dollars for a GB-second, and 0.000001 for the request.
    assert "| $0.00002500 → $0.000002042 (-91.8 %) |" in text


def test_what_is_true_of_every_stack_is_said_once_and_else_the_stacks_are_named() -> None:
    fast, slow = changed(Wait={"Seconds": 5}), changed(Wait={"Seconds": 90, "Next": "Lost"}, Done=None)
    before = {name: stack(machine()) for name in ("dev", "staging", "prod")}
    after = {"dev": fast, "staging": slow, "prod": slow}
    new = {name: stack(machine(changed(one, Charge={"Catch": DECLINED}))) for name, one in after.items()}
    text = review(before, new, volume=1_000, room=100_000)
    assert text.count("no longer catches States.ALL") == 1
    assert "no longer catches States.ALL (went to Lost)\n" in text
    assert "- Wait: Seconds 60 → 5 (dev)\n- Wait: Seconds 60 → 90 (staging, prod)\n" in text
    # The most dangerous first, though the first stack does not have it.
    assert text.index("Wait: goes to Lost, went to Done before (staging, prod)") < text.index("Seconds 60 → 5")
    assert "Picture (dev): added green" in text
    assert "Picture (staging, prod): added green" in text
    assert "\n| dev | $" in text
    assert "\n| staging, prod | $" in text


def test_a_definition_with_errors_is_told_with_all_of_them_and_its_picture() -> None:
    wrong = changed(Wait={"Next": "Dnoe"}, Charge={"Tiemout": 1})
    findings = [one for one in asl.check(wrong) if one.rule.severity == "error"]
    assert len(findings) == 2
    broken = Description("orders", "STANDARD", wrong, findings=tuple(findings))
    other = machine(name="events")
    text = told(stack(machine(), other), stack(broken, stopped="orders: 2 errors in the definition"))
    assert text.startswith("### State machines: ❌ orders cannot be deployed\n")
    assert "ASL003 States.Wait.Next: names 'Dnoe'" in text.replace("`", "")
    assert "ASL011 States.Charge.Tiemout" in text
    assert "Charge\nASL011" in text
    assert "**after the change** stops in prod" in text
    # The program never got as far as the other machine: nobody removed it.
    assert table(text)["events"][0] == "not reached"
    assert "#### events" not in text
    # What cannot be deployed has no price.
    assert table(text)["orders"][2] == ""
    assert re.search(r"\| prod \| \$[^|]+ \|  \|", text)
    assert "removed" not in text.replace("removed red", "")


def test_permissions_that_nobody_declared_are_told() -> None:
    why = "States.Charge: FunctionName of lambda:invoke is read from data; declare Allow('Charge', …)"
    refused = Description("orders", "STANDARD", ORDER, refused=(why,))
    text = told(stack(machine()), stack(refused, stopped="orders: …"))
    assert "❌ orders cannot be deployed" in text
    assert "FunctionName of lambda:invoke is read from data" in text


def test_a_machine_that_comes_or_goes_is_drawn_and_its_permissions_told() -> None:
    text = told(stack(machine(name="old")), stack(machine(name="young")))
    young, old = text[text.index("#### young: new") :], text[text.index("#### old: removed") :]
    for part, word in ((young, "gained"), (old, "lost")):
        assert f"**{word}** `lambda:InvokeFunction` | `${{charge.arn}}:*`" in part
        assert '"Charge"' in part[part.index("```mermaid") :]
    assert table(text)["young"][2].startswith("$")
    assert "> - the machine is removed: what still runs on it ends" in old


def test_what_the_program_before_had_not_reached_is_not_called_new() -> None:
    text = told(stack(stopped="no module named workflows"), stack(machine()))
    assert "#### orders: not compared" in text
    assert "no module named workflows" in text
    assert "gained" not in text


def test_only_new_warnings_are_told_also_of_a_state_that_was_renamed() -> None:
    shaky = changed(Charge={"Catch": DECLINED})
    renamed = json.loads(json.dumps(shaky).replace('"Charge"', '"TakeMoney"'))
    assert [one.rule.id for one in asl.check(shaky)] == [one.rule.id for one in asl.check(renamed)] != []
    assert "New warnings" not in told(stack(machine(shaky)), stack(machine(renamed)))
    fresh = told(stack(machine()), stack(machine(shaky)))
    assert "ASL057 States.Charge" in fresh[fresh.index("New warnings") :]


def test_of_a_new_machine_advice_is_counted() -> None:
    shaky = changed(Charge={"Catch": DECLINED})
    new = told(stack(), stack(machine(shaky)))
    assert "2 pieces of advice" in new
    assert "ASL057" not in new


DANGEROUS = [
    ("sns:Publish", "*", "everything"),
    ("sns:Publish", "arn:${Partition}:sns:${Region}:${Account}:*", "everything"),
    ("batch:SubmitJob", "arn:aws:batch:eu-west-1:ACCOUNT-1:job-queue/*", "everything"),
    ("iam:PassRole", "${worker.arn}", "who may do what"),
    ("sqs:AddPermission", "${queue.arn}", "who may do what"),
    ("dynamodb:DeleteItem", "${orders.arn}", "destroys"),
    ("secretsmanager:GetSecretValue", "${key.arn}", "secrets"),
]
HARMLESS = [
    ("lambda:InvokeFunction", "${charge.arn}:*"),
    ("s3:GetObject", "arn:${Partition}:s3:::${orders.name}/*"),
    ("iam:GetRole", "${worker.arn}"),
    ("logs:CreateLogDelivery", "*"),
    ("dynamodb:PutItem", "${orders.arn}"),
]


def policy(action: str, resource: str) -> dict[str, Any]:
    return {"Statement": [{"Sid": "Why", "Effect": "Allow", "Action": [action], "Resource": [resource]}]}


@pytest.mark.parametrize(("action", "resource", "why"), DANGEROUS)
def test_a_dangerous_permission_is_called_out_above_the_others(action: str, resource: str, why: str) -> None:
    text = told(stack(machine()), stack(machine(permissions=policy(action, resource))))
    caution = text[text.index("[!CAUTION]") : text.index("| permission |")]
    assert action in caution
    assert why in caution
    assert table(text)["orders"][0] == "⚠️ changed"


@pytest.mark.parametrize(("action", "resource"), HARMLESS)
def test_an_ordinary_permission_is_told_and_not_called_out(action: str, resource: str) -> None:
    text = told(stack(machine(permissions={"Statement": []})), stack(machine(permissions=policy(action, resource))))
    assert f"**gained** `{action}` | `{resource}`" in text
    assert "CAUTION" not in text


def test_a_permission_that_loses_its_condition_is_another_one() -> None:
    wide: dict[str, Any] = policy("sqs:SendMessage", "${queue.arn}")
    narrow = copy.deepcopy(wide)
    narrow["Statement"][0]["Condition"] = {"StringEquals": {"a": "b"}}
    text = told(stack(machine(permissions=narrow)), stack(machine(permissions=wide)))
    assert table(text)["orders"][1] == "+1 −1"
    assert """**lost** `sqs:SendMessage` | `${queue.arn}` if `{"StringEquals": {"a": "b"}}`""" in text


def test_no_account_and_no_secret_is_told_and_a_change_of_either_is() -> None:
    old = changed(Charge={"Resource": "arn:aws:lambda:eu-west-1:111122223333:function:charge"})
    new = changed(Charge={"Resource": "arn:aws:lambda:eu-west-1:444455556666:function:charge"})
    for definition, key in ((old, "hush-hush-1"), (new, "hush-hush-2")):
        definition["States"]["Charge"]["Parameters"] = {"apiKey": key}
    text = told(stack(machine(old)), stack(machine(new)))
    assert not re.search(r"\d{12}|hush", text)
    text = text.replace("`", "")
    assert "Charge: Parameters.apiKey 'SECRET-1' → 'SECRET-3'" in text
    assert "'arn:aws:lambda:eu-west-1:ACCOUNT-2:function:charge' → 'arn:aws:lambda:eu-west-1:ACCOUNT-4:" in text


def test_what_has_no_price_says_why() -> None:
    endless = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "A"}}}
    made = Description("orders", "STANDARD", endless, permissions={"Statement": []})
    text = told(stack(made), stack(replace(made, definition=ORDER)))
    assert "no price: States.A: under the given shares its loop is never left" in text
    priceless = changed(Audit={**QUEUE, "Resource": "arn:aws:states:::glue:startJobRun"}, Charge={"Next": "Audit"})
    priceless["States"]["Audit"]["Parameters"] = {"JobName": "audit"}
    text = told(stack(machine()), stack(machine(priceless)))
    assert "Not counted, for want of a price: glue:startJobRun" in text


HOSTILE = [
    "@everyone",
    "a|b",
    "```\n</details>\n# owned",
    "a\n```\n# owned",
    "<!-- x",
    "#1 [x](http://y)",
    "$x$ _y_ *z*",
    "1.",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_the_markdown(name: str) -> None:
    new = json.loads(json.dumps(ORDER).replace('"Wait"', json.dumps(name)))
    new["States"][name] = {"Type": "Wait", "Seconds": 7, "Next": "Done"}
    text = told(stack(machine(name=name)), stack(machine(new, name=name)))
    prose = re.sub(r"(`{3,})mermaid\n.*?\n\1\n", "", text, flags=re.DOTALL)
    outside = re.sub(r"`[^`\n]*`", "", prose)
    assert not re.search(r"@|#1|^# |<!--|\$x|_y_|\]\(", outside, flags=re.MULTILINE)
    assert outside.count("</details>") == outside.count("<details open>") == 1
    assert all(line.count("|") in (4, 5) for line in prose.splitlines() if line.startswith("|"))


def big(count: int) -> dict[str, Any]:
    """A chain of `count` states, each of another kind of trouble than in the machine before."""
    counting = {**TASK, "Resource": "${count-stock.arn}:live"}
    states = {f"State{n}": {**counting, "Next": f"State{n + 1}"} for n in range(count)}
    return {"StartAt": "State0", "States": {**states, f"State{count}": {"Type": "Succeed"}}}


@pytest.fixture(scope="module")
def crowd() -> tuple[dict[str, Stack], dict[str, Stack]]:
    """Twelve machines that all change, each in more than the one before."""
    names = [f"machine-{n}" for n in range(12)]
    old = [machine(big(3), name=name) for name in names]
    new = [
        machine(changed(big(4 + 2 * n), State0={"TimeoutSeconds": 60 + n}), name=name) for n, name in enumerate(names)
    ]
    return {"prod": stack(*old, stopped="x\n" * 50)}, {"prod": stack(*new)}


def test_before_the_whole_table_its_last_rows_are_left_out(crowd: tuple[dict[str, Stack], dict[str, Stack]]) -> None:
    whole = len(review(*crowd, volume=1_000_000, room=1_000_000).split("####")[0].encode())
    for room, rows in ((whole + 100, 12), (whole - 100, 6), (whole // 2, 3)):
        text = review(*crowd, volume=1_000_000, room=room)
        assert "All else is too long for this place." in text
        assert (room, len(table(text))) == (room, rows)


@pytest.mark.parametrize("text", ["plain", "a ``` b", "`````"])
def test_a_fence_is_one_longer_than_any_inside_and_three_at_least(text: str) -> None:
    fence = "`" * {"plain": 3, "a ``` b": 4, "`````": 6}[text]
    assert block("json", text) == f"{fence}json\n{text}\n{fence}"


@pytest.mark.parametrize("room", [SMALLEST, 3_000, 12_000, 20_000, 1_000_000])
def test_the_text_fits_and_nothing_is_cut_in_the_middle(
    room: int, crowd: tuple[dict[str, Stack], dict[str, Stack]]
) -> None:
    text = review(*crowd, volume=1_000_000, room=room)
    assert len(text.encode()) <= room
    assert text.count("```") % 2 == 0
    assert text.count("<details") == text.count("</details>")
    assert all(line.endswith("|") for line in text.splitlines() if line.startswith("|"))
    if room == 1_000_000:
        assert text.count("```mermaid") == 12
    else:
        assert "too long for this place" in text


def test_the_largest_pictures_are_left_out_first(crowd: tuple[dict[str, Stack], dict[str, Stack]]) -> None:
    text = review(*crowd, volume=1_000_000, room=20_000)
    drawn = [f"machine-{n}" for n in range(12) if "```mermaid" in text.split(f"#### machine-{n}:")[1].split("####")[0]]
    assert drawn == [f"machine-{n}" for n in range(len(drawn))]
    assert 0 < len(drawn) < 12


def test_what_mermaid_would_not_draw_is_not_given_to_it() -> None:
    """https://mermaid.js.org/config/schema-docs/config.html: 500 edges and 50,000 characters at most."""
    text = told(stack(machine(big(3))), stack(machine(big(499))))
    assert "```mermaid" in text
    wordy = json.loads(re.sub(r"State(?=\d)", "S" * 70, json.dumps(big(499))))
    for larger in (big(500), wordy):
        text = told(stack(machine(big(3))), stack(machine(larger)))
        assert "larger than Mermaid draws" in text
        assert "```mermaid" not in text


def test_a_description_of_another_version_is_read_as_far_as_it_is_understood() -> None:
    document = json.loads(machine().to_json())
    document["findings"] = [{"rule": "ASL999", "path": "", "message": "from tomorrow"}]
    document["assumed"] = {"lambda_ms": 7, "moon_phase": 1}
    found = read(json.dumps(document), Masks())
    assert (found.findings, found.assumed.lambda_ms) == ((), 7)
    assert read("{}", Masks()).definition == {}


def written(folder: Path, **stacks: Sequence[Description]) -> Path:
    for name, machines in stacks.items():
        (folder / name).mkdir(parents=True)
        for one in machines:
            (folder / name / f"{one.name}.json").write_text(one.to_json())
    return folder


def run(*arguments: object) -> Result:
    return run_command("review", *arguments)


def test_the_command_compares_folders_in_the_order_asked_for(tmp_path: Path) -> None:
    new = changed(Charge={"Next": "Audit"}, Audit=QUEUE)
    before = written(tmp_path / "before", prod=[machine()], dev=[machine()])
    after = written(tmp_path / "after", prod=[machine(new)], dev=[machine()])
    result = run(before, after, "prod", "dev", "--volume", 500)
    assert result.exit_code == 0
    assert "| `orders` | 2 (prod), none (dev) | +1 −0 | $" in result.stdout
    assert "- Audit (Task) added (prod)" in result.stdout
    assert result.stdout.index("| prod | $") < result.stdout.index("| dev | $")
    assert re.search(r"→ .* in prod \|", result.stdout.split("####")[0]), "the price that changes stands in the table"
    assert "500 a month" in result.stdout
    assert "123456789012" not in result.stdout


def test_the_command_writes_a_shorter_text_beside_the_whole(
    tmp_path: Path, crowd: tuple[dict[str, Stack], dict[str, Stack]]
) -> None:
    before, after = (
        written(tmp_path / name, prod=[*side["prod"].machines.values()])
        for name, side in zip(("before", "after"), crowd, strict=True)
    )
    short = tmp_path / "short.md"
    result = run(before, after, "--short", short, "--short-room", SMALLEST)
    assert result.exit_code == 0
    assert result.stdout == run(before, after).stdout
    assert short.read_text() == run(before, after, "--room", SMALLEST).stdout
    assert len(short.read_text().encode()) <= SMALLEST < len(result.stdout.encode())
    assert "--short-room 10: 1000 bytes" in run(before, after, "--short", short, "--short-room", 10).output


def test_the_command_says_what_it_cannot_read(tmp_path: Path) -> None:
    before = written(tmp_path / "before", dev=[machine()])
    assert run(before, tmp_path / "nowhere").exit_code == 2
    assert "there is no folder" in run(before, before, "prod").output.replace("\n", " ")
    (before / "dev" / "orders.json").write_text("[]")
    assert "expected the description" in " ".join(run(before, before).output.split())
