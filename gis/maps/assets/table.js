/* The table beside the map, for those who would rather read than look. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number, m2 } = ZoneGIS.words;
  const ROWS = 100;

  /* ---- the table beside the map ---- */
  const COLUMNS = [["id", "parcel_id"], ["name", "parcel_name"], ["status", "status"], ["status_since", "since"], ["area", "table_area"], ["citation", "citation"]];

  /* A cell's text; a parcel can be in the table for its status, as underused land, or for both. */
  function cellText(name, i) {
    const text = said(page.parcels.read(name, i));
    const isUnderused = page.parcels.read("underused", i) === "met";
    if (name === "status" && isUnderused) return text + (page.lang === "zh" ? "；" : "; ") + word("underused_short");
    if (name === "citation") {
      const more = said(page.parcels.read("underused_citation", i));
      return [text, more].filter((part) => part).join("；");
    }
    return text;
  }

  ZoneGIS.makeTable = function () {
    const { columns } = page.parcels;
    const hasStatus = "status" in columns;
    const table = (page.table = { scope: hasStatus ? "attention" : "all", sort: "id", down: false, from: 0 });
    table.columns = COLUMNS.filter(([name]) => name in columns);

    /* Rows in order, as numbers: a million texts are never in memory at once. */
    function ordered() {
      const { attention, mask, shapes } = page.parcels;
      const scope = table.scope === "all" ? Uint32Array.from({ length: shapes.count }, (_, i) => i) : attention;
      const rows = mask ? scope.filter((i) => mask[i]) : scope.slice();
      const compare = comparison(table.sort);
      const settled = (a, b) => compare(a, b) || columns.id.compare(a, b);
      return rows.sort(table.down ? (a, b) => settled(b, a) : settled);
    }

    function comparison(name) {
      const column = columns[name];
      if (column.compare) return (a, b) => column.compare(a, b);
      if (name === "area") return (a, b) => column.read(a) - column.read(b);
      const codes = rankedTexts(name);
      return (a, b) => codes[a] - codes[b];
    }

    /* The rank of each row's text among the distinct texts of a column, as the reader sees them. */
    function rankedTexts(name) {
      const seen = new Map();
      const codes = new Uint32Array(page.parcels.shapes.count);
      for (let i = 0; i < codes.length; i++) {
        const text = cellText(name, i);
        if (!seen.has(text)) seen.set(text, seen.size);
        codes[i] = seen.get(text);
      }
      const texts = Array.from(seen.keys());
      const rank = new Uint32Array(texts.length);
      texts.map((text, code) => [text, code]).sort((a, b) => (a[0] < b[0] ? -1 : 1)).forEach(([, code], place) => (rank[code] = place));
      return codes.map((code) => rank[code]);
    }

    table.say = function () {
      const box = byId("zg-table");
      if (page.tab !== "table") return; // made when it is looked at
      const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.id : "";
      table.rows = ordered();
      table.from = Math.min(table.from, Math.max(0, table.rows.length - 1));
      const shown = table.rows.slice(table.from, table.from + ROWS);
      box.textContent = "";
      box.append(filter(hasStatus), make("p", { class: "zg-hint" }, word("table_hint")));
      if (shown.length) {
        box.append(make("table", { class: "zg-table" }, [make("caption", {}, word("table_caption_" + table.scope)), head(), make("tbody", {}, Array.from(shown, row))]));
        box.append(pager(shown.length));
      } else box.append(make("p", {}, word("table_none")));
      if (focused && byId(focused)) byId(focused).focus();
    };

    function again(change) {
      Object.assign(table, change);
      table.say();
    }

    function filter(hasChoice) {
      const select = make("select", { id: "zg-scope", onchange: (event) => again({ scope: event.target.value, from: 0 }) },
        ["attention", "all"].map((scope) => make("option", { value: scope, selected: scope === table.scope }, word("table_" + scope))));
      return make("div", { class: "zg-filter" }, hasChoice ? make("label", {}, [word("table_show"), select]) : null);
    }

    function head() {
      return make("thead", {}, make("tr", {}, table.columns.map(([name, key]) => {
        const isSorted = name === table.sort;
        const sort = () => again({ sort: name, down: isSorted && !table.down, from: 0 });
        return make("th", {
          scope: "col", class: name === "area" ? "zg-number" : "", "aria-sort": isSorted ? (table.down ? "descending" : "ascending") : "none",
        }, make("button", { type: "button", id: "zg-sort-" + name, onclick: sort }, word(key)));
      })));
    }

    function row(i) {
      const cells = table.columns.map(([name]) => {
        if (name === "id") {
          const go = (event) => ZoneGIS.findParcel(i, event.currentTarget);
          const id = page.parcels.read("id", i);
          const button = make("button", { type: "button", id: "zg-row-" + i, onclick: go, dir: "auto" }, id);
          return make("th", { scope: "row", class: id.length <= 24 ? "zg-short" : "" }, button);
        }
        if (name === "area") return make("td", { class: "zg-number" }, m2(page.parcels.read("area", i)));
        return make("td", { dir: "auto", class: name === "status_since" ? "zg-date" : "" }, cellText(name, i));
      });
      return make("tr", { "data-parcel": page.parcels.read("id", i), "aria-current": table.marked === i ? "true" : undefined }, cells);
    }

    function pager(length) {
      const step = (by) => () => again({ from: table.from + by });
      const told = word("table_page", { first: number(table.from + 1, 0), last: number(table.from + length, 0), count: number(table.rows.length, 0) });
      return make("div", { class: "zg-pager" }, [
        make("button", { type: "button", id: "zg-before", disabled: table.from === 0, onclick: step(-ROWS) }, word("table_before")),
        make("span", { role: "status" }, told),
        make("button", { type: "button", id: "zg-after", disabled: table.from + length >= table.rows.length, onclick: step(ROWS) }, word("table_after")),
      ]);
    }

    table.mark = function (i) {
      table.marked = i;
      const id = page.parcels.read("id", i);
      for (const line of byId("zg-table").querySelectorAll("tbody tr")) {
        if (line.getAttribute("data-parcel") === id) line.setAttribute("aria-current", "true");
        else line.removeAttribute("aria-current");
      }
    };
  };
})();
