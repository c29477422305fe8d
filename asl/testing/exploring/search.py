"""The search: from each visit, by the interpreter, to all that can follow, until nothing new is found.

Visits with data that make no difference are one node, so that polls, retries and loops come together again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from asl.running.calls import Call
from asl.running.execution import LONGEST_SECONDS
from asl.running.failures import Failure
from asl.running.history import MAX_EVENTS
from asl.running.objects import Objects
from asl.running.sizes import text
from asl.running.steps import Lines, Program, Step
from asl.running.variables import Variables
from asl.syntax.shapes import is_number
from asl.syntax.walk import Machine
from asl.testing.exploring.attempts import Sequences
from asl.testing.exploring.deciding import EVERYTHING, Marks, Wanted, exact
from asl.testing.exploring.graph import Cost, Edge, Ended, Graph, Node, exactly
from asl.testing.exploring.learning import AskedError, Question
from asl.testing.exploring.promised import Open, Promised
from asl.testing.exploring.questions import Asking
from asl.testing.exploring.together import together
from asl.testing.exploring.trials import Trial, Trials
from asl.testing.exploring.unknown import Id, Unknown, learned, parts
from asl.testing.exploring.visits import Pick, Ran, Script, Site, TooOftenError, framed, visit
from asl.testing.outcomes import Never, Outcome, Raises, Returns
from asl.testing.result_shapes import possible

MOST_ATTEMPTS = 5_000
"""Calls of one visit that are tried."""
_READS_CLOCK = ("EnteredTime", "$now(", "$millis(")


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope that is searched: its states, and what its visits are made with."""

    lines: Lines
    site: Site
    decides: Mapping[str, Wanted] | None
    """By state; None where everything does."""
    limits: tuple[float, float]
    """Seconds and events that end the execution."""
    began: int
    """Which unknown data there was before it."""


