"""The viewer's page in Chromium: what people see, click, type and print, and that nothing shown does anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, expect
from playwright.sync_api import Page as Opened

import asl
from asl.syntax.shapes import Object
from asl.testing.outcomes import Raises
from asl.viewer import (
    Change,
    Flow,
    Page,
    ShownEnd,
    ShownExecution,
    ShownExploration,
    ShownPermission,
    ShownPromise,
    ShownVisit,
    View,
    page,
    shown_execution,
    shown_machine,
    way,
)
from tests.unit.workflows.shipped import order

Open = Callable[..., Opened]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"


def task(name: str, **more: object) -> dict[str, object]:
    return {"Type": "Task", "Resource": f"{FUNCTION}{name}", **more}


PAID: dict[str, Any] = {
    "StartAt": "Price",
    "States": {
        "Price": task("price", Next="Large", Assign={"seen": True}),
        "Large": {"Type": "Pass", "Next": "Pay"},
        "Pay": task(
            "pay",
            Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Refund"}],
            End=True,
        ),
        "Refund": task("refund", Next="Refunded"),
        "Refunded": {"Type": "Fail", "Error": "NotPaid", "Cause": "the bank said no"},
    },
}


def failed() -> ShownExecution:
    """The bank is busy, then says no; what was begun is given back."""
    ran = asl.run(
        PAID,
        {"order": "1001"},
        {"Price": {"cents": 250}, "Pay": [Raises("Busy"), Raises("Declined", "no cover")], "Refund": {"cents": 0}},
    )
    return shown_execution(PAID, (event.as_aws() for event in ran.events), name="order-1001")


def box(opened: Opened, name: str) -> str:
    """The selector of a state's box, by its name."""
    return f'.box[data-name="{name}"]'


def rectangle(found: Locator) -> FloatRect:
    at = found.bounding_box()
    assert at, "it is not seen"
    return at


def overlap(one: Locator, other: Locator) -> bool:
    a, b = rectangle(one), rectangle(other)
    return all(a[at] < b[at] + b[size] and b[at] < a[at] + a[size] for at, size in (("x", "width"), ("y", "height")))


def within(one: Locator, other: Locator) -> bool:
    a, b = rectangle(one), rectangle(other)
    return all(b[at] <= a[at] and a[at] + a[size] <= b[at] + b[size] for at, size in (("x", "width"), ("y", "height")))


def test_a_state_is_found_with_keys_alone_and_told_of(open_page: Open) -> None:
    opened = open_page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    opened.keyboard.press("/")
    opened.keyboard.type("refundp")
    opened.keyboard.press("Enter")
    panel = opened.locator("#panel")
    expect(panel.locator("h2")).to_have_text("RefundPayment")
    expect(panel).to_contain_text("lambda:InvokeFunction on")
    expect(panel).to_contain_text("ReleaseStock")
    expect(panel.locator(".timeline").first).to_be_visible()
    expect(opened.locator(box(opened, "RefundPayment"))).to_be_focused()
    expect(opened.locator(box(opened, "RefundPayment"))).to_be_in_viewport()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Enter")
    expect(panel.locator("h2")).not_to_have_text("RefundPayment")
    opened.keyboard.press("Escape")
    expect(panel.locator("h2")).to_have_text("order-fulfillment")


def test_the_usual_way_goes_straight_down_and_failures_stand_beside_it(open_page: Open) -> None:
    opened = open_page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    opened.keyboard.press("0")

    def middle(name: str) -> tuple[float, float]:
        found = opened.locator(f"{box(opened, name)} > .shape").bounding_box()
        assert found
        return round(found["x"] + found["width"] / 2), found["y"]

    usual = ["ValidateOrder", "ChargePayment", "FulfillInParallel", "CapturePayment", "OrderComplete", "OrderDelivered"]
    places = [middle(name) for name in usual]
    assert len({x for x, _ in places}) == 1
    assert [y for _, y in places] == sorted(y for _, y in places)
    for name in ("HandlePaymentDeclined", "OrderNotValidated", "HandleOutOfStock", "RefundPayment"):
        assert middle(name)[0] > places[0][0] + 20


def test_a_parallel_is_collapsed_and_found_again_by_what_is_inside_it(open_page: Open) -> None:
    opened = open_page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    inside = opened.locator(box(opened, "ReserveInventory"))
    expect(inside).to_have_count(1)
    opened.locator(f"{box(opened, 'FulfillInParallel')} .fold").click()
    expect(inside).to_have_count(0)
    expect(opened.locator(box(opened, "FulfillInParallel"))).to_contain_text("2 branches, 2 states")
    opened.keyboard.press("/")
    opened.keyboard.type("reserveinv")
    opened.keyboard.press("Enter")
    expect(inside).to_be_focused()


