"""Mistakes with jobs; both type checkers refuse each marked line and no other."""

from queue_good import Emails, Order

from hutch_queue import Handle, Queue, cron, job


async def produce(queue: Queue, order: Order) -> None:
    await queue.enqueue(Emails.confirm("x"))  # E: an argument of another type
    await queue.enqueue(Emails.confirm())  # E: a missing argument
    await queue.enqueue(Emails.confirm)  # E: the job itself, not a call of it
    await queue.enqueue(Emails.confirm(order), delya=3)  # E: a misspelt option
    handle: Handle[str] = await queue.enqueue(Emails.confirm(order))  # E: another result
    await Emails(object()).confirm(order)  # E: no Mailer
    await queue.enqueue(order)  # E: no call
    await queue.enqueue(Emails.confirm(order, cpy=True))  # E: an unknown argument
    del handle


class Wrong:
    @cron("* * * * *")  # E: nobody passes the order at a tick
    @job
    async def tick(self, order: Order) -> None: ...

    @job  # E: not async
    def block(self) -> None: ...

    @job(attempts="three")  # E: an option of another type
    async def often(self) -> None: ...