class Search:
    """What the graphs of a machine's scopes have in common."""

    def __init__(
        self,
        machine: Machine,
        program: Program,
        input: object,
        *,
        trials: Mapping[str, Trials],
        asking: Asking,
        promised: Promised,
        decides: Mapping[str, Wanted],
        objects: Callable[[], Objects],
        read: set[Id],
        bound: int,
    ) -> None:
        self.states = {state.path: state for state in machine.states}
        self.program = program
        self.input = input
        self.trials = trials
        self.sequences = {path: Sequences(one) for path, one in trials.items()}
        self.asking = asking
        self.promised = promised
        self.read = read
        self.bound = bound
        self.runs = 0
        """Visits that the interpreter has run."""
        self.found = 0
        """Visits that make a difference."""
        self.cut: dict[str, None] = {}
        """What was not tried, and why."""
        self.reached: dict[str, None] = {}
        self.taken: dict[str, set[Open]] = {}
        """The transitions that visits were left by, by their paths, with what was open then."""
        self.largest = (0, "")
        """The longest output of a state in bytes, and the state's path."""
        self.clocked = frozenset(
            state.path
            for state in machine.states
            if state.type in ("Choice", "Pass") and any(word in text(state.node) for word in _READS_CLOCK)
        )
        """The states whose way on may depend on the time."""
        self._decides = decides
        self._objects = objects
        self._origins = count(1)
        self._last_origin = 0
        self._inner: dict[Hashable, Graph] = {}

    def whole(self, now: float) -> Graph:
        """The graph of the machine's own states."""
        timeout, longest = self.program.timeout, LONGEST_SECONDS[self.program.type]
        seconds = min(timeout, longest) if is_number(timeout) else longest
        events = MAX_EVENTS if self.program.type == "STANDARD" else float("inf")
        site = Site(self.program, self.input, self._objects, Variables(), None, now)
        scope = Scope(self.program.lines, site, self._decides, (seconds, events), 0)
        return self._search(scope, self.input, self.promised.none())

    def inside(self, lines: Lines, data: object, site: Site, open: Open) -> Graph:
        """The graph of a branch, an iteration or a child."""
        endless = float("inf")
        scope = Scope(lines, site, None, (endless, endless), self._last_origin)
        item = exact(dict(site.item)) if site.item and any(step.reads_context for step in lines.steps.values()) else ""
        key = (id(lines), exact(data), exact(dict(site.variables)), item, open)
        if key not in self._inner:
            graph = self._search(scope, data, open)
            if self._last_origin != scope.began:
                return graph  # whose unknown results are of that visit alone
            self._inner[key] = graph
        return self._inner[key]

    def _search(self, scope: Scope, data: object, open: Open) -> Graph:
        first = scope.lines.steps[scope.lines.start_at]
        graph = Graph(Node(first, data, scope.site.variables, open, ()), {})
        graph.nodes[self._key(scope, graph.start)] = graph.start
        self.found += 1
        todo = deque([graph.start])
        while todo:
            if self.found >= self.bound:
                self._tell_rest(todo)
                return graph
            node = todo.popleft()
            if node.tried or node.step is None:
                continue
            node.tried = True
            self.reached[node.step.path] = None
            for edge in Visits(self, scope, node, node.step).edges():
                self._follow(graph, scope, edge, todo)
        return graph

    def _tell_rest(self, todo: deque[Node]) -> None:
        left = [node.step.path for node in todo if node.step and not node.tried]
        states = ", ".join(dict.fromkeys(left))
        if left:
            told = f"the bound of {self.bound:,} visits was reached: {len(left):,} more were found and not tried, of"
            self.cut[f"{told} {states}; raise the bound"] = None

    def _follow(self, graph: Graph, scope: Scope, edge: Edge, todo: deque[Node]) -> None:
        """Add an edge, and its target where nothing like it is there."""
        source, target = edge.source, edge.target
        target.came = edge
        target.depth = source.depth + edge.is_visit
        target.seconds = source.seconds + edge.cost.seconds.least
        target.events = source.events + int(edge.cost.events.least)
        seconds, events = scope.limits
        if target.seconds >= seconds and (target.ended is None or target.ended.how != "stuck"):
            graph.over_time.append(target)
            return
        if target.events >= events:
            graph.over_full.append(target)
            return
        key = self._key(scope, target)
        there = graph.nodes.get(key)
        if there is None:
            graph.nodes[key] = there = target
            self.found += 1
            todo.append(target) if edge.is_visit else todo.appendleft(target)
        elif target.depth < there.depth and not there.tried:
            there.data, there.variables, there.came, there.origins = target.data, target.variables, edge, target.origins
            there.depth, there.seconds, there.events = target.depth, target.seconds, target.events
        else:
            edge.renamed = dict(zip(target.origins, there.origins, strict=True))
        edge.target = there
        source.edges.append(edge)

    def _key(self, scope: Scope, node: Node) -> Hashable:
        """What the node has in common with those that are alike."""
        marks, whole = Marks(), scope.decides is not None
        key: Hashable = ()
        if node.ended is not None:
            failure = node.ended.failure
            error = (failure.error, failure.missed_heartbeat) if failure else None
            # Of the whole machine's output nobody makes anything any more.
            output = "" if whole else marks.exact(node.ended.output)
            place = node.ended.path if whole or failure else ""
            key = (node.ended.how, place, error, node.open, output, marks.facts(node.outer))
        elif node.step is not None:
            counts = scope.decides[node.step.path] if scope.decides is not None else EVERYTHING
            data, variables = marks.mark(node.data, counts), marks.exact(dict(node.variables))
            key = (node.step.path, data, variables, node.open, marks.facts(node.outer))
        node.origins = tuple(marks.origins)
        return key

    def run(self, scope: Scope, node: Node, step: Step, script: Script, now: float | None = None) -> Ran:
        """One visit.

        Raises:
            TooOftenError: for one with too many calls.
        """
        self.runs += 1
        ran = visit(step, node.data, self.site(scope, node, now), script)
        length = len(text(ran.output))
        if length > self.largest[0]:
            self.largest = (length, step.path)
        return ran

    def site(self, scope: Scope, node: Node, now: float | None = None) -> Site:
        """What a visit is made with."""
        at = scope.site.now + node.seconds if now is None else now
        return replace(scope.site, variables=node.variables, now=at)

    def origin(self, step: Step) -> Id:
        """Where a new unknown result comes from."""
        self._last_origin = next(self._origins)
        return (f"{step.path}#{self._last_origin}",)

    def is_outer(self, scope: Scope, id: Id) -> bool:
        """Whether unknown data were there before the scope began."""
        _, _, number = str(id[0]).rpartition("#")
        return scope.decides is None and (not number.isdigit() or int(number) <= scope.began)


