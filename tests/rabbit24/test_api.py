"""Posts over HTTP: who may, what is refused and how."""

import asyncio
from urllib.parse import quote

import pytest
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import PASSWORD, Person, Rabbit, operators

from hutch_auth import OPERATOR, Users
from kit.publishing import Network
from rabbit24.jobs.schedule import ScheduleJobs
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.errors import Missing

CLOSED = [
    ("GET", "/api/me"),
    ("POST", "/api/brands"),
    ("GET", "/api/brands"),
    ("POST", "/api/accounts"),
    ("GET", "/api/accounts?brandProfileId=b"),
    ("POST", "/api/posts"),
    ("GET", "/api/posts?brandProfileId=b"),
    ("GET", "/api/posts/1"),
    ("POST", "/api/posts/1/approve"),
    ("POST", "/api/materials?brandProfileId=b"),
    ("POST", "/api/schedules"),
    ("GET", "/api/events"),
    ("GET", "/api/queue/health"),
    ("POST", "/api/admin/distribution/dispatch"),
    ("POST", "/api/admin/maintenance"),
]


async def test_nobody_passes_without_a_login(rabbit: Rabbit) -> None:
    del rabbit.operator.headers["authorization"]
    for method, path in CLOSED:
        answer = await rabbit.operator.request(method, path)
        assert answer.status_code == 401, f"{method} {path}: {answer.text}"
    wrong = {"authorization": "Bearer a-token-of-somebody-else"}
    assert (await rabbit.operator.get("/api/me", headers=wrong)).status_code == 401


