"""The play of SecondMe: people write, a bot answers, and an operator has the big switch."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx2

from demo.plays.play import Progress, Scene
from demo.plays.secondme_chat import Chat, incoming
from demo.verdict import Finding

LOOK = 0.25
"""Seconds between two looks at the dashboard."""
FRIENDS, ROUNDS, FLOOD = 3, 3, 11
MOST = 10
"""How many messages of one contact are answered in a minute."""
TOTAL = FRIENDS * (ROUNDS + 2) + FLOOD + 4
LOST = ("no_outcome", "failed", "not_handled")
"""Why the operator has to look at the phone: a worker was killed over the message."""
HELD = "rate_limit"
"""Why such a message is held again when it is let go: it was one of the flood."""
UNDECIDED = ("", "RECEIVED", "PREPARED", "SENDING", "UNKNOWN")


class SecondMePlay:
    """Friends write to somebody whose bot answers."""

    app = "secondme"
    does = "Answers chat messages for a person, who can stop it at any moment."

    def __init__(self) -> None:
        self._secret = secrets.token_urlsafe(18)
        self._verify = secrets.token_urlsafe(18)
        self._chat: Chat | None = None
        self._flooder = ""
        self._decided = 0

    async def environment(self, sandbox: str, client: httpx2.AsyncClient) -> dict[str, str]:
        """Return where WhatsApp is connected, and what makes waits short."""
        return {
            "HUTCH_PLATFORMS__WHATSAPP_PAIRING_URL": f"{sandbox}/_sandbox/whatsapp/sessions",
            "HUTCH_PLATFORMS__WHATSAPP_APP_SECRET": self._secret,
            "HUTCH_PLATFORMS__WHATSAPP_VERIFY_TOKEN": self._verify,
            "HUTCH_SECONDME__SETTLE": "3",
            "HUTCH_PUBSUB__LEASE": "4",
        }

    async def run(self, scene: Scene) -> None:
        """Connect by QR code, let people write, stop everything and let it go on."""
        chat = self._chat = Chat(scene, self._secret)
        await self._connect(chat)
        digits = int(hashlib.sha256(scene.run.encode()).hexdigest(), 16) % 10**6
        numbers = [f"+4915{digits:06}{at:02}" for at in range(FRIENDS + 3)]
        friends, (flooder, joined, stranger) = numbers[:FRIENDS], numbers[FRIENDS:]
        for number in (*friends, flooder, joined):
            contact = (await chat.ask("contacts", {"number": number}))["id"]
            await chat.ask(f"contacts/{contact}/enable")
            if number == flooder:
                self._flooder = contact
        async with chat.listening():
            await self._talk(chat, friends)
            await self._interfere(chat, friends[0], joined, stranger)
            for at in range(FLOOD):
                await chat.write(flooder, f"{scene.run} flood {at:02}", None)
            await self._settle(chat)
            await self._stop(chat, friends)

    def progress(self) -> Progress:
        """Tell how many messages are decided."""
        pauses = len(self._chat.pauses) if self._chat else 0
        detail = f"{self._decided} of {TOTAL} messages decided, {pauses} pause events heard"
        return Progress(self._decided, TOTAL, detail)

    async def judge(self, scene: Scene) -> list[Finding]:
        """Compare the dashboard with what is on the phones."""
        chat = self._chat or Chat(scene, self._secret)
        state, sent = await chat.state(), await chat.phones()
        states = _states(state)
        answerable = [text for text, goal in chat.written.items() if goal == "ANSWERED"]
        silent = [t for t, goal in chat.written.items() if goal not in ("ANSWERED", None)]
        wrong = [t for t, goal in chat.written.items() if goal and states[t] != goal]
        flood = [text for text in chat.written if " flood " in text]
        untrue = [text for text in flood if (sent[text] > 0) != (states[text] == "ANSWERED")]
        loud = [one for one in chat.pauses if one["contactId"] == self._flooder]
        late = {text for text, goal in chat.written.items() if goal == "REVIEW"}
        listed = {one["content"] for one in state["review"] if scene.run in one["content"]}
        forged = [text for text in states if scene.run in text and "forged" in text]
        answered = sum(sent[text] > 0 for text in answerable)
        return [
            Finding("messages answered", FRIENDS * (ROUNDS + 1), answered),
            Finding("messages answered twice", 0, sum(times > 1 for times in sent.values())),
            Finding("answers to who gets none", 0, sum(sent[text] > 0 for text in silent)),
            Finding("messages in a wrong state", 0, len(wrong), ", ".join(wrong)),
            _flooded(sum(sent[text] for text in flood), calm=scene.deaths() == 0),
            Finding("flood messages not as noted", 0, len(untrue), ", ".join(untrue)),
            Finding("pauses told for the flood", 1, len(loud)),
            Finding("forged messages taken", 0, len(forged)),
            Finding("late messages listed for review", 1, len(late & listed)),
            Finding("other messages listed for review", 0, len(listed - late)),
        ]

    async def _connect(self, chat: Chat) -> None:
        await chat.ask("disconnect")
        while not chat.number:
            qr = (await chat.state())["connection"]["qr"]
            await self._scan(chat, qr["qrCode"] if qr else "")
            await asyncio.sleep(LOOK)
        url = f"{chat.scene.app}/webhook/whatsapp"
        hook = {"url": url, "verify_token": self._verify, "app_secret": self._secret}
        await chat.sandbox("whatsapp/webhook", hook)
        connected = False
        while not connected:
            await asyncio.sleep(LOOK)
            connected = (await chat.state())["connection"]["connected"]

    async def _scan(self, chat: Chat, picture: str) -> None:
        """Scan the code that is shown, unless another one has just taken its place."""
        for session in (await chat.sandbox("state"))["whatsapp"]["sessions"]:
            if picture and session.get("image") == picture:
                path = f"whatsapp/sessions/{session['id']}/scan"
                try:
                    scanned = await chat.sandbox(path, {"qr": session["qr"]})
                except httpx2.HTTPStatusError:
                    return
                chat.number = scanned["phone_number_id"]

    async def _talk(self, chat: Chat, friends: Sequence[str]) -> None:
        for turn in range(ROUNDS):
            for at, friend in enumerate(friends):
                text = f"{chat.scene.run} hello {turn} of friend {at}"
                # WhatsApp delivers the first of each twice, as it does at times.
                await chat.write(friend, text, "ANSWERED", times=1 if turn else 2)

    async def _interfere(self, chat: Chat, friend: str, joined: str, stranger: str) -> None:
        """Let come what must not be answered."""
        run = chat.scene.run
        await chat.write(stranger, f"{run} not enabled", "NOT_ENABLED")
        assert await chat.forge(incoming(friend, f"{run} forged")), "a forged call was taken"
        chat.written[f"{run} late"] = "REVIEW"
        await chat.call(incoming(friend, f"{run} late", age=3600))
        chat.written[f"{run} by hand"] = "FROM_ME"
        echo = incoming(chat.number, f"{run} by hand") | {"to": joined.removeprefix("+")}
        await chat.call(echo, by_hand=True)
        await chat.write(joined, f"{run} thank you", "PAUSED")

    async def _stop(self, chat: Chat, friends: Sequence[str]) -> None:
        await chat.ask("switch/stop", {"reason": "demo"})
        for at, friend in enumerate(friends):
            await chat.write(friend, f"{chat.scene.run} held {at}", "PAUSED")
        await self._settle(chat)
        await chat.ask("switch/release")
        for at, friend in enumerate(friends):
            await chat.write(friend, f"{chat.scene.run} again {at}", "ANSWERED")
        await self._settle(chat)

    async def _settle(self, chat: Chat) -> None:
        """Wait until all that was written is decided; do what only a person can."""
        while True:
            state = await chat.state()
            states = _states(state)
            lost = await self._look_at_the_phones(chat, state["review"])
            self._decided = sum(states[text] not in UNDECIDED for text in chat.written)
            if self._decided == len(chat.written) and not lost:
                return
            await asyncio.sleep(LOOK)

    async def _look_at_the_phones(self, chat: Chat, review: Sequence[dict[str, Any]]) -> bool:
        """Answer what a killed worker has left open and no phone has; tell whether there was any.

        What is on a phone, WhatsApp tells by the webhook soon.
        """
        run = chat.scene.run
        lost = [one for one in review if run in one["content"] and one["reason"] in (*LOST, HELD)]
        sent = await chat.phones() if lost else Counter[str]()
        for one in lost:
            if one["reason"] == HELD:
                await chat.ask(f"review/{one['id']}/dismiss")
            elif not sent[one["content"]]:
                await chat.ask(f"review/{one['id']}/answer")
        return bool(lost)


def _flooded(answers: int, *, calm: bool) -> Finding:
    if calm:
        return Finding("answers to a flood", MOST, answers)
    # What a worker died over is delivered and counted again, so the pause may come earlier.
    return Finding("answers to a flood beyond ten", 0, max(0, answers - MOST))


def _states(state: dict[str, Any]) -> dict[str, str]:
    """Map what was written to where it stands; an empty text is not there yet."""
    # The list of messages is cut at the end, where what came late stands.
    shown = (*state["review"], *state["messages"])
    return _Known({one["content"]: str(one["state"]) for one in shown})


class _Known(dict[str, str]):
    def __missing__(self, text: str) -> str:
        return ""
