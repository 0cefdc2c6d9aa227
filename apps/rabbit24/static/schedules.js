"use strict";
const form = document.getElementById("plan");

if (form) {
  form.brand.addEventListener("change", show);
  onSubmit(form, document.getElementById("said"), async () => {
    await call("POST", "/api/schedules", {
      brandProfileId: form.brand.value,
      topic: form.topic.value,
      cron: form.cron.value,
      tz: form.tz.value,
    });
    form.topic.value = "";
    await show();
    return "Planned.";
  });
  show();
}

async function show() {
  const rows = await call("GET", `/api/schedules?brandProfileId=${form.brand.value}`);
  document.getElementById("list").replaceChildren(...rows.map(row));
  document.getElementById("none").hidden = rows.length > 0;
}

function row(schedule) {
  const made = element("tr");
  const actions = element("td", "row");
  actions.append(
    action("Fill one now", () => call("POST", `/api/schedules/${schedule.id}/run`)),
    action("Remove", () => call("DELETE", `/api/schedules/${schedule.id}`).then(show)),
  );
  made.append(
    element("td", "", schedule.topic),
    element("td", "", `${schedule.cron} (${schedule.tz})`),
    element("td", "", schedule.next ? new Date(schedule.next).toLocaleString() : "none"),
    actions,
  );
  return made;
}

function action(text, act) {
  const button = element("button", "quiet", text);
  button.addEventListener("click", async () => {
    const said = document.getElementById("said");
    try {
      await act();
      say(said, "Done.");
    } catch (error) {
      say(said, error.message, true);
    }
  });
  return button;
}