def test_it_is_moved_by_wheel_and_mouse_and_comes_back_when_fitted(open_page: Open) -> None:
    opened = open_page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    picture, before = opened.locator(".picture"), opened.locator(".picture").get_attribute("transform")
    opened.mouse.move(400, 400)
    opened.mouse.wheel(0, 200)
    scrolled = picture.get_attribute("transform")
    assert scrolled != before
    opened.mouse.down()
    opened.mouse.move(500, 450, steps=3)
    opened.mouse.up()
    dragged = picture.get_attribute("transform")
    assert dragged != scrolled
    expect(opened.locator("#panel h2")).to_have_text("order-fulfillment")  # a drag is no click
    opened.keyboard.press("+")
    assert picture.get_attribute("transform") != dragged
    opened.keyboard.press("0")
    expect(opened.locator(box(opened, "ValidateOrder"))).to_be_in_viewport()
    expect(opened.locator(box(opened, "OrderRefunded"))).to_be_in_viewport()


def test_an_execution_is_gone_through_forward_and_back(open_page: Open) -> None:
    opened = open_page(Page("Order 1001", (View(shown_machine(PAID, name="paid"), execution=failed()),)))
    pay, panel = opened.locator(box(opened, "Pay")), opened.locator("#panel")
    expect(panel).to_contain_text("NotPaid: the bank said no")
    expect(pay).to_have_class("box Task is-caught")
    pay.click()
    expect(panel).to_contain_text("Declined: no cover")
    expect(panel.locator(".attempts li")).to_have_count(2)
    expect(panel).to_contain_text('"cents": 250')
    opened.get_by_label("To the start").click()
    expect(opened.locator("output")).to_contain_text("Before the start")
    expect(opened.locator("[class*=is-]")).to_have_count(0)
    for _ in range(3):
        opened.keyboard.press(".")
    expect(opened.locator("output")).to_contain_text("Large entered")
    expect(opened.locator(box(opened, "Large"))).to_have_class("box Pass is-running chosen")
    opened.keyboard.press(",")
    expect(opened.locator("output")).to_contain_text("Price succeeded")


def test_variables_are_shown_before_and_after_a_state(open_page: Open) -> None:
    opened = open_page(
        Page("Order 1001", (View(shown_machine(PAID, name="paid"), execution=failed()),)), at="#state=States.Price"
    )
    after = opened.get_by_text("Variables after")
    after.click()
    expect(opened.locator("pre[aria-label='Variables after']")).to_contain_text('"seen": true')
    expect(opened.locator("pre[aria-label='Variables before']")).to_have_text("{}")


def test_a_page_that_is_written_anew_follows_its_order_until_it_ends(open_page: Open, tmp_path: Path) -> None:
    whole = failed()
    machine = shown_machine(PAID, name="paid")
    running = ShownExecution(
        "order-1001", "RUNNING", whole.started, visits=(*whole.visits[:2], ShownVisit("States.Pay", whole.started + 1))
    )
    file = tmp_path / "order.html"
    file.write_text(page(Page("Order", (View(machine, execution=running),), reload_seconds=0.3)))
    opened = open_page(file)
    expect(opened.locator(".is-running")).to_have_count(1)
    opened.locator(box(opened, "Price")).click()
    file.write_text(page(Page("Order", (View(machine, execution=whole),), reload_seconds=0.3)))
    expect(opened.locator(".is-failed")).to_have_count(1)
    expect(opened.locator("#panel h2")).to_have_text("Price")  # what was chosen still is
    opened.evaluate("window.kept = true")
    opened.wait_for_timeout(700)
    assert opened.evaluate("window.kept") is True


