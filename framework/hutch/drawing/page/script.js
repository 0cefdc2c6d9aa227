"use strict";
const $ = (id) => document.getElementById(id);
const stage = $("stage"), panel = $("panel"), view = $("view"), sizer = $("sizer");
const boxes = [...document.querySelectorAll(".box")];
const edges = [...document.querySelectorAll(".edge")];
const width = stage.offsetWidth, height = stage.offsetHeight;
let chosen = null, scale = 1;

function clear() {
  stage.classList.remove("dim");
  for (const it of [...boxes, ...edges]) it.classList.remove("near", "in", "out", "self");
}

// The modules a module imports are marked "out", those that import it "in".
function show(id) {
  clear();
  if (!id) return;
  stage.classList.add("dim");
  $(id).classList.add("near", "self");
  for (const edge of edges) {
    const { from, to } = edge.dataset;
    if (from !== id && to !== id) continue;
    const side = from === id ? "out" : "in";
    edge.classList.add("near", side);
    $(from === id ? to : from).classList.add("near", side);
  }
}

function choose(id) {
  chosen = id;
  for (const box of boxes) box.classList.toggle("chosen", box.id === id);
  for (const section of panel.querySelectorAll("section")) section.hidden = section.dataset.of !== id;
  panel.hidden = !id;
  panel.scrollTop = 0;
  show(id);
  if (id) $(id).scrollIntoView({ block: "nearest", inline: "nearest" });
}

function find(text) {
  clear();
  for (const row of document.querySelectorAll(".row.hit")) row.classList.remove("hit");
  if (!text) return show(chosen);
  stage.classList.add("dim");
  for (const box of boxes) box.classList.toggle("near", box.dataset.words.includes(text));
  for (const row of document.querySelectorAll(".box .row"))
    row.classList.toggle("hit", row.textContent.toLowerCase().includes(text));
}

function zoom(to) {
  scale = Math.min(2, Math.max(0.2, to));
  stage.style.transform = `scale(${scale})`;
  const style = getComputedStyle(sizer), pad = parseFloat(style.paddingLeft) * 2;
  sizer.style.width = `${width * scale + pad}px`;
  sizer.style.height = `${height * scale + pad}px`;
}

function fit(least) {
  const pad = parseFloat(getComputedStyle(sizer).paddingLeft) * 2;
  const room = Math.min((view.clientWidth - pad) / width, (view.clientHeight - pad) / height);
  zoom(Math.min(1, Math.max(least, room)));
}

for (const box of boxes) {
  box.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(box.id));
  box.addEventListener("pointerleave", () => find($("search").value.trim().toLowerCase()));
  box.addEventListener("focus", () => box.matches(":focus-visible") && show(box.id));
  box.addEventListener("click", () => choose(chosen === box.id ? null : box.id));
}
panel.addEventListener("click", (event) => {
  const link = event.target.closest("[data-go]");
  if (link) choose(link.dataset.go);
});
$("close").addEventListener("click", () => choose(null));
$("search").addEventListener("input", (event) => find(event.target.value.trim().toLowerCase()));
$("larger").addEventListener("click", () => zoom(scale * 1.2));
$("smaller").addEventListener("click", () => zoom(scale / 1.2));
$("fit").addEventListener("click", () => fit(0.2));
document.addEventListener("keydown", (event) => event.key === "Escape" && choose(null));
view.addEventListener("click", (event) => event.target.closest(".box") || choose(null));

const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
const paint = (theme) => root.setAttribute("data-theme", theme);
paint(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => paint(dark.matches ? "dark" : "light"));
$("theme").addEventListener("click", () => paint(root.dataset.theme === "dark" ? "light" : "dark"));
// Text stays readable: a large graph is scrolled rather than shrunk.
fit(innerWidth < 720 ? 0.9 : 0.62);
