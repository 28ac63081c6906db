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