def test_a_change_is_shown_over_what_it_changes_and_side_by_side(open_page: Open) -> None:
    new = {
        **PAID,
        "States": {**PAID["States"], "Large": {"Type": "Pass", "Next": "Audit"}, "Audit": task("audit", Next="Pay")},
    }
    change = Change(
        shown_machine(PAID, name="paid"),
        gained=(ShownPermission("lambda:InvokeFunction", f"{FUNCTION}audit"),),
        promises=(ShownPromise("Pay leads to Refund", False, True),),
    )
    opened = open_page(Page("Review", (View(shown_machine(new, name="paid"), change=change),)))
    expect(opened.locator(".box.added")).to_contain_text("Audit")
    expect(opened.locator(".box.changed")).to_contain_text("Large")
    panel = opened.locator("#panel")
    expect(panel).to_contain_text(f"+ lambda:InvokeFunction on {FUNCTION}audit")
    expect(panel).to_contain_text("not proven (proven before): Pay leads to Refund")
    opened.get_by_role("button", name="Side by side").click()
    expect(opened.locator(".window")).to_have_count(2)
    expect(opened.locator(".window").first.locator(box(opened, "Audit"))).to_have_count(0)
    for side in (0, 1):
        window, first = opened.locator(".window").nth(side), opened.locator(box(opened, "Price")).nth(side)
        assert within(first, window), "each picture is fitted into its own half"
    opened.get_by_role("button", name="Before").click()
    expect(opened.locator(".box.added")).to_have_count(0)
    opened.set_viewport_size({"width": 390, "height": 800})
    opened.get_by_role("button", name="Side by side").click()
    assert not overlap(opened.locator(".stage").last, panel.locator("h2"))


def test_a_review_tells_how_executions_can_end_and_what_was_not_tried(open_page: Open) -> None:
    found = ShownExploration(
        "48 ways tried",
        ends=(ShownEnd("States.Pay", "SUCCEEDED", ("Price", "Large", "Pay")),),
        problems=(("Price fails with Busy, and nothing catches it", "Price: fails with Busy › FAILED: Busy"),),
        unreached=("States.Refund",),
        cut=("States.Pay reads $count() of what States.Price returns: give results of its own",),
    )
    shown = Page("Review", (View(shown_machine(PAID, name="paid"), exploration=found),))
    opened = open_page(shown)
    panel = opened.locator("#panel")
    expect(panel).to_contain_text("Pay SUCCEEDED: Price › Large › Pay")
    expect(panel).to_contain_text("give results of its own")
    way = panel.get_by_text("Price: fails with Busy › FAILED: Busy")
    expect(way).to_be_hidden()
    panel.get_by_text("The way there").click()
    expect(way).to_be_visible()
    panel.get_by_role("button", name="Refund").first.click()
    expect(panel.locator("h2")).to_have_text("Refund")
    refused = View(shown_machine(PAID, name="paid"), exploration=ShownExploration(refused="it has errors"))
    expect(open_page(Page("Review", (refused,))).locator("#panel")).to_contain_text("Nothing was tried: it has errors.")


def test_a_new_machine_has_no_before_to_look_at(open_page: Open) -> None:
    change = Change(
        shown_machine({}, name="paid", findings=()),
        gained=(ShownPermission("logs:GetLogDelivery", "*", "LogDeliveryHasNoResourceLevel"),),
    )
    opened = open_page(Page("Review", (View(shown_machine(PAID, name="paid"), change=change),)))
    panel = opened.locator("#panel")
    expect(panel).to_contain_text("+ logs:GetLogDelivery on *: log delivery has no resource level")
    expect(panel).not_to_contain_text("What changed")
    expect(opened.get_by_role("button", name="Side by side")).to_be_hidden()


def test_the_way_of_one_order_among_many_is_followed(open_page: Open) -> None:
    good = asl.run(PAID, {}, {"Price": {"cents": 1}, "Pay": {"paid": True}})
    well = shown_execution(PAID, (event.as_aws() for event in good.events), name="order-1000")
    ways = (way(well), way(well), way(failed(), "REFUNDED"))
    opened = open_page(Page("Demo", (View(shown_machine(PAID, name="paid"), flow=Flow(ways)),)))
    expect(opened.locator(f"{box(opened, 'Pay')} .badge")).to_have_text("3")
    widths = opened.locator(".line.taken").evaluate_all("all => all.map(one => parseFloat(one.style.strokeWidth))")
    assert max(widths) > 2.5 * min(widths)
    opened.get_by_role("button", name="REFUNDED (1)").click()
    opened.get_by_role("button", name="order-1001").click()
    expect(opened.locator(f"{box(opened, 'Refund')}.dim")).to_have_count(0)
    expect(opened.locator(".line.taken")).to_have_count(5)
    expect(opened.locator("#panel strong").first).to_have_text("order-1001")
    expect(opened.locator(f"{box(opened, 'Pay')} .badge")).to_have_text("1")


SCRIPT = '<img src=x onerror="window.hit=1"></script><script>window.hit=1</script>\x1b[31m\u202egnp\ud800'


