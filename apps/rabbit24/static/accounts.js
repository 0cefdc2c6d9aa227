"use strict";
const brand = document.getElementById("brand");

onSubmit(document.getElementById("add-brand"), document.getElementById("brand-said"), async () => {
  await call("POST", "/api/brands", { name: document.getElementById("name").value });
  location.reload();
  return "Added.";
});

if (brand) {
  const form = document.getElementById("connect");
  brand.addEventListener("change", show);
  onSubmit(form, document.getElementById("account-said"), async () => {
    await call("POST", "/api/accounts", {
      brandProfileId: brand.value,
      platform: form.platform.value,
      userId: form.user.value,
      accessToken: form.access.value,
      refreshToken: form.refresh.value || null,
      expiresAt: new Date(form.expires.value).toISOString(),
    });
    form.reset();
    await show();
    return "Connected.";
  });
  show();
}

async function show() {
  const [accounts, left] = await Promise.all([
    call("GET", `/api/accounts?brandProfileId=${brand.value}`),
    call("GET", `/api/brands/${brand.value}/limits`),
  ]);
  document.getElementById("accounts").replaceChildren(...accounts.map((account) => row(account, left)));
  document.getElementById("none").hidden = accounts.length > 0;
}

function row(account, left) {
  const made = element("tr");
  const badge = element("span", `badge ${account.valid ? "ok" : "bad"}`, account.valid ? "valid" : "has ended");
  const state = element("td");
  state.append(badge);
  const action = element("td");
  const button = element("button", "quiet", "Disconnect");
  button.addEventListener("click", async () => {
    const said = document.getElementById("account-said");
    try {
      await call("DELETE", `/api/accounts/${account.id}`);
      say(said, "Disconnected.");
    } catch (error) {
      say(said, error.message, true);
    }
    show();
  });
  action.append(button);
  made.append(
    element("td", "", account.platform),
    element("td", "", account.userId),
    element("td", "number", account.connectionId),
    element("td", "number", left[account.platform.toLowerCase()]),
    state,
    action,
  );
  return made;
}
