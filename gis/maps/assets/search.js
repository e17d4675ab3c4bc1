/* The search: by id, name or holder; ids exactly as they are written. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number } = ZoneGIS.words;
  const LISTED = 50;
  const AT_ONCE = 50000; // parcels
  const PAUSE = 250; // milliseconds

  /* ---- search ---- */
  function fold(text) {
    return text.normalize("NFKC").toLowerCase();
  }

  ZoneGIS.makeSearch = function () {
    const input = byId("zg-search");
    const list = byId("zg-results");
    const search = (page.search = { found: [], count: 0, active: -1 });
    let composing = false;
    let waiting = 0;

    /* The distinct words of a coded column, folded once; a column of texts is folded as it is read. */
    const distinct = {};
    function matches(name, asked) {
      const column = page.parcels.columns[name];
      if (column.codes) {
        distinct[name] = distinct[name] || column.values.map((value) => fold(String(value)));
        const has = distinct[name].map((value) => value.includes(asked));
        return (visit) => column.codes.forEach((code, i) => has[code] && visit(i));
      }
      return (visit) => column.search(asked, fold, visit);
    }

    /* Count what matches, and keep the first of each rank by id. */
    function find() {
      const asked = fold(input.value.trim());
      search.active = -1;
      search.count = 0;
      const ranked = [[], [], [], []];
      if (asked) {
        const seen = new Uint8Array(page.parcels.shapes.count);
        page.parcels.columns.id.search(asked, fold, (i, id) => {
          seen[i] = 1;
          keep(ranked[id === asked ? 0 : id.startsWith(asked) ? 1 : 2], i);
        });
        for (const name of ["name", "holder"]) {
          matches(name, asked)((i) => {
            if (!seen[i]) keep(ranked[3], i);
            seen[i] = 1;
          });
        }
        for (let i = 0; i < seen.length; i++) search.count += seen[i];
      }
      search.found = [].concat.apply([], ranked).slice(0, LISTED);
      search.say();
    }

    function keep(list, i) {
      const { id } = page.parcels.columns;
      if (list.length === LISTED && id.compare(i, list[LISTED - 1]) >= 0) return;
      let place = list.length;
      while (place > 0 && id.compare(i, list[place - 1]) < 0) place--;
      list.splice(place, 0, i);
      if (list.length > LISTED) list.pop();
    }

    /* Among many parcels a search waits until the reader pauses. */
    function asked() {
      clearTimeout(waiting);
      if (page.parcels.shapes.count < AT_ONCE) find();
      else waiting = setTimeout(find, PAUSE);
    }

    search.say = function () {
      const asked = input.value.trim();
      const shown = search.found;
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
      const { count } = search;
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
    input.addEventListener("compositionend", () => { composing = false; asked(); });
    input.addEventListener("input", () => { if (!composing) asked(); });
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