def hostile() -> Page:
    """Markup, scripts, escapes of a terminal and turned writing wherever a text can be."""
    definition: Object = {
        "Comment": SCRIPT,
        "StartAt": SCRIPT,
        "States": {
            SCRIPT: {
                "Type": "Choice",
                "Choices": [{"Variable": f"$.{SCRIPT}", "StringEquals": SCRIPT, "Next": "b"}],
                "Default": "b",
            },
            "b": task(SCRIPT, Comment=SCRIPT, Catch=[{"ErrorEquals": [SCRIPT], "Next": "c"}], Next="c"),
            "c": {"Type": "Fail", "Error": SCRIPT, "Cause": SCRIPT},
        },
    }
    path = f"States.{SCRIPT}"
    visits = (
        ShownVisit(
            path, 0, 1, "succeeded", None, (), {SCRIPT: SCRIPT}, SCRIPT, {SCRIPT: SCRIPT}, log="javascript:alert(1)"
        ),
        ShownVisit("States.c", 1, None, "failed", 0, (), SCRIPT, error=SCRIPT, cause=SCRIPT),
    )
    execution = ShownExecution(
        SCRIPT, "FAILED", 0, 1, SCRIPT, SCRIPT, SCRIPT, SCRIPT, visits, ((SCRIPT, "javascript:alert(1)"),)
    )
    machine = shown_machine(definition, name=SCRIPT, started_by=(SCRIPT,))
    return Page(SCRIPT, (View(machine, SCRIPT, execution=execution, notes=(SCRIPT,)),), made=SCRIPT)


def test_nothing_that_is_shown_does_anything(open_page: Open) -> None:
    opened = open_page(hostile())
    for number in range(3):
        opened.keyboard.press("1")
        opened.locator(".box").nth(number).click()
        assert opened.evaluate("window.hit") is None
    assert opened.locator("img, #panel script, a[href^=javascript]").count() == 0
    opened.keyboard.press("Escape")
    said = opened.locator("body").inner_text()
    assert "<img src=x" in said
    assert "␛[31m" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_definition_with_errors_is_drawn_with_its_errors_on_it(open_page: Open) -> None:
    wrong: Object = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Task", "Next": "Gone"},
            "B": {"Type": "Chose"},
            "C": 5,
            "D": {"Type": "Map", "Next": "A"},
        },
    }
    opened = open_page(Page("Wrong", (View(shown_machine(wrong, name="wrong")),)))
    expect(opened.locator(".box")).to_have_count(4)
    expect(opened.locator(f"{box(opened, 'A')} .badge.failed")).to_have_count(1)
    expect(opened.locator("#panel")).to_contain_text("names 'Gone', and there is no such state")


def test_a_finding_says_what_it_speaks_of_and_its_mark_covers_no_button(open_page: Open) -> None:
    inner = {"StartAt": "Each", "States": {"Each": task("each", Retry=[{"ErrorEquals": ["Busy"]}], End=True)}}
    batches = {"MaxItemsPerBatch": 5, "MaxItemsPerBatchPath": "$.most"}
    every = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner},
        "ItemBatcher": batches,
        "End": True,
    }
    wrong: Object = {"StartAt": "AllOfTheItems", "States": {"AllOfTheItems": every}}
    opened = open_page(Page("Wrong", (View(shown_machine(wrong, name="wrong")),)))
    panel, whole = opened.locator("#panel"), opened.locator(box(opened, "AllOfTheItems"))
    expect(panel).to_contain_text("ASL027 (error) ItemBatcher has both MaxItemsPerBatch and MaxItemsPerBatchPath")
    expect(whole).to_contain_text("each item an execution of its own")
    assert not overlap(whole.locator("> .badge"), whole.locator("> .fold"))
    opened.get_by_label("Collapse or expand all").click()
    for text in whole.locator("> text").all():
        assert not overlap(text, whole.locator("> .fold"))
    whole.click()
    panel.get_by_role("button", name="Overview").click()
    panel.get_by_role("button", name="Each").first.click()
    expect(panel).to_contain_text("Retry[0]")


