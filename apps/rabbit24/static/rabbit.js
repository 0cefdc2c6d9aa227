"use strict";
// What the pages share: where the app is, and how to speak to it.
const root = document.getElementById("app").dataset.root;

async function call(method, path, body, type = "application/json") {
  const asJson = type === "application/json";
  const response = await fetch(root + path, {
    method,
    headers: body === undefined ? {} : { "content-type": type },
    body: body === undefined ? undefined : asJson ? JSON.stringify(body) : body,
  });
  if (response.status === 401) location.assign(`${root}/monitor/login?next=${encodeURIComponent(location.pathname)}`);
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok) throw new Error(wrong(answer));
  return answer;
}

function wrong(answer) {
  const first = (answer.errors || [])[0];
  return (first && (first.message || first.msg)) || answer.detail || answer.title || "It did not work.";
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(place, text, isError = false) {
  place.textContent = text;
  place.classList.toggle("error", isError);
}

// Run what a form asks for, with its buttons off meanwhile, and say what went wrong.
// They are off until this script is there, too: a browser alone would send the form itself.
function onSubmit(form, place, act) {
  form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")];
    buttons.forEach((button) => { button.disabled = true; });
    try {
      say(place, await act(event.submitter));
    } catch (error) {
      say(place, error.message, true);
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
  });
}

const leave = document.getElementById("leave");
if (leave) {
  leave.addEventListener("click", async () => {
    await call("POST", "/api/logout");
    location.assign(`${root}/monitor/login?next=${encodeURIComponent(`${root}/`)}`);
  });
}
