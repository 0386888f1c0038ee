"""OpenTelemetry: traces and metrics of runs, by value, as its own decoders read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from duetrail.pipeline import Halted, Interrupted
from duetrail.testing import HOLD, RESET, Answer
from duetrail.testing.loopback import Moves
from duetrail_sandbox.server import Sandbox
from support.engines import engine
from support.mock_server import free_port
from support.receiver import Receiver
from support.scripted import Project, Reply, Vendor

traces = engine("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
metrics = engine("opentelemetry.proto.collector.metrics.v1.metrics_service_pb2")

ERROR = 2  # the code of a status


def plain(attributes: Any) -> dict[str, Any]:
    """Attributes as plain values."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


class Collector(Receiver):
    """Decodes what it receives by the official definitions."""

    def _all(self, path: str, kind: Any) -> Iterator[Any]:
        for one in self.posted:
            if one.path == path:
                yield kind.FromString(one.body)

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The attributes of what the traces and metrics are of."""
        spans = self._all("/v1/traces", traces.ExportTraceServiceRequest)
        numbers = self._all("/v1/metrics", metrics.ExportMetricsServiceRequest)
        found = [one.resource for sent in spans for one in sent.resource_spans]
        found += [one.resource for sent in numbers for one in sent.resource_metrics]
        return [plain(one.attributes) for one in found]

    @property
    def spans(self) -> dict[str, Any]:
        """Spans by name."""
        sent = self._all("/v1/traces", traces.ExportTraceServiceRequest)
        scopes = [two for one in sent for each in one.resource_spans for two in each.scope_spans]
        return {span.name: span for scope in scopes for span in scope.spans}

    @property
    def metrics(self) -> dict[str, Any]:
        """The last metrics by name."""
        *_, last = self._all("/v1/metrics", metrics.ExportMetricsServiceRequest)
        scopes = [two for one in last.resource_metrics for two in one.scope_metrics]
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def counted(self, name: str, *attributes: str) -> dict[Any, Any]:
        """The points of a counter or gauge, by the values of these attributes."""
        metric = self.metrics[name]
        points = getattr(metric, metric.WhichOneof("data")).data_points
        found = [(plain(point.attributes), point) for point in points]
        return {tuple(p[one] for one in attributes): point.as_int for p, point in found}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that the environment names."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with Collector() as one:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", one.url)
        yield one


@pytest.fixture
def traced(tmp_path: Any) -> Iterator[Callable[..., Project]]:
    """A project that reads a sandbox, and is traced; takes lines of `[plugins.otel]`."""
    with Sandbox(invoices=3, vendors=("stuut", "credira")) as sandbox:

        def one(*lines: str, config: str = sandbox.config) -> Project:
            project = Project(tmp_path)
            project.config.write_text("\n".join([config, "[plugins.otel]", *lines, ""]))
            return project

        yield one


# --- traces --------------------------------------------------------------------------------------


def test_a_trace_of_a_run(traced, collector):
    """One trace: the run, in it its connections, in these their resources."""
    summary = traced().sync()
    spans = collector.spans
    root = spans["duetrail sync"]
    assert len({span.trace_id for span in spans.values()}) == 1
    assert root.parent_span_id == b""
    names = {f"{one.connection}.{one.resource}" for one in summary.resources}
    assert spans.keys() == {"duetrail sync", "stuut", "credira", *names}
    for name, span in spans.items():
        parent = spans[name.partition(".")[0]] if "." in name else root
        assert span is root or span.parent_span_id == parent.span_id
        assert parent.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= parent.end_time_unix_nano


def test_what_a_run_came_to(traced, collector):
    """Its numbers are attributes of its spans."""
    summary = traced().sync()
    assert plain(collector.spans["duetrail sync"].attributes) == {
        "duetrail.command": "sync",
        "duetrail.run": 1,
        "duetrail.state": "ended",
        "duetrail.exit_code": 0,
        "duetrail.written": summary.written,
        "duetrail.open_rejects": 0,
    }
    for one in summary.resources:
        told = plain(collector.spans[one.name].attributes)
        assert (told["duetrail.items"], told["duetrail.mapped"]) == (one.items, one.mapped)
        assert (told["duetrail.requests"], told["duetrail.state"]) == (one.requests, one.state)


def test_no_span_of_a_request(traced, collector):
    """Unless it is asked for, a request has none."""
    traced().sync()
    assert "GET" not in collector.spans


def test_a_span_of_each_request(traced, collector):
    """Named as the conventions for HTTP clients say, in the resource it was sent for."""
    summary = traced("requests = true").sync()
    sent = collector._all("/v1/traces", traces.ExportTraceServiceRequest)
    scopes = [two for one in sent for each in one.resource_spans for two in each.scope_spans]
    found = [span for scope in scopes for span in scope.spans if span.name == "GET"]
    assert len(found) == sum(one.requests for one in summary.resources)
    told = plain(found[0].attributes)
    assert (told["http.request.method"], told["http.response.status_code"]) == ("GET", 200)
    assert told["server.address"] == "127.0.0.1"
    assert found[0].kind == 3  # a client
    parents = {span.span_id for span in collector.spans.values()}
    assert {span.parent_span_id for span in found} <= parents
    assert "/v1/" not in str(found)


def test_a_remap_is_traced(traced, collector):
    """By the name of its command."""
    project = traced()
    project.sync()
    project.run("remap")
    assert {"duetrail remap", "stuut.invoices"} <= collector.spans.keys()


# --- metrics -------------------------------------------------------------------------------------


def test_what_was_counted(traced, collector):
    """Items, records and requests are those of the summary."""
    summary = traced().sync()
    place = ("duetrail.connection", "duetrail.resource")
    items = collector.counted("duetrail.items", *place, "duetrail.outcome")
    rows = collector.counted("duetrail.records.written", *place, "duetrail.table")
    sent = collector.counted("duetrail.requests", *place)
    for one in summary.resources:
        key = (one.connection, one.resource)
        outcomes = [items[(*key, name)] for name in ("mapped", "unchanged", "rejected", "skipped")]
        assert outcomes == [one.mapped, one.unchanged, one.rejected, sum(one.skipped.values())]
        assert {table: rows[(*key, table)] for table in one.records} == dict(one.records)
        assert sent[key] == one.requests
    assert collector.counted("duetrail.rejects.open") == {(): summary.open_rejects}


def test_how_long_requests_took(traced, collector):
    """A histogram with the name, the unit and the boundaries of the conventions."""
    summary = traced().sync()
    metric = collector.metrics["http.client.request.duration"]
    points = metric.histogram.data_points
    assert metric.unit == "s"
    assert [*points[0].explicit_bounds][:2] == [0.005, 0.01]
    counted: dict[Any, int] = {}
    for point in points:
        told = plain(point.attributes)
        assert told["http.response.status_code"] == 200
        key = (told["duetrail.connection"], told["duetrail.resource"])
        counted[key] = counted.get(key, 0) + point.count
    wanted = {(one.connection, one.resource): one.requests for one in summary.resources}
    assert counted == {key: count for key, count in wanted.items() if count}


def test_waits_are_measured(traced, collector):
    """A pause that the vendor asks for is in there, with its reason; so is the refused attempt."""
    answers = [Reply({}, 429, {"Retry-After": "1"}), Reply({"data": [], "total_records": 0})]
    with Vendor() as vendor:
        vendor.on("/v1/invoices", *answers)
        config = f'[connections.stuut]\ntoken = "made-up-token-0001"\nbase_url = "{vendor.url}"\n'
        traced(config=config).sync("stuut", select=["invoices"])
    (point,) = collector.metrics["duetrail.wait.duration"].histogram.data_points
    assert plain(point.attributes)["duetrail.wait.reason"] in {"rate limit", "next attempt"}
    assert point.sum >= 0.5
    points = collector.metrics["http.client.request.duration"].histogram.data_points
    errors = [plain(one.attributes).get("error.type") for one in points]
    assert "429" in errors


def test_the_page_names_every_metric(traced, collector):
    """What docs/notify.md lists is what is sent."""
    traced().sync()
    page = (Path(__file__).parents[3] / "docs" / "notify.md").read_text()
    rows = page.partition("| metric |")[2].partition("\n\n")[0].splitlines()[2:]
    listed = {name for row in rows for name in re.findall("`([^`]*)`", row.split("|")[1])}
    units = {
        name: row.split("|")[2].strip() for row in rows for name in listed if f"`{name}`" in row
    }
    sent = {name: metric.unit for name, metric in collector.metrics.items()}
    assert sent == {name: units[name] for name in listed - {"duetrail.wait.duration"}}


def test_how_long_a_run_took(traced, collector):
    """With its exit code."""
    traced().sync()
    (point,) = collector.metrics["duetrail.run.duration"].histogram.data_points
    assert plain(point.attributes) == {"duetrail.command": "sync", "duetrail.exit_code": 0}
    assert point.count == 1


# --- failures ------------------------------------------------------------------------------------


def test_a_run_that_fails(traced, collector):
    """Its spans say so, and why, without the credential that the vendor repeats."""

    def answer(asked: Any) -> Reply:
        return Reply({"error": f"bad {asked.headers['authorization']}"}, 401)

    with Vendor() as vendor:
        vendor.on("/v1/invoices", answer)
        config = f'[connections.stuut]\ntoken = "made-up-token-0001"\nbase_url = "{vendor.url}"\n'
        assert traced(config=config).sync().exit_code == 1
    spans = collector.spans
    assert spans["duetrail sync"].status.code == ERROR
    assert "answered 401" in spans["stuut.invoices"].status.message
    assert b"made-up-token" not in b"".join(one.body for one in collector.posted)


def test_a_run_that_cannot_begin(traced, collector):
    """It is a trace of one span, with the reason."""
    config = '[connections.stuut]\ntoken = "env:NO_SUCH_VARIABLE"\n'
    assert traced(config=config).run("sync").exit_code == 2
    root = collector.spans["duetrail sync"]
    assert root.status.code == ERROR
    assert "NO_SUCH_VARIABLE is not set" in root.status.message


def test_an_interrupted_run(traced, collector):
    """Every span ends, and the state is told."""

    def interrupt(progress: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        traced().sync(observer=interrupt)
    spans = collector.spans
    assert {one.name for one in caught.value.summary.resources} <= spans.keys()
    root = spans["duetrail sync"]
    read = spans["stuut.invoices"]
    assert read.start_time_unix_nano < read.end_time_unix_nano == root.end_time_unix_nano
    assert plain(root.attributes)["duetrail.state"] == "interrupted"
    assert root.status.code == ERROR


def test_a_run_that_breaks(traced, collector):
    """What nobody foresaw ends every span, too."""

    def broken(progress: Any) -> None:
        raise ValueError("Jane Doe")

    with pytest.raises(ValueError, match="Jane Doe"):
        traced().sync(observer=broken)
    spans = collector.spans
    assert {"stuut", "stuut.invoices"} <= spans.keys()
    assert spans["duetrail sync"].status.message.startswith("ValueError at test_otel.py:")
    assert b"Jane" not in b"".join(one.body for one in collector.posted)


def test_a_store_that_is_gone(traced, collector):
    """The trace says what halted the run."""
    project = traced()

    def harm(progress: Any) -> None:
        project.database.unlink(missing_ok=True)

    with pytest.raises(Halted):
        project.sync(observer=harm)
    assert "is lost" in collector.spans["duetrail sync"].status.message


# --- the environment -----------------------------------------------------------------------------


def test_what_the_environment_says(traced, collector, monkeypatch):
    """Names and headers of the standard are kept to."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "nightly")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=made-up-header-0009")
    traced().sync()
    for told in collector.resources:
        assert told["service.name"] == "nightly"
        assert told["deployment.environment.name"] == "prod"
    assert {one.headers["x-key"] for one in collector.posted} == {"made-up-header-0009"}


