"use strict";
const form = document.getElementById("write");
const names = { TWITTER: "X", LINKEDIN: "LinkedIn", FACEBOOK: "Facebook", INSTAGRAM: "Instagram" };
const looks = { PUBLISHED: "ok", FAILED: "bad", NEEDS_REAUTH: "bad", UNKNOWN: "weak", DEFERRED: "weak" };
const moving = new Set(["PENDING", "PREPARED", "SENDING", "UNKNOWN"]);

if (form) begin();

function begin() {
  const brand = document.getElementById("brand");
  const content = document.getElementById("content");
  content.addEventListener("input", () => {
    document.getElementById("count").textContent = [...content.value].length;
  });
  brand.addEventListener("change", () => { showAccounts(); showPosts(); });
  onSubmit(form, document.getElementById("said"), (button) => write(button && button.name === "draft"));
  showAccounts();
  listen();
}

async function write(isDraft) {
  const brand = form.brand.value;
  const accountIds = chosen();
  const picture = form.picture.files[0];
  const media = picture ? [(await call("POST", `/api/materials?brandProfileId=${brand}`, picture, picture.type)).file] : [];
  const post = await call("POST", "/api/posts", { brandProfileId: brand, content: form.content.value, media, accountIds });
  if (!isDraft) await call("POST", `/api/posts/${post.id}/approve`);
  form.content.value = "";
  form.picture.value = "";
  document.getElementById("count").textContent = "0";
  await showPosts();
  return isDraft ? "Kept as a draft." : "Approved: it is on its way.";
}

function chosen() {
  const boxes = [...document.querySelectorAll("#accounts input")];
  const ids = boxes.filter((box) => box.checked).map((box) => box.value);
  // To the API none means all that are connected, which is not what no tick says.
  if (boxes.length && !ids.length) throw new Error("Choose at least one account.");
  return ids;
}

async function showAccounts() {
  const accounts = await call("GET", `/api/accounts?brandProfileId=${form.brand.value}`);
  const place = document.getElementById("accounts");
  place.replaceChildren(...accounts.map(accountBox));
  if (!accounts.length) place.append(element("p", "soft", "None is connected yet."));
}

function accountBox(account) {
  const label = element("label", "check");
  const box = element("input");
  box.type = "checkbox";
  box.value = account.id;
  box.checked = account.platform !== "INSTAGRAM";
  label.append(box, ` ${names[account.platform]} ${account.userId}`);
  if (account.platform === "INSTAGRAM") label.append(element("small", "", " needs a picture"));
  return label;
}

async function showPosts() {
  const posts = await call("GET", `/api/posts?brandProfileId=${form.brand.value}&limit=50`);
  const list = document.getElementById("list");
  list.replaceChildren(...posts.map(postItem));
  if (!posts.length) list.append(element("li", "soft", "Nothing is written yet."));
  // Published posts are told; steps on the way are looked at while there are any.
  const onTheWay = posts.some((post) => post.publications.some((one) => moving.has(one.state)));
  clearTimeout(showPosts.timer);
  if (onTheWay) showPosts.timer = setTimeout(showPosts, 1000);
}

function postItem(post) {
  const item = element("li");
  item.append(element("p", "words", post.content));
  if (post.media.length) item.append(pictures(post.media));
  if (post.status === "DRAFT") item.append(draftRow(post));
  const places = element("ul");
  places.append(...post.publications.map(publicationItem));
  item.append(places);
  return item;
}

function pictures(media) {
  const place = element("p", "pictures");
  for (const file of media) {
    const [, id] = /^materials\/([0-9a-f]+)\.(?:png|jpg|webp)$/.exec(file) || [];
    if (!id) { place.append(element("span", "soft", "with a file")); continue; }
    const image = element("img");
    image.alt = "Picture of this post";
    image.loading = "lazy";
    image.addEventListener("error", () => image.replaceWith(element("span", "soft", "with a picture")));
    image.src = `${root}/api/materials/${id}/thumbnail`;
    place.append(image);
  }
  return place;
}

function draftRow(post) {
  const row = element("div", "row");
  const button = element("button", "quiet", "Approve");
  button.addEventListener("click", async () => {
    try {
      await call("POST", `/api/posts/${post.id}/approve`);
      await showPosts();
    } catch (error) {
      row.append(element("span", "error", error.message));
    }
  });
  row.append(element("span", "badge", "draft"), button);
  return row;
}

function publicationItem(one) {
  const item = element("li", "row");
  item.append(element("span", "", names[one.platform]));
  item.append(element("span", `badge ${looks[one.state] || ""}`, one.state.toLowerCase().replace("_", " ")));
  if (one.url) {
    const link = element("a", "", "see it");
    link.href = one.url;
    link.rel = "noopener noreferrer";
    item.append(link);
  }
  if (one.error) item.append(element("span", "why soft", one.error));
  return item;
}

function listen() {
  const live = document.getElementById("live");
  const stream = new EventSource(`${root}/api/events`);
  const seen = () => { live.textContent = "live"; live.className = "badge ok"; showPosts(); };
  stream.addEventListener("listening", seen);
  ["gap", "posts:published", "jobs:failed", "jobs:completed"].forEach((kind) => stream.addEventListener(kind, showPosts));
  stream.addEventListener("error", () => { live.textContent = "not live"; live.className = "badge weak"; });
}
