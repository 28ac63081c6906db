// Comfort only: every page works without this file.
"use strict";

// Escape hides the passage that hovering or focus has opened.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.activeElement instanceof HTMLElement) {
    document.activeElement.blur();
  }
});

// The embed code is selected as a whole.
for (const area of document.querySelectorAll("textarea.embed")) {
  area.addEventListener("focus", () => area.select());
}

// A picture that is dropped anywhere on the form is sent at once.
for (const form of document.querySelectorAll("form.drop")) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer && event.dataTransfer.files.length > 0) {
      input.files = event.dataTransfer.files;
      form.requestSubmit();
    }
  });
}

// The gallery goes on by itself; the link to the next page stays for everybody else.
const list = document.querySelector("ul.cards");
const turn = document.querySelector("nav.turn");
if (list && turn && "IntersectionObserver" in window) {
  const observer = new IntersectionObserver(async (entries) => {
    const link = turn.querySelector("a[rel=next]");
    if (!link || !entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.append(...page.querySelectorAll("ul.cards > li"));
      const next = page.querySelector("nav.turn a[rel=next]");
      if (next) link.href = next.getAttribute("href");
      else link.remove();
      observer.observe(turn);
    } catch {
      // The link still works.
    }
  });
  observer.observe(turn);
}
