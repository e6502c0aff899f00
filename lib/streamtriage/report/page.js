
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const from = button.dataset.from;
  const text = from
    ? document.getElementById(from)
    : button.parentElement.querySelector("pre");
  const label = button.dataset.label || (button.dataset.label = button.textContent);
  let done = true;
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    // A page from a mail or an old browser may copy only what is selected.
    const fold = text.closest("details");
    if (fold) fold.open = true;
    const range = document.createRange();
    range.selectNodeContents(text);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    done = document.execCommand("copy");
  }
  const words = document.querySelector("main").dataset;
  button.textContent = done ? words.copied : words.selected;
  setTimeout(() => { button.textContent = label; }, 2000);
});
