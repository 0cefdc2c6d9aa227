// The dashboard: reads the whole state after every event, so that nothing it shows is a guess.
const root = document.getElementById("dashboard");
const api = root.dataset.api;
const at = (id) => document.getElementById(id);
const AGAIN = 10_000; // what has no event, such as the review list, is read this often
const SOON = 100; // events that come together are one reading

const REASONS = {
  too_old: "it came too late", no_text: "it is no text", not_connected: "WhatsApp was not connected",
  refused: "WhatsApp refused the answer", not_written: "no answer was written",
  no_outcome: "nobody knows whether the answer was sent: look at the phone",
  not_handled: "it waited too long", failed: "answering failed again and again",
  account_paused: "WhatsApp has paused the number", rate_limit: "too many messages",
  manual: "you wrote yourself", all: "everything was stopped", paused: "the contact is paused",
  not_enabled: "the contact is not enabled",
};
const STATES = {
  RECEIVED: ["being answered", ""], PREPARED: ["being answered", ""], SENDING: ["being sent", ""],
  UNKNOWN: ["waits for WhatsApp", "weak"], ANSWERED: ["answered", "ok"], FROM_ME: ["yours", ""],
  NOT_ENABLED: ["not enabled", ""], PAUSED: ["paused", "weak"], LIMITED: ["too many", "weak"],
  REVIEW: ["for review", "bad"], DISMISSED: ["put away", ""],
};

function time(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function show(element, visible) {
  element.hidden = !visible;
}

function badge(element, text, kind) {
  element.textContent = text;
  element.className = `badge ${kind}`;
}

function trouble(text) {
  at("trouble").textContent = text;
  show(at("trouble"), text !== "");
}

async function ask(path, options = {}) {
  const answer = await fetch(api + path, { headers: { accept: "application/json" }, ...options });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? `The app answered ${answer.status}.`);
  }
  return answer.status === 204 ? null : answer.json();
}

async function act(path, body = {}) {
  try {
    const headers = { "content-type": "application/json" };
    await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
    trouble("");
  } catch (error) {
    trouble(error.message);
  }
  await read();
}

function drawSwitch(stop) {
  badge(at("switch-state"), stop.stopped ? "Stopped" : "On", stop.stopped ? "bad" : "ok");
  at("switch-detail").textContent = stop.stopped
    ? `Since ${time(stop.since)}. Nothing is sent until you let it go on.`
    : "Contacts that are enabled get answers.";
  const button = at("switch");
  button.textContent = stop.stopped ? "Let it go on" : "Stop everything";
  button.classList.toggle("danger", !stop.stopped);
  button.onclick = () => act(stop.stopped ? "/switch/release" : "/switch/stop");
}

function drawConnection({ connected, expiresAt, qr }) {
  badge(at("connection-state"), connected ? "Connected" : "Not connected", connected ? "ok" : "bad");
  const until = connected ? `Until ${new Date(expiresAt).toLocaleString()}.` : "";
  at("connection-detail").textContent = until || (qr ? "Scan this code with WhatsApp." : "");
  show(at("qr"), Boolean(qr));
  if (qr) at("qr").src = `data:image/png;base64,${qr.qrCode}`;
  else at("qr").removeAttribute("src");
  show(at("disconnect"), connected);
}

function drawBacklog({ length, limit, alarm, unreadable }) {
  at("backlog").textContent = length;
  at("backlog-limit").textContent = limit;
  show(at("backlog-alarm"), alarm);
  at("unreadable").textContent = `${unreadable} cannot be read: hutch inbox list`;
  show(at("unreadable"), unreadable > 0);
}

function fill(list, template, values, draw, empty) {
  const focused = document.activeElement?.dataset?.key;
  list.replaceChildren(...values.map((value) => {
    const item = at(template).content.firstElementChild.cloneNode(true);
    draw(item, value);
    return item;
  }));
  show(empty, values.length === 0);
  if (focused) list.querySelector(`[data-key="${focused}"]`)?.focus();
}