def test_the_items_of_a_distributed_map_are_said_to_be_elsewhere(open_page: Open) -> None:
    inner = {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
    definition: Object = {
        "StartAt": "All",
        "States": {"All": {"Type": "Map", "ItemProcessor": processor, "End": True}},
    }
    execution = ShownExecution("items", "SUCCEEDED", 0, 1, visits=(ShownVisit("States.All", 0, 1, "succeeded"),))
    opened = open_page(Page("Items", (View(shown_machine(definition, name="items"), execution=execution),)))
    opened.locator(box(opened, "Each")).click()
    expect(opened.locator("#panel")).to_contain_text("The items of All are executions of their own")


def test_two_thousand_states_open_within_two_seconds_and_stay_quick(open_page: Open) -> None:
    names = [f"Step{number}" for number in range(2000)]
    states = {
        name: task("work", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}], Next=then)
        for name, then in zip(names, [*names[1:], "Done"], strict=True)
    }
    definition = {"StartAt": "Step0", "States": {**states, "Done": {"Type": "Succeed"}, "Sorry": {"Type": "Fail"}}}
    opened = open_page(Page("Large", (View(shown_machine(definition, name="large", findings=())),)))
    # Seconds of the page's own thread: what else the machine does has no part in them.
    session = opened.context.new_cdp_session(opened)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def computed() -> float:
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return metrics["TaskDuration"]

    began = computed()
    opened.reload()
    opened.wait_for_selector("html[data-ready]", state="attached")
    assert computed() - began < 2
    began = computed()
    opened.keyboard.press("/")
    opened.keyboard.type("step1477")
    opened.keyboard.press("Enter")
    expect(opened.locator(box(opened, "Step1477"))).to_be_focused()
    assert computed() - began < 1
    assert opened.locator(".box").count() < 200


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    machine = shown_machine(order(), name="order-fulfillment")
    paid = shown_machine(PAID, name="paid")
    return {
        "definition": Page("Orders", (View(machine), View(paid))),
        "execution": Page("Order", (View(paid, execution=failed()),)),
        "change": Page("Review", (View(machine, change=Change(paid)),)),
        "flow": Page("Demo", (View(paid, flow=Flow((way(failed()),))),)),
    }


@pytest.mark.parametrize(
    ("name", "width", "scheme", "at"),
    [
        ("definition", 1280, "light", "#state=States.ChargePayment"),
        ("definition", 390, "dark", ""),
        ("execution", 1280, "dark", "#state=States.Pay"),
        ("change", 1280, "light", ""),
        ("flow", 390, "light", "#way=0"),
    ],
)
def test_axe_finds_nothing(
    open_page: Open, axe: str, pages: dict[str, Page], name: str, width: int, scheme: str, at: str
) -> None:
    opened = open_page(pages[name], width=width, scheme=scheme, at=at)
    opened.evaluate(axe)
    found = opened.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    told = [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found["violations"]]
    assert told == []


def test_dark_follows_the_readers_system_and_can_be_chosen(open_page: Open) -> None:
    opened = open_page(Page("Paid", (View(shown_machine(PAID, name="paid")),)), scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = opened.evaluate(background)
    opened.get_by_label("Light or dark").click()
    light = opened.evaluate(background)
    assert sum(map(int, light[4:-1].split(","))) > 3 * sum(map(int, dark[4:-1].split(",")))


def test_on_paper_is_the_whole_picture_and_no_control(open_page: Open) -> None:
    opened = open_page(Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),)))
    last = "document.querySelector('.box[data-name=OrderRefunded]').getBoundingClientRect().bottom"
    opened.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {last} < innerHeight }})")
    assert opened.pdf(format="A4").startswith(b"%PDF")
    assert opened.evaluate("window.printed")
    opened.emulate_media(media="print")
    expect(opened.locator("#tools")).to_be_hidden()
    expect(opened.locator("#search")).to_be_hidden()
    expect(opened.locator("#panel")).to_be_visible()


def test_a_picture_is_as_large_as_the_paper_whatever_the_screen_was(open_page: Open) -> None:
    """Browsers say that they print before the page is laid out on paper: 794 by 1,123 pixels are A4."""
    shown = Page("Orders", (View(shown_machine(order(), name="order-fulfillment")),))
    opened = open_page(shown, width=390)
    looked = opened.locator(".picture").get_attribute("transform")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 794, "height": 1123})
    first, last = (rectangle(opened.locator(box(opened, name))) for name in ("ValidateOrder", "OrderRefunded"))
    assert last["y"] + last["height"] - first["y"] > 700
    assert within(opened.locator(box(opened, "OrderRefunded")), opened.locator(".window"))
    opened.emulate_media(media="screen")
    opened.set_viewport_size({"width": 390, "height": 800})
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.locator(".picture").get_attribute("transform") == looked, "and the screen is as it was"


def test_on_a_narrow_screen_nothing_is_wider_than_it(open_page: Open) -> None:
    opened = open_page(
        Page("Order", (View(shown_machine(PAID, name="paid"), execution=failed()),)),
        width=390,
        height=844,
        at="#state=States.Pay",
    )
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    expect(opened.locator(box(opened, "Pay"))).to_be_in_viewport()
