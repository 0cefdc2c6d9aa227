"use strict";

const description = new URL("../openapi.json", document.currentScript.src).href;

window.addEventListener("load", () => {
  SwaggerUIBundle({ url: description, dom_id: "#docs", deepLinking: true });
});
