// Saves one value of the configuration at a time.
function read(form) {
  const value = {};
  for (const field of form.elements) {
    if (field.name) value[field.name] = field.type === "checkbox" ? field.checked : Number(field.value);
  }
  return value;
}

function say(form, text, isTrouble) {
  const place = form.querySelector(".said");
  place.textContent = text;
  place.className = isTrouble ? "said error" : "said soft";
}

async function save(form) {
  const answer = await fetch(form.dataset.api, {
    method: "PUT",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ version: Number(form.dataset.version), value: read(form) }),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail ?? `The app answered ${answer.status}.`);
  form.dataset.version = found.version;
  form.querySelector(".badge").textContent = `version ${found.version}`;
  say(form, "Saved.", false);
}

for (const form of document.querySelectorAll("form.setting")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await save(form);
    } catch (error) {
      say(form, error.message, true);
    }
  });
}
