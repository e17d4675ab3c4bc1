/* What is said of a parcel: popup, copy, highlight, and the way to it. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number, squareMetres, withMu, percent } = ZoneGIS.words;
  const { outline } = ZoneGIS.frame;

  /* ---- what is said of a parcel: one list of rows for the popup, the copy and the tests ---- */
  ZoneGIS.rowsOf = function (i) {
    const get = (name) => page.parcels.read(name, i);
    const text = (name) => said(get(name));
    const rows = [];
    const add = (key, value, kind) => {
      if (value) rows.push({ key, label: word(key), value, kind: kind || "" });
    };
    const joined = (parts, between) => parts.filter((part) => part).join(between);
    add("holder", text("holder"));
    add("land_use", text("land_use"));
    add("status", text("status"), "status");
    add("ground", text("ground"));
    add("since", text("status_since"));
    add("clock", joined([text("clock_start"), text("clock_start_ground")], " · "));
    add("citation", text("citation"));
    add("route", text("route"));
    add("cause", text("cause"));
    add("bar", text("bar"));
    add("next", joined([text("next_date"), text("next_event")], " · "));
    if (get("underused")) add("underused", joined([word("underused_word_" + get("underused")), text("underused_class")], " · "));
    add("underused_citation", text("underused_citation"));
    add("missing", text("missing"), "lack");
    add("area", withMu(get("area")));
    if (get("legal_area") !== null) add("legal_area", withMu(get("legal_area")));
    addGreen(add, get, text);
    addUses(add, get);
    for (const name of Object.keys(page.parcels.measures)) {
      const { title, digits } = page.parcels.measures[name];
      const value = get("measure_" + name);
      if (value !== null) rows.push({ key: "measure_" + name, label: said(title), value: number(value, digits), kind: "" });
    }
    if (page.timeline) add("time_history", page.timeline.historyOf(i).join(page.lang === "zh" ? "；" : "; "));
    add("source", get("file") ? word("source_row", { file: get("file"), row: get("row") }) : "");
    return rows;
  };

  function addGreen(add, get, text) {
    const ratio = get("green_ratio");
    if (typeof ratio !== "number") return;
    const floor = get("floor_ratio");
    const between = page.lang === "zh" ? "，" : ", ";
    const against = get("green_verdict") ? between + said(page.facts.words["verdict_" + get("green_verdict")]) : "";
    add("green", percent(ratio, floor) + against, "strong");
    if (typeof floor === "number") {
      add("green_floor", [percent(floor), text("floor_ground"), text("floor_citation")].filter((part) => part).join(" · "));
    }
    if (typeof get("ceiling_ratio") === "number") add("green_ceiling", percent(get("ceiling_ratio")));
    if (get("shortfall_m2")) add("green_margin", word("green_shortfall", { area: squareMetres(get("shortfall_m2")) }));
    else if (get("surplus_m2")) add("green_margin", word("green_surplus", { area: squareMetres(get("surplus_m2")) }));
  }

  function addUses(add, get) {
    const column = page.parcels.columns.uses;
    const shares = get("uses");
    if (shares && shares.length) {
      const name = (place) => (place ? word("group_" + column.groups[place]) : word("uses_unclassified"));
      const parts = shares.map((use) => name(use[0]) + " " + number(use[1] / 100, 1) + " %");
      add("uses", parts.join(page.lang === "zh" ? "、" : ", "));
    }
    if (typeof get("hill_1") === "number") add("effective_uses", number(get("hill_1"), 2));
    if (get("mixed_verdict")) add("mixed_verdict", word("mixed_" + get("mixed_verdict")));
  }

  ZoneGIS.textOf = function (i) {
    const colon = page.lang === "zh" ? "：" : ": ";
    const head = [word("parcel_id") + colon + page.parcels.read("id", i)];
    if (page.parcels.read("name", i)) head.push(word("parcel_name") + colon + page.parcels.read("name", i));
    const lines = head.concat(ZoneGIS.rowsOf(i).map((row) => row.label + colon + row.value));
    return lines.concat([word("as_of") + colon + page.facts.as_of, said(page.facts.quality_banner)]).filter((line) => line).join("\n");
  };

  /* The statuses of the as-of date, whatever day the slider shows. */
  const statusView = () => (page.timeline ? page.timeline.own : page.views.status);

  ZoneGIS.describe = function (hits, i) {
    const box = make("article", { class: "zg-popup", "data-parcel": page.parcels.read("id", i) });
    if (hits.length > 1) {
      const others = hits.map((hit) =>
        make("button", {
          type: "button", "aria-pressed": String(hit === i),
          onclick: (event) => {
            // The button leaves the page with the old text; Leaflet would take its click for one on the map.
            L.DomEvent.stop(event);
            openParcel(hit, hits);
          },
        }, page.parcels.read("id", hit))
      );
      box.append(make("div", { class: "zg-others" }, [word("popup_overlap", { count: hits.length })].concat(others)));
    }
    box.append(make("h2", { dir: "auto" }, page.parcels.read("id", i)));
    if (page.parcels.read("name", i)) box.append(make("h3", { dir: "auto" }, page.parcels.read("name", i)));
    const list = make("dl", {});
    for (const row of ZoneGIS.rowsOf(i)) {
      const value = make("dd", { class: row.kind ? "zg-" + row.kind + " zg-row-" + row.key : "zg-row-" + row.key }, row.value);
      if (row.kind === "status") value.prepend(ZoneGIS.swatch(statusView().classes[statusView().codes[i]]));
      list.append(make("dt", {}, row.label), value);
    }
    box.append(list);
    const told = make("span", { role: "status" });
    const button = make("button", { type: "button", class: "zg-copy", onclick: () => ZoneGIS.copyText(ZoneGIS.textOf(i), told) }, word("copy"));
    box.append(make("div", { class: "zg-actions" }, [button, told]));
    return box;
  };

  ZoneGIS.copyText = function (text, told) {
    const done = (isDone) => (told.textContent = word(isDone ? "copied" : "copy_failed"));
    const byHand = () => {
      const area = make("textarea", { style: "position:fixed;top:-100px" });
      area.value = text;
      document.body.append(area);
      area.select();
      const isDone = document.execCommand("copy");
      area.remove();
      done(isDone);
    };
    if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text).then(() => done(true), byHand);
    else byHand();
  };

  /* ---- clicks, popup, highlight ---- */
  ZoneGIS.listenToMap = function () {
    const map = page.map;
    page.popup = L.popup({ maxWidth: 380, minWidth: 340, autoPanPadding: [24, 24] });
    map.on("click", (event) => {
      const hits = visibleHits(event.latlng);
      if (hits.length) openParcel(hits[0], hits, event.latlng);
    });
    map.on("popupclose", (event) => {
      if (event.popup !== page.popup) return;
      outline(null);
      if (page.returnTo && document.contains(page.returnTo)) page.returnTo.focus({ preventScroll: true });
      page.returnTo = null;
    });
    let waiting = null;
    page.tip = L.tooltip({ className: "zg-tip", direction: "top", offset: [0, -8], opacity: 1 });
    map.on("mousemove", (event) => {
      if (!waiting) requestAnimationFrame(() => { hover(waiting); waiting = null; });
      waiting = event.latlng;
    });
    map.on("mouseout", () => hover(null));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && page.popup.isOpen() && event.target !== byId("zg-search")) map.closePopup(page.popup);
    });
  };

  function visibleHits(latlng) {
    if (!page.on.parcels) return [];
    return page.parcels.shapes.hits(latlng).filter((i) => page.parcels.shows(i));
  }

  function hover(latlng) {
    const hits = latlng ? visibleHits(latlng) : [];
    L.DomUtil[hits.length ? "addClass" : "removeClass"](page.map.getContainer(), "zg-over");
    if (!hits.length) {
      page.tip.remove();
      return;
    }
    const name = page.parcels.read("name", hits[0]);
    page.tip.setContent(make("span", { dir: "auto" }, page.parcels.read("id", hits[0]) + (name ? " " + name : "")));
    page.tip.setLatLng(latlng);
    if (!page.map.hasLayer(page.tip)) page.tip.addTo(page.map);
  }

  function openParcel(i, hits, latlng) {
    const at = latlng || page.popup.getLatLng() || page.parcels.shapes.bounds(i).getCenter();
    page.popup.zgHits = hits;
    page.popup.zgParcel = i;
    if (page.tip) page.tip.remove();
    page.popup.options.maxHeight = Math.max(200, page.map.getSize().y - 110);
    page.popup.setLatLng(at).setContent(ZoneGIS.describe(hits, i));
    if (!page.popup.isOpen()) page.popup.openOn(page.map);
    outline(i);
    page.table.mark(i);
    return page.popup;
  }

  /* Zoom to a parcel, open its popup, and go back to where the reader was when it closes. */
  ZoneGIS.findParcel = function (i, from) {
    const shapes = page.parcels.shapes;
    if (!shapes.drawable(i)) {
      byId("zg-found").textContent = word("no_shape");
      return;
    }
    const box = shapes.bounds(i);
    page.map.closePopup(page.popup);
    // The popup stands above the parcel, so most of the free room is left there.
    const above = [90, Math.round(page.map.getSize().y * 0.45)];
    page.map.fitBounds(box, { paddingTopLeft: above, paddingBottomRight: [90, 60], maxZoom: 17.5, animate: false });
    const [x, y] = shapes.labelPlace(i);
    const inside = page.map.options.crs.pointToLatLng(L.point(x, y), 0);
    openParcel(i, [i], inside);
    page.returnTo = from || null;
    const button = page.popup.getElement().querySelector(".zg-copy");
    if (from && button) button.focus({ preventScroll: true });
  };
})();
