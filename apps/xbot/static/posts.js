// Composes posts, and keeps the lists fresh while they are looked at.
const form = document.getElementById("compose");
const api = form.dataset.api;
const at = (id) => document.getElementById(id);
const EVERY = 2000;
const KEPT = "xbot-draft";

function tell(text, isTrouble = false) {
  at("trouble").textContent = isTrouble ? text : "";
  at("trouble").hidden = !isTrouble;
  at("news").textContent = isTrouble ? "" : text;
}

async function ask(path, method = "GET", body = undefined) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const first = problem.errors?.[0];
  throw new Error((first && `${first.loc?.at(-1) ?? ""}: ${first.msg}`) || problem.detail || `The app answered ${answer.status}.`);
}

async function act(work) {
  try {
    await work();
  } catch (error) {
    tell(error.message, true);
  }
}

function opinion(score) {
  at("opinion").textContent = score === null ? "" : `The model gives it ${Math.round(100 * score)} %.`;
}

async function keep() {
  const draft = await ask("/drafts", "POST", { text: form.text.value, topic: form.topic.value });
  opinion(draft.score);
  return draft;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const isKept = event.submitter?.value === "keep";
  act(async () => {
    const draft = await keep();
    if (isKept) {
      localStorage.setItem(KEPT, draft.id);
      tell("Kept for an hour. It is here when you come back.");
      return;
    }
    const when = { priority: Number(form.priority.value) };
    if (form.elements.at.value) when.at = new Date(form.elements.at.value).toISOString();
    await ask(`/drafts/${draft.id}/schedule`, "POST", when);
    localStorage.removeItem(KEPT);
    form.reset();
    at("opinion").textContent = "";
    tell("Scheduled.");
    await refresh();
  });
});

at("suggest").addEventListener("click", () => act(async () => {
  const found = await ask("/drafts/suggestion");
  if (found.topic) {
    form.topic.value = found.topic;
    form.text.value = found.text;
  }
  const local = new Date(found.at);
  local.setMinutes(local.getMinutes() - local.getTimezoneOffset());
  form.elements.at.value = local.toISOString().slice(0, 16);
  tell(found.topic ? `Drawn: ${found.topic}, at ${found.hour}:00 UTC.` : `Drawn: ${found.hour}:00 UTC. Name a topic first.`);
}));

document.addEventListener("click", (event) => {
  const id = event.target.dataset?.cancel;
  if (id) act(async () => {
    await ask(`/posts/${id}`, "DELETE");
    tell("Taken back.");
    at("queue").focus(); // the button goes with its post
    await refresh();
  });
});

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("lists");
  if (!fresh || fresh.innerHTML === at("lists").innerHTML) return;
  const held = document.activeElement;
  // Who is about to press a button or follow a link keeps it.
  if (at("lists").contains(held) && held !== at("queue")) return;
  at("lists").replaceWith(fresh);
  if (held.id === "queue") at("queue").focus();
}

async function look() {
  if (!document.hidden) {
    try {
      await refresh();
    } catch {
      // The app restarts; the next look finds it again.
    }
  }
  setTimeout(look, EVERY);
}

async function restore() {
  const id = localStorage.getItem(KEPT);
  if (!id) return;
  try {
    const draft = await ask(`/drafts/${id}`);
    form.text.value = draft.text;
    form.topic.value = draft.topic;
    opinion(draft.score);
  } catch {
    localStorage.removeItem(KEPT); // its hour is over
  }
}

restore();
setTimeout(look, EVERY);
