"""Each fault of SAQ's web UI: that it is there as it comes, and that ours does not have it."""

import gzip
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient
from saq.job import Job, Status
from saq.queue import Queue
from tests.hutch_monitor.apps import (
    ELSEWHERE,
    HERE,
    OPERATOR,
    PAGE,
    VIEWER,
    app,
    bearer,
    log_in,
    settings,
)
from tests.hutch_monitor.jobs import NAMES, SCRIPT, TEXT, Jobs, add, jobs, shop, stock

from hutch import bind
from hutch.testing import testing
from hutch_auth import AuthSettings
from hutch_monitor import ShownQueues
from hutch_queue import SaqQueues
from hutch_redis.testing import unique_prefix

SAQ = "/monitor/saq"
PUBLISH = f"{SAQ}/api/queues/publish"


@pytest.fixture
async def ours() -> AsyncIterator[Jobs]:
    async with jobs() as started:
        await log_in(started.t)
        yield started


@pytest.fixture
async def saq(ours: Jobs) -> AsyncIterator[AsyncClient]:
    """SAQ's web UI as it comes, over the same queues."""
    transport = ASGITransport(stock(list(ours.queues.values())), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


@pytest.mark.req("R24-50", "X-16")
@pytest.mark.parametrize(
    "path", ["/", "/queues/publish", "/api/queues", "/api/queues/publish", "/static/app.js"]
)
async def test_nobody_sees_anything_without_login(ours: Jobs, saq: AsyncClient, path: str) -> None:
    assert (await saq.get(SAQ + path)).status_code == 200
    ours.t.client.cookies.clear()
    answer = await ours.t.client.get(SAQ + path)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("Log in, or send a token")
    page = await ours.t.client.get(SAQ + path, headers=PAGE)
    assert page.status_code == 303
    assert page.headers["location"] == f"/monitor/login?next={SAQ}{path}"


@pytest.mark.req("X-16")
@pytest.mark.parametrize("action", ["retry", "abort"])
async def test_another_site_changes_no_job(ours: Jobs, saq: AsyncClient, action: str) -> None:
    job = ours.failed if action == "retry" else ours.waiting
    before = await ours.state(job)
    path = f"{PUBLISH}/jobs/{job.key}/{action}"
    for headers in (ELSEWHERE, {"sec-fetch-site": "cross-site"}):
        answer = await ours.t.client.post(path, headers=headers)
        assert answer.status_code == 403
        assert await ours.state(job) is before
    assert (await saq.post(path, headers=ELSEWHERE)).status_code == 200
    assert await ours.state(job) is not before


@pytest.mark.req("X-16")
async def test_viewers_look_but_change_nothing(ours: Jobs) -> None:
    ours.t.client.cookies.clear()
    await log_in(ours.t, VIEWER)
    assert (await ours.t.client.get(PUBLISH)).status_code == 200
    for job, action in ((ours.failed, "retry"), (ours.waiting, "abort")):
        before = await ours.state(job)
        path = f"{PUBLISH}/jobs/{job.key}/{action}"
        assert (await ours.t.client.post(path, headers=HERE)).status_code == 403
        assert await ours.state(job) is before


async def test_only_saqs_own_files_are_served(ours: Jobs, saq: AsyncClient, tmp_path: Path) -> None:
    secret = tmp_path / "backup.sql.gz"
    secret.write_bytes(gzip.compress(b"secrets"))
    climbs = "%2e%2e/" * 20 + str(secret).removesuffix(".gz").lstrip("/")
    stolen = await saq.get(f"{SAQ}/static/{climbs}")
    assert stolen.content == b"secrets"
    slashes = climbs.replace("/", "%2f")
    for path in (climbs, slashes, f"/{secret}", "app.js.gz", "", "../starlette.py"):
        answer = await ours.t.client.get(f"{SAQ}/static/{path}")
        assert answer.status_code == 404, path
    for name, kind in (("app.js", "javascript"), ("snabbdom.js", "javascript")):
        answer = await ours.t.client.get(f"{SAQ}/static/{name}")
        assert kind in answer.headers["content-type"]
    style = await ours.t.client.get(f"{SAQ}/static/pico.min.css", headers={"accept-encoding": ""})
    assert style.headers["content-type"].startswith("text/css")
    assert ":root{" in style.text


async def test_no_argument_is_an_object_that_runs_script(ours: Jobs, saq: AsyncClient) -> None:
    queue = ours.queues["publish"]
    await queue.enqueue("f", key="bad", props=SCRIPT)
    await add(queue, "worse", props=SCRIPT)

    async def arguments(client: AsyncClient) -> list[object]:
        found = (await client.get(PUBLISH)).json()["queue"]["jobs"]
        return [job.get("kwargs") for job in found]

    assert {"props": SCRIPT} in await arguments(saq)
    assert all(isinstance(given, str) for given in await arguments(ours.t.client))
    for key in ("bad", "worse"):
        job = (await ours.t.client.get(f"{PUBLISH}/jobs/{key}")).json()["job"]
        assert {type(value) for value in job.values()} <= {str, int, float}
        assert job["kwargs"] == "props=dict(1)"


@pytest.mark.parametrize(
    "path",
    ["/api/queues/none", "/api/queues/publish/jobs/none", "/api/queues/none/jobs/waiting"],
)
async def test_unknown_names_are_404(ours: Jobs, saq: AsyncClient, path: str) -> None:
    assert (await saq.get(SAQ + path)).status_code == 500
    answer = await ours.t.client.get(SAQ + path)
    assert answer.status_code == 404
    assert answer.json()["error"].startswith(("There is no queue 'none'", "There is no job 'none'"))
    for action in ("retry", "abort"):
        answer = await ours.t.client.post(f"{SAQ}{path}/{action}", headers=HERE)
        assert answer.status_code == 404


async def test_a_name_that_no_job_can_have_is_404(ours: Jobs) -> None:
    for key in ("a%00b", "x" * 600):
        answer = await ours.t.client.get(f"{PUBLISH}/jobs/{key}")
        assert (answer.status_code, answer.json()["error"][:15]) == (404, "There is no job")


async def test_a_policy_stands_over_everything(ours: Jobs, saq: AsyncClient) -> None:
    assert "content-security-policy" not in (await saq.get(f"{SAQ}/")).headers
    for path in ("/", "/api/queues", "/static/app.js", "/nowhere"):
        headers = (await ours.t.client.get(SAQ + path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"] or "private" in headers["cache-control"]


async def test_the_one_inline_script_is_allowed_by_its_hash(ours: Jobs) -> None:
    page = await ours.t.client.get(f"{SAQ}/")
    inline = re.findall(r"<script>(.*?)</script>", page.text)
    assert inline == [f'const root_path = "{SAQ}";']
    hashed = b64encode(sha256(inline[0].encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{hashed}';" in page.headers["content-security-policy"]


async def test_a_running_job_is_not_retried(ours: Jobs, saq: AsyncClient) -> None:
    path = f"{PUBLISH}/jobs/active/retry"
    answer = await ours.t.client.post(path, headers=HERE)
    assert answer.status_code == 409
    assert answer.json()["error"] == "active is active; only a job that has ended can retry."
    assert await ours.state(ours.active) is Status.ACTIVE
    assert (await saq.post(path)).status_code == 200
    assert await ours.state(ours.active) is Status.QUEUED


async def test_ended_jobs_are_retried_from_the_start(ours: Jobs) -> None:
    assert ours.failed.attempts == 1
    answer = await ours.t.client.post(f"{PUBLISH}/jobs/failed/retry", headers=HERE)
    assert answer.json() == {}
    queue = ours.queues["publish"]
    found = await queue.job("failed")
    assert found
    assert (found.status, found.attempts, found.error) == (Status.QUEUED, 0, "ValueError: no")
    assert await queue.count("queued") == 2
    again = await ours.t.client.post(f"{PUBLISH}/jobs/failed/retry", headers=HERE)
    assert again.status_code == 409


async def test_a_job_that_somebody_else_retried_first_is_not_retried_twice(
    ours: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = ours.queues["publish"]
    seen = await queue.job("failed")
    assert seen
    await seen.retry("somebody else")

    async def as_it_was(_: str) -> Job:
        return seen

    monkeypatch.setattr(queue, "job", as_it_was)
    answer = await ours.t.client.post(f"{PUBLISH}/jobs/failed/retry", headers=HERE)
    assert answer.status_code == 409
    assert "only one that has ended is tried again" in answer.json()["error"]


async def test_waiting_jobs_are_aborted_and_ended_ones_not(ours: Jobs) -> None:
    answer = await ours.t.client.post(f"{PUBLISH}/jobs/waiting/abort", headers=HERE)
    assert answer.status_code == 200
    assert await ours.state(ours.waiting) is Status.ABORTED
    answer = await ours.t.client.post(f"{PUBLISH}/jobs/complete/abort", headers=HERE)
    assert answer.json()["error"] == "complete is complete; there is nothing to abort."
    assert await ours.state(ours.complete) is Status.COMPLETE


@pytest.mark.req("R24-49")
async def test_all_queues_are_shown_whatever_their_names(ours: Jobs) -> None:
    for number, queue in enumerate(ours.queues.values()):
        await add(queue, f"order/{number} ?#%41")
    found = (await ours.t.client.get(f"{SAQ}/api/queues")).json()["queues"]
    assert [queue["name"] for queue in found] == ["odd%2F%20name%3F", "publish", "rabbit24:emails"]
    for queue in found:
        shown = (await ours.t.client.get(f"{SAQ}/api/queues/{queue['name']}")).json()["queue"]
        keys = [job["key"] for job in shown["jobs"] if job["key"].startswith("order")]
        assert len(keys) == 1
        path = f"{SAQ}/api/queues/{queue['name']}/jobs/{keys[0]}"
        assert (await ours.t.client.get(path)).json()["job"]["queue"] == queue["name"]
        assert (await ours.t.client.get(path.replace("/api", ""))).status_code == 200


@pytest.mark.req("R24-49")
async def test_the_path_is_the_apps_choice() -> None:
    async with jobs(path="/admin/queues") as started:
        headers = bearer(OPERATOR)
        page = await started.t.client.get("/admin/queues/", headers=headers)
        assert 'const root_path = "/admin/queues";' in page.text
        found = await started.t.client.get("/admin/queues/api/queues", headers=headers)
        assert len(found.json()["queues"]) == len(NAMES)


async def test_two_mounts_in_one_process_do_not_mix(
    ours: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_PREFIX", unique_prefix())
    async with jobs(path="/admin/queues"):
        assert 'root_path = "/monitor/saq"' in (await ours.t.client.get(f"{SAQ}/")).text


async def test_what_saqs_page_gets_wrong_is_mended(ours: Jobs, saq: AsyncClient) -> None:
    theirs = (await saq.get(f"{SAQ}/static/app.js")).text
    mended = (await ours.t.client.get(f"{SAQ}/static/app.js")).text
    for text in ('root_path + "/queues/" + job.queue', 'tabindex = "0"', "attrs: { value: job"):
        assert text not in theirs
        assert text in mended


async def test_redis_away_is_told(ours: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(jobs: bool = False) -> None:
        raise ConnectionError("10.0.0.7:6379")

    monkeypatch.setattr(ours.queues["publish"], "info", away)
    answer = await ours.t.client.get(PUBLISH)
    assert answer.status_code == 503
    assert answer.json()["error"] == "Redis does not answer."


async def test_queues_in_memory_are_shown_too() -> None:
    async with testing(shop(), bind(AuthSettings).value(settings())) as t:
        await add(t.get(SaqQueues).all()[1], "waiting", post_id=17)
        found = await t.client.get(PUBLISH, headers=bearer(VIEWER))
        assert [job["key"] for job in found.json()["queue"]["jobs"]] == ["waiting"]


async def test_without_a_queue_the_page_says_so() -> None:
    async with testing(app(), bind(AuthSettings).value(settings())) as t:
        page = await t.client.get(f"{SAQ}/", headers=bearer(VIEWER))
        assert "No module declares a queue." in page.text


@pytest.mark.req("X-24")
async def test_arguments_and_results_are_masked(ours: Jobs) -> None:
    queue = (await ours.t.client.get(PUBLISH)).json()["queue"]
    waiting = (await ours.t.client.get(f"{PUBLISH}/jobs/waiting")).json()["job"]
    complete = (await ours.t.client.get(f"{PUBLISH}/jobs/complete")).json()["job"]
    assert waiting["kwargs"] == f"post_id=17, text=str({len(TEXT)})"
    assert complete["result"] == f"str({len(TEXT)})"
    assert waiting["kwargs"] in [job["kwargs"] for job in queue["jobs"]]
    assert "Ada" not in str([queue, waiting, complete])


async def test_arguments_are_shown_where_the_setting_says_so() -> None:
    async with jobs(show_arguments=True) as started:
        headers = bearer(OPERATOR)
        answer = await started.t.client.get(f"{PUBLISH}/jobs/waiting", headers=headers)
        assert answer.json()["job"]["kwargs"] == repr({"post_id": 17, "text": TEXT})


class OfTheShop(ShownQueues):
    """Shows the queues under names that tell whose they are."""

    def all(self) -> dict[str, Queue]:
        return {f"shop.{name}": queue for name, queue in super().all().items()}


async def test_queues_may_be_shown_under_other_names() -> None:
    async with jobs(bind(ShownQueues).to(OfTheShop)) as started:
        await log_in(started.t)
        job = started.waiting
        client = started.t.client
        listed = (await client.get(f"{SAQ}/api/queues")).json()["queues"]
        assert "shop.publish" in {queue["name"] for queue in listed}
        shown = (await client.get(f"{SAQ}/api/queues/shop.publish/jobs/{job.key}")).json()["job"]
        assert shown["queue"] == "shop.publish"
        found = (await client.get(f"{SAQ}/api/queues/shop.publish")).json()["queue"]["jobs"]
        assert {(one["key"], one["queue"]) for one in found} >= {(job.key, "shop.publish")}
        assert (await client.get(f"{SAQ}/api/queues/publish")).status_code == 404
