"""The buffer: bounded, exact from threads."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from hutch_metrics.buffer import MOST_IN_BATCH, Buffer
from hutch_metrics.contract import Clock


def test_what_there_is_no_room_for_is_dropped_and_counted() -> None:
    buffer = Buffer("w", 2, Clock())
    for name in ("a", "b", "c", "a", "c"):
        buffer.count(name, 2)
    assert buffer.dropped == 4
    batch = buffer.take()
    assert batch is not None
    assert batch.counts["hourly", "2024-01-15T23"] == {"a": 4, "b": 2}
    buffer.count("c", 1)
    assert buffer.dropped == 4


def test_many_are_taken_in_several_batches() -> None:
    buffer = Buffer("w", 5000, Clock())
    for number in range(MOST_IN_BATCH + 1):
        buffer.count(str(number), 1)
    batches = [buffer.take(), buffer.take(), buffer.take()]
    sizes = [len(batch.counts["daily", "2024-01-15"]) for batch in batches if batch]
    assert sizes == [MOST_IN_BATCH, 1]
    assert [batch.number for batch in batches if batch] == [1, 2]
    assert batches[2] is None


def test_threads_lose_no_count() -> None:
    buffer = Buffer("w", 10, Clock())

    def work() -> None:
        for _ in range(5000):
            buffer.count("a", 1)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(work)
    batch = buffer.take()
    assert batch is not None
    assert batch.counts["daily", "2024-01-15"] == {"a": 20_000}


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from("abc"), st.integers(1, 9)), max_size=50)
)
def test_days_are_the_sum_of_their_hours(counted: list[tuple[int, str, int]]) -> None:
    clock = Clock()
    buffer, began = Buffer("w", 1000, clock), clock.now
    for hours, name, by in counted:
        clock.now = began + hours * 3600
        buffer.count(name, by)
    batch = buffer.take()
    counts = batch.counts if batch else {}
    for kind in ("daily", "hourly"):
        total = sum(sum(by.values()) for key, by in counts.items() if key[0] == kind)
        assert total == sum(by for _, _, by in counted)
    for (kind, day), by in counts.items():
        if kind == "daily":
            hourly = [c for (k, hour), c in counts.items() if k == "hourly" and hour[:10] == day]
            assert sum(by.values()) == sum(sum(c.values()) for c in hourly)
