"""Orders of the distribution, whatever happens between them and their jobs."""

from tests.rabbit24.conftest import Travel
from tests.rabbit24.running import Person, Rabbit
from tests.rabbit24.test_distribution import numbered

from hutch_queue import QueueAdmin
from rabbit24.jobs.distribution import DispatchOrders
from rabbit24.schemas import Dispatch


async def test_what_is_dispatched_to_another_brands_connection_is_on_no_account(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    post, number = await numbered(house)
    async with rabbit.user() as bob:
        theirs = await bob.connect()
    wrong = Dispatch(schedule_id=1, post_id=number, target_id=theirs.connection)
    await rabbit.t.get(DispatchOrders).add_dispatch_job(wrong)
    await rabbit.settle(travel)
    [dead] = await rabbit.t.get(QueueAdmin).jobs("distribution:dispatch", "failed")
    assert f"The connection {theirs.connection} is not of the brand" in str(dead.error)
    assert (dead.attempt, theirs.texts, await house.states(post)) == (1, [], {})


async def test_the_number_of_a_connection_is_never_given_again(house: Person) -> None:
    gone = await house.connect()
    await house.ask("DELETE", f"/api/accounts/{gone.id}", 204)
    assert (await house.connect()).connection == gone.connection + 1
