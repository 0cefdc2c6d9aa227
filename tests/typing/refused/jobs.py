"""Mistakes with jobs; both type checkers refuse each marked line and no other."""

from datetime import timedelta

from queue_good import Emails, Order, Vectors

from hutch_queue import ChunkItem, Handle, Queue, chunk, cron, every, job


async def produce(queue: Queue, order: Order) -> None:
    await queue.enqueue(Emails.confirm("x"))  # E: an argument of another type
    await queue.enqueue(Emails.confirm())  # E: a missing argument
    await queue.enqueue(Emails.confirm)  # E: the job itself, not a call of it
    await queue.enqueue(Emails.confirm(order), delya=3)  # E: a misspelt option
    handle: Handle[str] = await queue.enqueue(Emails.confirm(order))  # E: another result
    await Emails(object()).confirm(order)  # E: no Mailer
    await queue.enqueue(order)  # E: no call
    await queue.enqueue(Emails.confirm(order, cpy=True))  # E: an unknown argument
    await queue.enqueue(Vectors.embed("x"))  # E: a value of another type
    await queue.enqueue(Vectors.embed([order]))  # E: many values, where a call has one
    vector: Handle[int] = await queue.enqueue(Vectors.embed(order))  # E: another result
    await queue.enqueue(Emails.render("x"))  # E: a thread's argument of another type
    await queue.enqueue(Emails.confirm(order), priority="high")  # E: an option of another type
    await queue.chain(Emails.confirm)  # E: the job itself in a chain
    ChunkItem[Order, int](order).complete("x")  # E: another result of an item
    del handle, vector


class Wrong:
    @cron("* * * * *")  # E: nobody passes the order at a tick
    @job
    async def tick(self, order: Order) -> None: ...

    @every(timedelta(1), missed="late")  # E: an unknown policy
    @job
    async def beat(self) -> None: ...

    @job(no_retry=ValueError)  # E: one class, not several
    async def once(self) -> None: ...

    @chunk(size=2)  # E: no items
    async def many(self, items: list[int]) -> None: ...

    @job(attempts="three")  # E: an option of another type
    async def often(self) -> None: ...
