// What every page does.
"use strict";
(() => {
  // On a first visit the theme finds no choice of light or dark, and would complain about it before it takes the reader's own.
  document.documentElement.dataset.mode ||= "auto";

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
