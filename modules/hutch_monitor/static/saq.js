// SAQ's page does not tell of refusals, so they are told here.
const notice = document.getElementById("notice")
const plainFetch = window.fetch

window.fetch = async (path, options = {}) => {
  const response = await plainFetch(path, options)
  if (response.status === 401) window.location.reload()
  else if (options.method) notice.textContent = response.ok ? "" : (await response.clone().json()).error
  return response
}

// Its buttons are no buttons, so the keyboard does not press them.
document.addEventListener("keydown", event => {
  if ((event.key === "Enter" || event.key === " ") && event.target.matches("a[role=button]")) {
    event.preventDefault()
    event.target.click()
  }
})
