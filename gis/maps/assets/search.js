/* The search: by id, name or holder; ids exactly as they are written. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number } = ZoneGIS.words;
  const LISTED = 50;

  /* ---- search ---- */
  function fold(text) {
    return text.normalize("NFKC").toLowerCase();
  }

  ZoneGIS.makeSearch = function () {
    const input = byId("zg-search");
    const list = byId("zg-results");
    const search = (page.search = { found: [], active: -1 });
    const names = ["id", "name", "holder"];
    let folded = null;

    /* One folded text a parcel and field, made when first needed; words that repeat are folded once. */
    function foldAll() {
      return names.map((name) => {
        const column = page.parcels.content.columns[name];
        const distinct = column.values.map((value) => fold(String(value)));
        return column.kind === "coded" ? (i) => distinct[column.codes[i]] : (i) => distinct[i];
      });
    }
    let composing = false;

    function find() {
      const asked = fold(input.value.trim());
      search.found = [];
      search.active = -1;
      if (asked) {
        folded = folded || foldAll();
        const ranked = [[], [], [], []];
        for (let i = 0; i < page.parcels.shapes.count; i++) {
          const id = folded[0](i);
          if (id === asked) ranked[0].push(i);
          else if (id.startsWith(asked)) ranked[1].push(i);
          else if (id.includes(asked)) ranked[2].push(i);
          else if (folded[1](i).includes(asked) || folded[2](i).includes(asked)) ranked[3].push(i);
        }
        search.found = [].concat.apply([], ranked);
      }
      search.say();
    }

    search.say = function () {
      const asked = input.value.trim();
      const shown = search.found.slice(0, LISTED);
      list.textContent = "";
      shown.forEach((i, place) => {
        const get = (name) => said(page.parcels.read(name, i));
        const below = [get("holder"), get("status")].filter((part) => part).join(" · ");
        list.append(
          make("li", {
            role: "option", id: "zg-result-" + place, "aria-selected": String(place === search.active), "data-parcel": get("id"),
            onmousedown: (event) => event.preventDefault(),
            onclick: () => choose(place),
          }, [make("b", { dir: "auto" }, get("id")), make("span", { dir: "auto" }, get("name")), make("small", { dir: "auto" }, below)])
        );
      });
      const count = search.found.length;
      let told = "";
      if (asked) told = count ? word("search_found", { count: number(count, 0) }) : word("search_none");
      if (count > LISTED) told += (page.lang === "zh" ? "；" : "; ") + word("search_more", { shown: LISTED });
      byId("zg-found").textContent = told;
      open(shown.length > 0 && document.activeElement === input);
    };

    function open(isOpen) {
      list.hidden = !isOpen;
      input.setAttribute("aria-expanded", String(isOpen));
      if (!isOpen) input.removeAttribute("aria-activedescendant");
    }

    function activate(place) {
      const items = list.children;
      if (!items.length) return;
      if (search.active >= 0 && items[search.active]) items[search.active].setAttribute("aria-selected", "false");
      search.active = (place + items.length) % items.length;
      items[search.active].setAttribute("aria-selected", "true");
      items[search.active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[search.active].id);
    }

    function choose(place) {
      open(false);
      ZoneGIS.findParcel(search.found[place], input);
    }

    // While an input method composes, the text is not yet what the reader means.
    input.addEventListener("compositionstart", () => (composing = true));
    input.addEventListener("compositionend", () => { composing = false; find(); });
    input.addEventListener("input", () => { if (!composing) find(); });
    input.addEventListener("focus", () => open(list.children.length > 0));
    input.addEventListener("blur", () => open(false));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || composing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        open(list.children.length > 0);
        activate(event.key === "ArrowDown" ? search.active + 1 : search.active - (search.active < 0 ? 0 : 1));
      } else if (event.key === "Enter" && search.found.length) {
        event.preventDefault();
        choose(Math.max(0, search.active));
      } else if (event.key === "Escape") {
        open(false);
      }
    });
  };
})();