async def test_a_users_things_are_not_found_by_others(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    post = await ada.write("Mine", x)
    material = (await ada.upload())["id"]
    new = {"brandProfileId": ada.brand, "topic": "t", "cron": "0 9 * * 1"}
    schedule = (await ada.ask("POST", "/api/schedules", 201, json=new))["id"]
    async with rabbit.user() as bob:
        for path in (
            f"/api/posts/{post}",
            f"/api/posts?brandProfileId={ada.brand}",
            f"/api/posts/{post}/analytics",
            f"/api/posts/{post}/similar",
            f"/api/accounts?brandProfileId={ada.brand}",
            f"/api/brands/{ada.brand}/limits",
            f"/api/brands/{ada.brand}/networks",
            f"/api/brands/{ada.brand}/events",
            f"/api/materials/{material}",
            f"/api/materials/{material}/file",
            f"/api/schedules?brandProfileId={ada.brand}",
        ):
            assert (await bob.ask("GET", path, 404))["status"] == 404
        await bob.ask("POST", f"/api/posts/{post}/approve", 404)
        for method, what, id_ in (
            ("DELETE", "account", x.id),
            ("GET", "material", material),
            ("DELETE", "schedule", schedule),
        ):
            told = await bob.ask(method, f"/api/{what}s/{id_}", 404)
            assert told["detail"] == f"There is no {what} {id_!r}.", "whose it is, is not told"
        await bob.ask("PUT", f"/api/brands/{ada.brand}", 404, json={"name": "Bob's"})
        new = {"brandProfileId": ada.brand, "content": "Bob was here"}
        await bob.ask("POST", "/api/posts", 404, json=new)
        assert [b["id"] for b in await bob.ask("GET", "/api/brands")] == [bob.brand]
    assert (await rabbit.operator.get(f"/api/posts/{post}")).status_code == 200
    assert (await ada.read(post))["status"] == "DRAFT"


async def test_the_viewers_token_sees_and_makes_no_brand(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_AUTH__VIEWER_TOKEN", "the-viewers-own-token")
    async with start() as rabbit:
        house = await operators(rabbit.operator, rabbit.state)
        viewer = {"authorization": "Bearer the-viewers-own-token"}
        assert await house.ask("GET", "/api/brands", headers=viewer) == []
        new = {"name": "Not mine"}
        refused = await house.ask("POST", "/api/brands", 422, headers=viewer, json=new)
        assert refused["detail"] == "A viewer has no brands: log in as a user or an operator."
        assert len(await house.ask("GET", "/api/brands")) == 1


async def test_an_account_or_schedule_that_is_gone_meanwhile_is_not_found(
    rabbit: Rabbit, ada: Person
) -> None:
    x = await ada.connect()
    accounts = rabbit.t.get(StoredAccounts)
    assert await accounts.disconnect(x.id) == x.connection
    with pytest.raises(Missing, match=f"There is no account '{x.id}'."):
        await accounts.disconnect(x.id)
    await rabbit.t.app.get(ScheduleJobs).slots.remove("gone")


async def test_what_needs_an_operator_is_forbidden_to_users(ada: Person) -> None:
    order = {"postId": 1, "connectionIds": [1]}
    await ada.ask("POST", "/api/admin/distribution/dispatch", 403, json=order)
    told = {"message": "Soon", "severity": "info"}
    await ada.ask("POST", "/api/admin/maintenance", 403, json=told)
    await ada.ask("GET", "/api/queue/health", 403)


@pytest.mark.req("R24-49", "R24-50", "SD-40")
async def test_the_board_is_at_admin_queues_behind_a_login(rabbit: Rabbit) -> None:
    html = {"accept": "text/html"}
    board = await rabbit.operator.get("/admin/queues/", headers=html)
    assert (board.status_code, "saq" in board.text.lower()) == (200, True)
    queues = (await rabbit.operator.get("/admin/queues/api/queues")).json()["queues"]
    names = {queue["name"] for queue in queues}
    assert {"publish", "schedule", "analytics", "content:analyze", "embedding:generate"} <= names
    assert {"token:refresh", "distribution:dispatch"} <= names
    assert (await rabbit.operator.get("/admin/queues/static/app.js")).status_code == 200
    del rabbit.operator.headers["authorization"]
    assert (await rabbit.operator.get("/admin/queues/api/queues")).status_code == 401
    page = await rabbit.operator.get("/admin/queues/", headers=html)
    assert page.status_code == 303
    assert "/monitor/login" in page.headers["location"]


@pytest.mark.req("SD-40")
async def test_the_board_shows_a_job_that_waits(rabbit: Rabbit, ada: Person) -> None:
    await ada.approved("Hello", await ada.connect())
    publish = "/admin/queues/api/queues/publish"
    [listed] = (await rabbit.operator.get(publish)).json()["queue"]["jobs"]
    shown = await rabbit.operator.get(f"{publish}/jobs/{quote(listed['key'], safe='')}")
    assert shown.status_code == 200
    job = shown.json()["job"]
    assert (job["key"], job["status"], job["queue"]) == (listed["key"], "queued", "publish")


@pytest.mark.parametrize(
    ("network", "content", "said"),
    [
        (Network.TWITTER, "x" * 281, "TWITTER: This post counts 281 of X's 280"),
        (Network.TWITTER, "兎" * 150, "TWITTER: This post counts 300 of X's 280"),
        (Network.LINKEDIN, "x" * 3001, "LINKEDIN: This post counts 3001 of LinkedIn's 3000"),
        (Network.INSTAGRAM, "Hello", "INSTAGRAM: Instagram takes no post without a picture"),
        (Network.TWITTER, "", "it is empty; write something"),
        (Network.TWITTER, " \n", "it is empty; write something"),
        (Network.TWITTER, "a\0b", "it holds a NUL character, which cannot be stored; remove it"),
        (Network.TWITTER, "x" * 70_001, "at most 70000 characters"),
    ],
)
async def test_content_that_a_network_would_not_take_is_refused(
    ada: Person, network: Network, content: str, said: str
) -> None:
    account = await ada.connect(network)
    new = {"brandProfileId": ada.brand, "content": content, "accountIds": [account.id]}
    answer = await ada.client.post("/api/posts", json=new)
    assert answer.status_code == 422
    assert said in answer.text
    assert await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}") == []


async def test_a_post_that_fits_no_account_stays_a_draft(ada: Person) -> None:
    post = await ada.write("x" * 281)
    refused = await ada.ask("POST", f"/api/posts/{post}/approve", 422)
    assert refused["detail"] == "This brand has no account yet: connect one."
    await ada.connect()
    refused = await ada.ask("POST", f"/api/posts/{post}/approve", 422)
    assert "shorten it by 1" in refused["detail"]
    read = await ada.read(post)
    assert (read["status"], read["publications"]) == ("DRAFT", [])


async def test_an_unknown_network_and_a_foreign_account_are_refused_by_name(
    rabbit: Rabbit, ada: Person
) -> None:
    new = {"brandProfileId": ada.brand, "platform": "MYSPACE", "userId": "1"}
    answer = await ada.client.post("/api/accounts", json=new)
    assert answer.status_code == 422
    assert "platform" in answer.text
    async with rabbit.user() as bob:
        theirs = await bob.connect()
        post = {"brandProfileId": ada.brand, "content": "Hi", "accountIds": [theirs.id]}
        refused = await ada.ask("POST", "/api/posts", 422, json=post)
        said = f"The account {theirs.id!r} is not connected to this brand: connect it."
        assert refused["detail"] == said


async def test_a_foreign_file_is_refused(rabbit: Rabbit, ada: Person) -> None:
    async with rabbit.user() as bob:
        file = (await bob.upload())["file"]
    new = {"brandProfileId": ada.brand, "content": "Hi", "media": [file]}
    refused = await ada.ask("POST", "/api/posts", 422, json=new)
    assert refused["detail"] == f"The file {file!r} is not of this brand: upload it here."


async def test_an_account_is_connected_once_and_its_tokens_never_come_out(
    ada: Person, rabbit: Rabbit
) -> None:
    x = await ada.connect()
    shown = await ada.ask("GET", f"/api/accounts?brandProfileId={ada.brand}")
    assert [one["id"] for one in shown] == [x.id]
    assert x.grant.pair.access not in str(shown)
    again = {
        "brandProfileId": ada.brand,
        "platform": "TWITTER",
        "userId": x.grant.account.user_id,
        "accessToken": "a",
        "refreshToken": "r",
        "expiresAt": "2030-01-01T00:00:00Z",
    }
    same = await ada.ask("POST", "/api/accounts", 201, json=again)
    assert (same["id"], same["connectionId"]) == (x.id, x.connection)
    assert same["expiresAt"] == again["expiresAt"]
    assert (await rabbit.t.get(StoredAccounts).load(x.id)).access.get_secret_value() == "a"


async def test_a_user_has_so_many_brands_and_operators_as_many_as_they_like(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__MOST_BRANDS", "2")
    async with start() as rabbit, rabbit.user() as ada:
        asked = (ada.client.post("/api/brands", json={"name": "B"}) for _ in range(3))
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
        told = {answer.json()["detail"] for answer in answers if answer.is_error}
        assert told == {
            "You have 2 brands and may have no more: change one of them, or ask the operator to "
            "raise HUTCH_RABBIT24__MOST_BRANDS."
        }
        house = await operators(rabbit.t.client, rabbit.state)
        for _ in range(3):
            await house.ask("POST", "/api/brands", 201, json={"name": "B"})


async def test_operators_with_a_name_have_no_bound_and_see_their_own_brands_first(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__MOST_BRANDS", "1")
    async with start() as rabbit, rabbit.user() as ada, rabbit.user() as bob:
        assert bob.id is not None
        await rabbit.t.get(Users).set_roles(bob.id, [OPERATOR])
        made = await bob.ask("POST", "/api/brands", 201, json={"name": "Zebra"})
        seen = [brand["id"] for brand in await bob.ask("GET", "/api/brands")]
        assert seen == [bob.brand, made["id"], ada.brand]


async def test_an_unknown_post_is_not_found(ada: Person) -> None:
    for method, path in (("GET", "/api/posts/none"), ("POST", "/api/posts/none/approve")):
        assert (await ada.ask(method, path, 404))["detail"] == "There is no post 'none'."


@pytest.mark.parametrize("path", ["/api/posts/%00", "/api/posts?brandProfileId=%00"])
async def test_an_id_that_none_can_be_is_refused(ada: Person, path: str) -> None:
    assert (await ada.client.get(path)).status_code in (404, 422)


async def test_a_brands_posts_are_listed_newest_first(ada: Person) -> None:
    posts = [await ada.write(f"Post {n}") for n in range(3)]
    listed = await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}&limit=2")
    assert [post["id"] for post in listed] == posts[:0:-1]
    await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}&limit=0", 422)


async def test_registering_has_clear_refusals(rabbit: Rabbit, ada: Person) -> None:
    taken = {"name": "Twice", "password": PASSWORD}
    await ada.ask("POST", "/api/register", 201, json=taken)
    again = await ada.ask("POST", "/api/register", 409, json=taken)
    assert again["detail"] == "This name is taken: choose another."
    await ada.ask("POST", "/api/register", 422, json={"name": "a b", "password": PASSWORD})
    await ada.ask("POST", "/api/login", 401, json={"name": "twice", "password": "wrong wrong"})


async def test_registration_can_be_off(start: Start, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_RABBIT24__REGISTRATION", "false")
    async with start() as rabbit:
        new = {"name": "eve", "password": PASSWORD}
        answer = await rabbit.operator.post("/api/register", json=new)
        assert answer.status_code == 403
        assert answer.json()["detail"] == "Registration is off: ask an operator for an account."
        page = await rabbit.operator.get("/register")
        assert "Registration is off" in page.text


async def test_logging_out_ends_the_session(ada: Person) -> None:
    assert (await ada.ask("GET", "/api/me"))["id"] == ada.id
    await ada.ask("POST", "/api/logout", 204)
    await ada.ask("GET", "/api/me", 401)
