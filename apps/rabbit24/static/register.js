"use strict";
const form = document.getElementById("register");

if (form) {
  onSubmit(form, document.getElementById("said"), async () => {
    const person = { name: form.elements.name.value, password: form.password.value };
    await call("POST", "/api/register", person);
    await call("POST", "/api/login", person);
    location.assign(`${root}/accounts`);
    return "Welcome.";
  });
}
