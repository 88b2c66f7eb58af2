// What every page does.
"use strict";
(() => {
  // On a first visit the theme finds no choice of light or dark, and would complain about it before it takes the reader's own.
  document.documentElement.dataset.mode ||= "auto";

  // Where a page has no contents of its own, Bootstrap would follow every link on it instead, and an id such as
  // claim-map-0.2 is no selector.
  addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector(".bd-toc-nav")) document.body.removeAttribute("data-bs-spy");
  });

  // A link to a claim unfolds it, and the row or the matrix of rows that it stands in.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const claim = target && target.closest("details.claim");
    if (!claim || claim.open) return;
    claim.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  addEventListener("DOMContentLoaded", unfold);
})();