def test_what_it_is_called_by_itself(traced, collector):
    """Where the environment says nothing, `duetrail` with its version."""
    traced().sync()
    assert {told["service.name"] for told in collector.resources} == {"duetrail"}
    assert all(told["service.version"] for told in collector.resources)


@pytest.mark.parametrize(
    ("name", "value", "paths"),
    [
        ("OTEL_SDK_DISABLED", "true", set()),
        ("OTEL_TRACES_EXPORTER", "none", {"/v1/metrics"}),
        ("OTEL_METRICS_EXPORTER", "none", {"/v1/traces"}),
    ],
)
def test_what_is_turned_off(traced, collector, monkeypatch, name, value, paths):
    """Nothing is sent of what the environment turns off."""
    monkeypatch.setenv(name, value)
    assert traced().sync().warnings == []
    assert {one.path for one in collector.posted} == paths


def test_headers_do_not_go_in_clear(traced, monkeypatch):
    """Where the collector is plain http on another machine, nothing is sent."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=made-up-header-0009")
    summary = traced().sync()
    assert summary.exit_code == 0
    assert summary.warnings == [
        "plugin 'otel': the collector is plain http, which would send its headers in clear"
    ]


# --- collectors that fail ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(status=400), "it answered 400"),
        (Answer(status=302, headers={"Location": "http://127.0.0.1:9/"}), "it answered 302"),
        (Answer(status=503, headers={"Retry-After": "60"}), "it answered 503"),
        (Moves([HOLD]), "within 1 s"),
        (Moves([RESET]), "within 1 s"),
        (Moves([b"HTTP/1.1 200 OK\r\n", HOLD]), "within 1 s"),
    ],
)
def test_a_collector_that_fails(traced, collector, capfd, answer, why):
    """It is a warning, told once and after a bounded time; the sync is as if there were none."""
    collector.answers = [answer]
    done = traced("timeout = 1").run("sync")
    assert done.exit_code == 0
    told = done.output + "".join(capfd.readouterr())
    (line,) = [line for line in told.splitlines() if "collector" in line]
    assert line.startswith("Warning: plugin 'otel': the collector did not take everything")
    assert why in line


def test_no_collector(traced, monkeypatch):
    """Nobody listens."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    summary = traced("timeout = 1").sync()
    assert summary.exit_code == 0
    assert len(summary.warnings) == 1


def test_a_collector_that_is_busy(traced, collector):
    """It is asked again, and then has everything."""
    collector.answers = [Answer(status=503, headers={"Retry-After": "0"}), Answer()]
    assert traced().sync().warnings == []
    assert "duetrail sync" in collector.spans


def test_two_runs_of_one_process(traced, collector):
    """Each has a trace of its own, and the metrics begin anew."""
    project = traced()
    project.sync()
    first = collector.spans["duetrail sync"].trace_id
    again = project.sync()
    assert collector.spans["duetrail sync"].trace_id != first
    place = ("duetrail.connection", "duetrail.resource")
    sent = collector.counted("duetrail.requests", *place)
    assert sum(sent.values()) == sum(one.requests for one in again.resources)