function button(item, name, key, text, onclick) {
  const found = item.querySelector(`.${name}`);
  found.textContent = text;
  found.dataset.key = `${key}-${name}`;
  found.onclick = onclick;
}

function drawContact(item, contact) {
  const { id, number, enabled, pausedUntil, pauseReason } = contact;
  item.querySelector(".who").textContent = `+${number}`;
  badge(item.querySelector(".enabled"), enabled ? "enabled" : "not enabled", enabled ? "ok" : "");
  const paused = item.querySelector(".paused");
  const why = REASONS[pauseReason] ?? pauseReason;
  const until = pausedUntil === null ? "" : `paused until ${time(pausedUntil)}`;
  paused.textContent = until && why ? `${until}: ${why}` : until;
  show(paused, until !== "");
  const able = enabled ? "disable" : "enable";
  button(item, "enable", id, enabled ? "Disable" : "Enable", () => act(`/contacts/${id}/${able}`));
  const pause = pausedUntil === null ? "pause" : "resume";
  const label = pausedUntil === null ? "Pause for an hour" : "Resume";
  button(item, "pause", id, label, () => act(`/contacts/${id}/${pause}`));
}

function drawMessage(names, isReview) {
  return (item, message) => {
    item.querySelector(".who").textContent = names.get(message.contactId) ?? message.contactId;
    item.querySelector("time").textContent = time(message.timestamp);
    const [word, kind] = STATES[message.state];
    const why = REASONS[message.reason] ?? message.reason;
    badge(item.querySelector(".state"), why ? `${word}: ${why}` : word, `${kind} state`);
    const [content, answer] = item.querySelectorAll(".content");
    content.textContent = message.content || "(a picture, a sound or the like)";
    answer.textContent = message.answer;
    show(answer, message.answer !== null);
    show(item.querySelector(".acts"), isReview);
    button(item, "again", message.id, "Answer it now", () => act(`/review/${message.id}/answer`));
    button(item, "dismiss", message.id, "Put it away", () => act(`/review/${message.id}/dismiss`));
  };
}

function draw(state) {
  drawSwitch(state.stop);
  drawConnection(state.connection);
  drawBacklog(state.backlog);
  fill(at("contacts"), "contact", state.contacts, drawContact, at("no-contacts"));
  const names = new Map(state.contacts.map((contact) => [contact.id, `+${contact.number}`]));
  fill(at("review"), "message", state.review, drawMessage(names, true), at("no-review"));
  fill(at("messages"), "message", state.messages, drawMessage(names, false), at("no-messages"));
}

let reading = null;
let stale = false;

async function read() {
  stale = true;
  if (reading) return reading;
  reading = (async () => {
    while (stale) {
      stale = false;
      try {
        draw(await ask("/state"));
        if (at("trouble").dataset.lost) trouble("");
        delete at("trouble").dataset.lost;
      } catch (error) {
        at("trouble").dataset.lost = "yes";
        trouble(`This may be out of date: ${error.message}`);
        await ask("/switch").then(drawSwitch, () => {}); // a stop can be told without Redis
      }
    }
    reading = null;
  })();
  return reading;
}

let soon = 0;

function readSoon() {
  // One that waits already is not put off: events may come without a break.
  soon ||= setTimeout(() => {
    soon = 0;
    read();
  }, SOON);
}

function listen() {
  const stream = new EventSource(`${api}/events`);
  for (const kind of ["listening", "gap", "events:messages", "events:pause", "events:qr", "events:connection"])
    stream.addEventListener(kind, readSoon);
}

// Stopping works while nothing can be read, because Redis is away.
at("switch").onclick = () => act("/switch/stop");
at("disconnect").onclick = () => act("/disconnect");
at("add").onsubmit = (event) => {
  event.preventDefault();
  const number = at("number").value;
  at("number").value = "";
  act("/contacts", { number });
};
setInterval(read, AGAIN);
listen();