class Visits:
    """All that can happen in one visit."""

    def __init__(self, search: Search, scope: Scope, node: Node, step: Step) -> None:
        self.search = search
        self.scope = scope
        self.node = node
        self.step = step
        self.state = search.states[step.path]
        self.entered = search.promised.entered(node.open, step)

    def edges(self) -> list[Edge]:
        """Each with a target of its own."""
        search = self.search
        try:
            question = self._question()
        except AskedError as asked:
            search.cut[str(asked)] = None
            return []
        if question is not None:
            return [edge for answer in question.answers if (edge := self._learn(question, answer)) is not None]
        if self.step.type == "Task":
            return self._tasks()
        if self.step.scopes:
            return together(self)
        return self._plain()

    def _question(self) -> Question | None:
        node, search = self.node, self.search
        if next(parts([node.data, dict(node.variables)]), None) is None:
            return None
        found = search.asking.first(self.state, framed(self.step, node.data, search.site(self.scope, node)))
        origin = search.states.get(str(found.id[0]).partition("#")[0]) if found else None
        if found is None or origin is None or found.learns_place:
            return found
        answers = possible(origin.resource, tuple(map(str, found.id[1:])), found.answers)
        return replace(found, answers=tuple(answers))

    def _learn(self, question: Question, answer: object) -> Edge | None:
        node = self.node
        data = learned(node.data, question.id, answer)
        variables = {name: learned(value, question.id, answer) for name, value in node.variables.items()}
        changed = {name: value for name, value in variables.items() if value is not node.variables[name]}
        if data is node.data and not changed:
            self.search.cut[f"{self.step.path} depends on data whose origin is lost: give results of its own"] = None
            return None
        outer = node.outer
        if self.search.is_outer(self.scope, question.id):
            outer = (*outer, (question.id, answer))
        after = node.variables.assigned(changed) if changed else node.variables
        target = Node(self.step, data, after, node.open, outer)
        return Edge(node, target, facts=((question.id, answer),), is_visit=False)

    def _plain(self) -> list[Edge]:
        search, node = self.search, self.node
        ran = search.run(self.scope, node, self.step, Script(_silent))
        found = [self.lead(ran, exactly(ran))]
        if self.step.path in search.clocked:
            latest = min(self.scope.limits[0], LONGEST_SECONDS["STANDARD"]) - 1
            late = search.run(self.scope, node, self.step, Script(_silent), self.scope.site.now + latest)
            if late.following != ran.following:
                edge = self.lead(late, exactly(late))
                edge.late = True
                found.append(edge)
        return found

    def _tasks(self) -> list[Edge]:
        search, path = self.search, self.step.path
        found: list[Edge] = []
        for trial in search.trials[path].every:
            for pick in self._picks(trial):
                try:
                    ran = search.run(self.scope, self.node, self.step, Script(pick, most=MOST_ATTEMPTS))
                except TooOftenError:
                    search.cut[f"{path}: more than {MOST_ATTEMPTS:,} attempts of one visit are not tried"] = None
                    continue
                if not ran.answers:
                    # No call is made, whatever it would come to.
                    return [self.lead(ran, exactly(ran))]
                sequences = search.sequences[path]
                edge = self.lead(ran, sequences.cost(trial, ran))
                edge.ways = sequences.ways(trial)
                found.append(edge)
        return found

    def _picks(self, trial: Trial) -> list[Pick]:
        if trial.kind != "unknown":
            return [trial.come_to]
        return [_returning(result) for result in self._results()]

    def _results(self) -> list[object]:
        """An unknown result; several where what the state itself reads of it makes a difference."""
        todo, found = [_result(self.step, self.search.origin(self.step), self.search.read)], list[object]()
        while todo:
            result = todo.pop(0)
            try:
                question = self.search.asking.of_result(self.state, result, self.node.variables)
            except AskedError as asked:
                self.search.cut[str(asked)] = None
                continue
            if question is None:
                found.append(result)
            else:
                todo += [learned(result, question.id, answer) for answer in question.answers]
        return found

    def lead(self, ran: Ran, cost: Cost, open: Open | None = None) -> Edge:
        """What a visit leads to."""
        promised, step = self.search.promised, self.step
        after = self.entered if open is None else open
        if ran.failure is not None:
            after = promised.failed(after, step, ran.failure)
        elif ran.caught:
            after = promised.failed(after, step, _last_failure(ran))
        elif ran.following is not None:
            after = promised.succeeded(after, step)
        target = Node(None, ran.output, ran.variables, after, self.node.outer)
        if ran.taken:
            self.search.taken.setdefault(ran.taken, set()).add(after)
        if ran.following:
            target.step = self.scope.lines.steps[ran.following]
        else:
            how = "full" if ran.full else "stuck" if ran.stuck else "failed" if ran.failure else "succeeded"
            target.ended = Ended(how, step.path, ran.output, ran.failure)
        return Edge(self.node, target, ran.answers, cost=cost, caught=ran.caught)


def _silent(call: Call) -> Outcome:
    return Never()


def _last_failure(ran: Ran) -> Failure:
    last = ran.answers[-1].outcome if ran.answers else None
    return Failure(last.error if isinstance(last, Raises) else None)


def _returning(result: object) -> Pick:
    outcome = Returns(result)

    def pick(call: Call) -> Outcome:
        return outcome

    return pick


def _result(step: Step, id: Id, read: set[Id]) -> object:
    """What a call returns of which nobody said it: of some services a part is known."""
    integration = step.resource.split(":", 5)[-1]
    if integration == "lambda:invoke":
        return {"Payload": Unknown((*id, "Payload"), read)}
    if integration == "dynamodb:getItem":
        return {"Item": Unknown((*id, "Item"), read)}
    return Unknown(id, read)
