// Sends the secret of the link, which stands behind `#` and so reached no server log, with the chosen password.
const form = document.querySelector("form");
const status = document.querySelector("[role=status]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ secret: location.hash.slice(1), password: form.password.value });
  const headers = { "content-type": "application/json" };
  const answer = await fetch("/v1/welcome", { method: "POST", headers, body });
  const said = await answer.json();
  if (answer.ok) {
    history.replaceState(null, "", "/welcome");
    form.querySelector("button").remove();
    status.textContent = `已登录 · Signed in: ${said.login}`;
  } else {
    status.textContent = said.detail;
  }
});
