/* What is shown of the parcels by m² and date, and the link that remembers what the reader sees. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, word, number, squareMm, hectares } = ZoneGIS.words;
  const DATES = ["status_since", "clock_start", "next_date"];
  const DAY = /^\d{4}-\d{2}-\d{2}$/;
  const NOTHING = { area_from: "", area_to: "", date: "status_since", date_from: "", date_to: "" };
  const filter = (page.filter = Object.assign({}, NOTHING));

  function isOn() {
    return ["area_from", "area_to", "date_from", "date_to"].some((key) => filter[key] !== "");
  }

  /* 1 for each parcel that passes, or null where nothing is asked. */
  function mask() {
    if (!isOn()) return null;
    const { columns, shapes } = page.parcels;
    const low = filter.area_from === "" ? -Infinity : Number(filter.area_from);
    const high = filter.area_to === "" ? Infinity : Number(filter.area_to);
    const dates = columns[filter.date];
    const isDated = dates && (filter.date_from || filter.date_to);
    // ISO dates sort as text; a parcel without the date does not pass.
    const passes = isDated && dates.values.map((day) => day !== "" && day >= filter.date_from && (!filter.date_to || day <= filter.date_to));
    const kept = new Uint8Array(shapes.count);
    for (let i = 0; i < kept.length; i++) {
      const area = columns.area.read(i);
      if (area >= low && area <= high && (!isDated || passes[dates.codes[i]])) kept[i] = 1;
    }
    return kept;
  }

  function apply() {
    page.parcels.filter(mask());
    tell();
    page.table.from = 0;
    page.table.say();
    ZoneGIS.remember();
  }

  function tell() {
    const kept = page.parcels.mask;
    let count = 0, mm2 = 0;
    for (let i = 0; kept && i < kept.length; i++) {
      if (!kept[i]) continue;
      count++;
      mm2 += squareMm(page.parcels.columns.area.read(i));
    }
    byId("zg-filter-told").textContent = kept ? word("filter_count", { count: number(count, 0), ha: hectares(mm2 / 1e6) }) : word("filter_none");
  }

  function field(key, type, label) {
    const input = make("input", {
      type, id: "zg-" + key.replace("_", "-"), "aria-label": label + " " + word(key.endsWith("from") ? "filter_from" : "filter_to"),
      min: type === "number" ? "0" : undefined, step: type === "number" ? "any" : undefined,
      onchange: (event) => {
        filter[key] = event.target.value;
        apply();
      },
    });
    input.value = filter[key];
    return input;
  }

  /* Make the fields anew, in the reader's language, with what is asked. */
  function say() {
    const box = byId("zg-filters");
    const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.id : "";
    const columns = DATES.filter((name) => name in page.parcels.columns);
    box.textContent = "";
    box.append(make("h2", {}, word("filters")));
    const line = (label, parts) => box.append(make("div", { class: "zg-filter-line" }, [label].concat(parts)));
    line(make("span", {}, word("filter_area")), [field("area_from", "number", word("filter_area")), "–", field("area_to", "number", word("filter_area"))]);
    if (columns.length) {
      const select = make("select", {
        id: "zg-date-field", "aria-label": word("filter_date"),
        onchange: (event) => {
          filter.date = event.target.value;
          apply();
        },
      }, columns.map((name) => make("option", { value: name, selected: name === filter.date }, word("filter_date_" + name))));
      box.append(select);
      line(make("span", {}, word("filter_date")), [field("date_from", "date", word("filter_date")), "–", field("date_to", "date", word("filter_date"))]);
    }
    const clear = () => {
      Object.assign(filter, NOTHING);
      say();
      apply();
    };
    box.append(make("p", { id: "zg-filter-told", class: "zg-hint", role: "status" }));
    box.append(make("div", { class: "zg-tools" }, [
      make("button", { type: "button", id: "zg-filter-clear", onclick: clear }, word("filter_clear")),
      make("button", { type: "button", id: "zg-link", title: word("link_hint"), onclick: copyLink }, word("link_copy")),
      make("span", { role: "status", id: "zg-link-told" }),
    ]));
    tell();
    if (focused && byId(focused)) byId(focused).focus();
  }

  function copyLink() {
    ZoneGIS.remember();
    ZoneGIS.copyText(window.location.href, byId("zg-link-told"));
  }

  /* ---- the link ---- */
  function state() {
    const centre = page.map.getCenter();
    const off = page.off[page.view] || {};
    const hidden = Object.keys(page.layers).filter((name) => !page.on[name]);
    const told = {
      at: [centre.lat.toFixed(6), centre.lng.toFixed(6), page.map.getZoom().toFixed(2)].join(","),
      view: page.view, lang: page.lang, off: Object.keys(off).filter((key) => off[key]).join(","), hidden: hidden.join(",") || "none",
      overview: ZoneGIS.overview === "worst" ? "worst" : "",
    };
    if (isOn()) Object.assign(told, filter);
    if (page.timeline && page.timeline.day) told.day = page.timeline.day;
    return told;
  }

  ZoneGIS.remember = function () {
    if (!page.isReady || page.screen) return;
    const parts = new URLSearchParams();
    const told = state();
    for (const key of Object.keys(told)) if (told[key] !== "") parts.set(key, told[key]);
    try {
      history.replaceState(null, "", "#" + parts.toString().replace(/%2C/g, ","));
    } catch (error) {
      page.noLink = String(error); // a page inside another one, as in a notebook, has no link of its own
    }
  };

  /* Take what a link tells; what it tells wrongly is left as it was. */
  ZoneGIS.recall = function () {
    const told = new URLSearchParams(window.location.hash.slice(1));
    if (["zh", "en"].includes(told.get("lang"))) page.lang = told.get("lang");
    if (Object.keys(page.views).includes(told.get("view"))) page.view = told.get("view");
    if (told.get("overview") === "worst") ZoneGIS.overview = "worst";
    page.off[page.view] = {};
    for (const key of (told.get("off") || "").split(",")) if (/^\w+$/.test(key)) page.off[page.view][key] = true;
    if (told.get("hidden")) for (const name of Object.keys(page.layers)) page.on[name] = !told.get("hidden").split(",").includes(name);
    for (const key of ["area_from", "area_to"]) if (told.has(key) && Number(told.get(key)) >= 0) filter[key] = told.get(key);
    for (const key of ["date_from", "date_to"]) if (DAY.test(told.get(key))) filter[key] = told.get(key);
    if (DATES.includes(told.get("date"))) filter.date = told.get("date");
    page.parcels.mask = mask();
    const at = (told.get("at") || "").split(",").map(Number);
    page.place = at.length === 3 && at.every(Number.isFinite) ? at : null;
    page.isPaper = told.get("paper") === "1";
    page.dayTold = DAY.test(told.get("day")) ? told.get("day") : "";
  };

  ZoneGIS.filters = { say };
})();
