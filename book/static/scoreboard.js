// The scoreboard's controls: List.js filters and sorts the rows that stand in the page. The address keeps what was chosen,
// so that a view can be sent to somebody else: scoreboard.html?kind=paper&outcome=undecided
"use strict";
(() => {
  const AT_ONCE = 40;
  const box = document.getElementById("claims");
  const form = box.querySelector("form");
  const [said, more] = [form.querySelector("output"), document.getElementById("claims-more")];
  const FIELDS = ["chapter", "kind", "outcome", "headline", "hindsight", "changed", "turned"];
  const VALUES = ["order", "chapter", "kind", "outcome", "rank", "headline", "hindsight", "changed", "turned", "close", "seeds"];
  const list = new List(box, { valueNames: [{ data: VALUES }], page: AT_ONCE });
  const words = new Map(list.items.map((item) => [item, item.elm.textContent.toLowerCase()]));
  const number = (item, name) => parseFloat(item.values()[name] ?? Infinity);
  const by = (name) => (a, b) => {
    const [one, other] = [number(a, name), number(b, name)];
    return one === other ? number(a, "order") - number(b, "order") : one < other ? -1 : 1;
  };
  const KINDS = ["paper", "ours", "control"];
  const SORTS = {
    order: by("order"),
    outcome: by("rank"),
    kind: (a, b) => KINDS.indexOf(a.values().kind) - KINDS.indexOf(b.values().kind) || by("order")(a, b),
    close: by("close"),
    // what was not tested has no seeds, and is not a claim on few of them
    seeds: (a, b) => (number(a, "seeds") || Infinity) - (number(b, "seeds") || Infinity) || by("order")(a, b),
    words: (a, b) => words.get(a).localeCompare(words.get(b)),
  };

  const chosen = () => new Map([...new FormData(form)].filter(([name, value]) => value && !(name === "sort" && value === "order")));

  function remember(choice) {
    const query = new URLSearchParams([...choice]).toString();
    try {
      history.replaceState(null, "", location.pathname + (query && `?${query}`) + location.hash);
    } catch {
      // some browsers let no page from a disk change its address; the filters work all the same
    }
  }

  function show(all = false) {
    const choice = chosen();
    const wanted = (choice.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    list.page = all ? list.items.length : AT_ONCE;
    list.items.sort(SORTS[choice.get("sort") ?? "order"]);
    list.filter((item) =>
      FIELDS.every((name) => !choice.has(name) || item.values()[name] === choice.get(name)) &&
      wanted.every((word) => words.get(item).includes(word)));
    const [there, shown] = [list.matchingItems.length, list.visibleItems.length];
    said.textContent = there < list.items.length ? `${there} of ${list.items.length} claims` : `All ${there} claims`;
    more.parentNode.hidden = shown === there;
    more.textContent = `Show the other ${there - shown}`;
    return choice;
  }

  // A link to a row finds it, whatever is filtered out or folded away.
  function find(id) {
    const item = list.items.find((item) => item.elm.id === id);
    if (!item) return;
    if (!item.elm.isConnected) show(true);
    if (!item.elm.isConnected) {
      form.reset();
      remember(show(true));
    }
    for (const other of list.items) other.elm.classList.toggle("here", other === item);
    item.elm.scrollIntoView({ block: "center" });
  }

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = value === "1";
    else if (field && [...(field.options ?? [])].every((option) => option.value !== value) && name !== "q") continue;
    else if (field) field.value = value;
  }
  form.hidden = false;
  show();
  const search = form.elements.q;
  search.addEventListener("input", () => remember(show()));
  form.addEventListener("change", (event) => event.target !== search && remember(show()));
  form.querySelector("[type=reset]").addEventListener("click", () => setTimeout(() => remember(show())));
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const next = list.visibleItems.length;
    show(true);
    list.visibleItems[next]?.elm.querySelector("a").focus();
  });
  const follow = () => find(decodeURIComponent(location.hash.slice(1)));
  addEventListener("hashchange", follow);
  if (location.hash) follow();
})();
