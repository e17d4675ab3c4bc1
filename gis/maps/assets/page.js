/* The page around the map: legend, search, table, popup, languages and paper.
   Whatever comes from data is put into the page as text, never as HTML. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
  const LISTED = 50;
  const ROWS = 100;
  const LAYER_ORDER = [["roads", 350], ["parcels", 360], ["green_spaces", 370], ["boundary", 380]];
  const PAPER_RATIO = 2;

  const page = (ZoneGIS.page = {});
  const byId = (id) => document.getElementById(id);

  function make(tag, attributes, children) {
    const node = document.createElement(tag);
    for (const name of Object.keys(attributes || {})) {
      if (name === "class") node.className = attributes[name];
      else if (name.slice(0, 2) === "on") node.addEventListener(name.slice(2), attributes[name]);
      else if (attributes[name] !== undefined && attributes[name] !== false) {
        node.setAttribute(name, attributes[name] === true ? "" : attributes[name]);
      }
    }
    for (const child of [].concat(children === undefined ? [] : children)) {
      if (child !== null && child !== undefined) node.append(child); // a string is appended as text
    }
    return node;
  }

  /* ---- words and numbers ---- */
  function said(pair) {
    return Array.isArray(pair) ? pair[page.lang === "en" ? 1 : 0] : pair || "";
  }
  function word(key, facts) {
    const text = said(page.facts.words[key]);
    return text.replace(/\{(\w+)\}/g, (whole, name) => (facts && name in facts ? String(facts[name]) : whole));
  }
  function number(value, digits) {
    const [whole, part] = value.toFixed(digits).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? "." + part : "");
  }
  function squareMetres(value) {
    return number(value, 2) + " m²";
  }
  function withMu(value) {
    return squareMetres(value) + " · " + number((value * 15) / 10000, 2) + " " + word("mu");
  }
  /* A ratio in per cent; more digits where rounding would hide on which side of the floor it is. */
  function percent(value, against) {
    const text = number(value * 100, 2);
    const hides = typeof against === "number" && value !== against && text === number(against * 100, 2);
    return (hides ? number(value * 100, 4) : text) + " %";
  }

  /* ---- the map ---- */
  ZoneGIS.createMap = function (id, blockId) {
    page.facts = ZoneGIS.readBlock(blockId);
    page.lang = page.facts.lang;
    L.Icon.Default.mergeOptions(page.facts.icons);
    delete L.Icon.Default.prototype._getIconUrl;
    const map = (page.map = L.map(id, {
      zoomSnap: 0.25, wheelPxPerZoomLevel: 90, maxZoom: 22, zoomControl: false, fadeAnimation: false,
      trackResize: false,
    }));
    map.attributionControl.setPrefix("Leaflet 1.9.4 · ZoneGIS");
    for (const [name, z] of LAYER_ORDER) map.createPane("zg-" + name).style.zIndex = z;
    const [west, south, east, north] = page.facts.bounds;
    page.bounds = L.latLngBounds([south, west], [north, east]);
    showWhole(map);
    map.setMinZoom(Math.max(0, Math.floor(map.getZoom()) - 3));
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
    addControls(map);
    document.addEventListener("DOMContentLoaded", start);
    return map;
  };

  /* Fit exactly: steps of zoom are for the reader's wheel, not for the first view or for paper. */
  function fit(map, bounds, padding) {
    const snap = map.options.zoomSnap;
    map.options.zoomSnap = 0;
    map.fitBounds(bounds, { padding: [padding, padding], animate: false });
    map.options.zoomSnap = snap;
  }
  function showWhole(map) {
    fit(map, page.bounds, 20);
  }

  function addControls(map) {
    page.zoom = L.control.zoom({ zoomInTitle: "", zoomOutTitle: "" }).addTo(map);
    const Whole = L.Control.extend({
      onAdd: () =>
        make("button", {
          type: "button", class: "zg-whole leaflet-control", "data-word": "whole_zone",
          onclick: (event) => {
            L.DomEvent.stopPropagation(event);
            showWhole(map);
          },
        }),
    });
    new Whole({ position: "topleft" }).addTo(map);
    const North = L.Control.extend({ onAdd: northArrow });
    new North({ position: "topright" }).addTo(map);
  }

  function northArrow() {
    const svg = (tag, attributes, children) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const name of Object.keys(attributes)) node.setAttribute(name, attributes[name]);
      for (const child of children || []) node.appendChild(child);
      return node;
    };
    const letter = svg("text", { x: 20, y: 14, "data-word": "north" });
    const arrow = [
      svg("path", { d: "M20 17 L31 54 L20 46 Z", fill: "#1c2429", stroke: "#1c2429" }),
      svg("path", { d: "M20 17 L9 54 L20 46 Z", fill: "#ffffff", stroke: "#1c2429", "stroke-width": 1.2 }),
    ];
    const drawing = svg("svg", { viewBox: "0 0 40 58", role: "img", "data-word-label": "north_arrow" }, [letter].concat(arrow));
    return make("div", { class: "zg-north leaflet-control" }, drawing);
  }

  function start() {
    page.parcels = page.map.zgParcels;
    page.views = page.parcels.content.views;
    page.view = Object.keys(page.views)[0];
    page.off = {};
    page.on = { roads: true, parcels: true, green_spaces: false, boundary: true };
    const around = page.map.zgAround || {};
    page.layers = Object.assign({ parcels: page.parcels }, around);
    colour();
    for (const [name] of LAYER_ORDER) if (page.layers[name] && page.on[name]) page.layers[name].addTo(page.map);
    makeSearch();
    makeTabs();
    makeTable();
    listenToMap();
    byId("zg-lang-zh").addEventListener("click", () => speak("zh"));
    byId("zg-lang-en").addEventListener("click", () => speak("en"));
    byId("zg-print").addEventListener("click", () => window.print());
    byId("zg-skip").addEventListener("click", (event) => {
      event.preventDefault();
      showTab("table");
      byId("zg-table").focus();
    });
    window.addEventListener("resize", () => page.screen || resized());
    window.addEventListener("beforeprint", () => ZoneGIS.toPaper());
    window.addEventListener("afterprint", () => ZoneGIS.toScreen());
    speak(page.lang);
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("zonegis-shown")));
  }

  /* ---- languages ---- */
  function speak(lang) {
    page.lang = lang;
    document.documentElement.lang = lang === "zh" ? "zh-CN" : lang;
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.getAttribute("data-word"));
    for (const [name, attribute] of [["label", "aria-label"], ["title", "title"], ["placeholder", "placeholder"]]) {
      for (const node of document.querySelectorAll("[data-word-" + name + "]")) {
        node.setAttribute(attribute, word(node.getAttribute("data-word-" + name)));
      }
    }
    for (const choice of ["zh", "en"]) byId("zg-lang-" + choice).setAttribute("aria-pressed", String(choice === lang));
    for (const [node, key] of [[page.zoom._zoomInButton, "zoom_in"], [page.zoom._zoomOutButton, "zoom_out"]]) {
      node.title = word(key);
      node.setAttribute("aria-label", word(key));
    }
    sayHead();
    sayLegend();
    sayLayers();
    sayNotes();
    page.table.say();
    page.search.say();
    if (page.popup && page.popup.isOpen()) page.popup.setContent(describe(page.popup.zgHits, page.popup.zgParcel));
  }

  function sayHead() {
    const facts = page.facts;
    document.title = said(facts.title);
    byId("zg-title").textContent = said(facts.title);
    const head = byId("zg-facts");
    head.textContent = "";
    const colon = page.lang === "zh" ? "：" : ": ";
    const parts = [["as_of", facts.as_of], ["area_basis", said(facts.area_basis)], ["quality", word("quality_" + facts.quality)], ["place", facts.place]];
    for (const [key, value] of parts) if (value) head.append(make("span", {}, word(key) + colon + value));
    const banner = byId("zg-quality");
    banner.textContent = said(facts.quality_banner);
    banner.setAttribute("data-quality", facts.quality);
    banner.hidden = !banner.textContent;
  }

  function sayNotes() {
    const list = make("ul", { class: "zg-notes-list" });
    for (const note of page.facts.notes) list.append(make("li", {}, said(note)));
    byId("zg-notes").textContent = "";
    byId("zg-notes").append(list);
  }

  /* ---- themes, classes, layers ---- */
  function colour() {
    const view = page.views[page.view];
    page.parcels.paint(view.classes, view.codes);
    (page.off[page.view] || []).forEach((isOff, code) => isOff && page.parcels.hide(code, true));
  }

  ZoneGIS.showView = function (name) {
    page.view = name;
    colour();
    if (name === "green" && page.layers.green_spaces && !page.greenChosen) toggleLayer("green_spaces", true);
    sayLegend();
    sayLayers();
  };

  function sayLegend() {
    const views = byId("zg-views");
    const focused = document.activeElement && document.activeElement.id;
    views.querySelectorAll("label").forEach((label) => label.remove());
    for (const name of Object.keys(page.views)) {
      const input = make("input", {
        type: "radio", name: "zg-view", id: "zg-view-" + name, value: name, onchange: () => ZoneGIS.showView(name),
      });
      input.checked = name === page.view;
      views.append(make("label", {}, [input, said(page.views[name].title)]));
    }
    const view = page.views[page.view];
    const classes = byId("zg-classes");
    classes.textContent = "";
    classes.append(make("h2", {}, said(view.title)), make("p", {}, said(view.unit)), legendTable(view));
    classes.append(make("p", { class: "zg-hint" }, word("legend_hint")));
    if (focused && byId(focused)) byId(focused).focus();
  }

  function legendTable(view) {
    const off = (page.off[page.view] = page.off[page.view] || view.classes.map(() => false));
    const head = make("tr", {}, ["legend_class", "legend_count", "legend_ha"].map((key) => make("th", { scope: "col" }, word(key))));
    const body = make("tbody", {});
    let count = 0;
    let hectares = 0;
    view.classes.forEach((item, code) => {
      const row = make("tr", { "data-class": item.key, class: off[code] ? "zg-class-hidden" : "" });
      const input = make("input", {
        type: "checkbox", id: "zg-class-" + item.key,
        onchange: (event) => {
          off[code] = !event.target.checked;
          row.className = off[code] ? "zg-class-hidden" : "";
          page.parcels.hide(code, off[code]);
        },
      });
      input.checked = !off[code];
      const label = make("label", {}, [input, ZoneGIS.swatch(item), said(item.words)]);
      row.append(make("th", { scope: "row" }, label), make("td", {}, number(item.count, 0)), make("td", {}, number(item.ha, 2)));
      body.append(row);
      count += item.count;
      hectares += Math.round(item.ha * 100);
    });
    const total = make("tr", {}, [
      make("th", { scope: "row" }, word("legend_total")), make("td", {}, number(count, 0)), make("td", {}, number(hectares / 100, 2)),
    ]);
    return make("table", {}, [make("thead", {}, head), body, make("tfoot", {}, total)]);
  }

  function toggleLayer(name, isOn) {
    page.on[name] = isOn;
    const line = byId("zg-layer-" + name).parentNode;
    line.classList.toggle("zg-off", !isOn || !page.layers[name].sign);
    if (isOn) page.layers[name].addTo(page.map);
    else page.layers[name].remove();
  }

  function sayLayers() {
    const box = byId("zg-layers");
    const focused = document.activeElement && document.activeElement.id;
    box.querySelectorAll("label").forEach((label) => label.remove());
    for (const [name] of LAYER_ORDER.slice().reverse()) {
      if (!page.layers[name]) continue;
      const input = make("input", {
        type: "checkbox", id: "zg-layer-" + name,
        onchange: (event) => {
          if (name === "green_spaces") page.greenChosen = true;
          toggleLayer(name, event.target.checked);
        },
      });
      input.checked = page.on[name];
      const sign = page.layers[name].sign;
      // The parcels have the legend above; on paper, a layer that is off has no line.
      const css = sign && page.on[name] ? "" : "zg-off";
      box.append(make("label", { class: css }, [input, sign ? ZoneGIS.swatch(sign) : null, word("layer_" + name)]));
    }
    const labels = make("input", {
      type: "checkbox", id: "zg-layer-labels",
      onchange: (event) => {
        ZoneGIS.showLabels = event.target.checked;
        page.parcels.redraw();
      },
    });
    labels.checked = ZoneGIS.showLabels !== false;
    box.append(make("label", { class: "zg-off" }, [labels, word("layer_labels")]));
    if (focused && byId(focused)) byId(focused).focus();
  }

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
    add("next", joined([text("next_date"), text("next_event")], " · "));
    if (get("underused")) add("underused", joined([word("underused_word_" + get("underused")), text("underused_class")], " · "));
    add("underused_citation", text("underused_citation"));
    add("missing", text("missing"), "lack");
    add("area", withMu(get("area")));
    if (get("legal_area") !== null) add("legal_area", withMu(get("legal_area")));
    addGreen(add, get, text);
    addUses(add, get);
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
    const column = page.parcels.content.columns.uses;
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

  function describe(hits, i) {
    const box = make("article", { class: "zg-popup", "data-parcel": page.parcels.read("id", i) });
    if (hits.length > 1) {
      const others = hits.map((hit) =>
        make("button", { type: "button", "aria-pressed": String(hit === i), onclick: () => openParcel(hit, hits) }, page.parcels.read("id", hit))
      );
      box.append(make("div", { class: "zg-others" }, [word("popup_overlap", { count: hits.length })].concat(others)));
    }
    box.append(make("h2", { dir: "auto" }, page.parcels.read("id", i)));
    if (page.parcels.read("name", i)) box.append(make("h3", { dir: "auto" }, page.parcels.read("name", i)));
    const list = make("dl", {});
    for (const row of ZoneGIS.rowsOf(i)) {
      const value = make("dd", { class: row.kind ? "zg-" + row.kind + " zg-row-" + row.key : "zg-row-" + row.key }, row.value);
      if (row.kind === "status") value.prepend(ZoneGIS.swatch(page.views.status.classes[page.views.status.codes[i]]));
      list.append(make("dt", {}, row.label), value);
    }
    box.append(list);
    const told = make("span", { role: "status" });
    const button = make("button", { type: "button", class: "zg-copy", onclick: () => copy(ZoneGIS.textOf(i), told) }, word("copy"));
    box.append(make("div", { class: "zg-actions" }, [button, told]));
    return box;
  }

  function copy(text, told) {
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
  }

  /* ---- clicks, popup, highlight ---- */
  function listenToMap() {
    const map = page.map;
    page.popup = L.popup({ maxWidth: 380, minWidth: 340, autoPanPadding: [24, 24] });
    map.on("click", (event) => {
      const hits = visibleHits(event.latlng);
      if (hits.length) openParcel(hits[0], hits, event.latlng);
    });
    map.on("popupclose", (event) => {
      if (event.popup !== page.popup) return;
      highlight(null);
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
  }

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
    page.popup.setLatLng(at).setContent(describe(hits, i));
    if (!page.popup.isOpen()) page.popup.openOn(page.map);
    highlight(i);
    page.table.mark(i);
    return page.popup;
  }

  function highlight(i) {
    if (page.ring) page.ring.remove();
    page.ring = null;
    if (i === null || !page.parcels.shapes.drawable(i)) return;
    const rings = page.parcels.shapes.rings(i);
    const style = (color, weight) => ({ color, weight, fill: false, interactive: false, smoothFactor: 0 });
    page.ring = L.layerGroup([L.polygon(rings, style("#ffffff", 7)), L.polygon(rings, style("#0b57d0", 3.5))]).addTo(page.map);
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
    page.map.fitBounds(box, { padding: [120, 120], maxZoom: 18.5, animate: false });
    const [x, y] = shapes.labelPlace(i);
    const inside = page.map.options.crs.pointToLatLng(L.point(x, y), 0);
    openParcel(i, [i], inside);
    page.returnTo = from || null;
    const button = page.popup.getElement().querySelector(".zg-copy");
    if (from && button) button.focus({ preventScroll: true });
  };

  /* ---- search ---- */
  function fold(text) {
    return text.normalize("NFKC").toLowerCase();
  }

  function makeSearch() {
    const input = byId("zg-search");
    const list = byId("zg-results");
    const search = (page.search = { found: [], active: -1 });
    const names = ["id", "name", "holder"];
    // One folded text a parcel and field; words that repeat are folded once.
    const folded = names.map((name) => {
      const column = page.parcels.content.columns[name];
      const distinct = column.values.map((value) => fold(String(value)));
      return column.kind === "coded" ? (i) => distinct[column.codes[i]] : (i) => distinct[i];
    });
    let composing = false;

    function find() {
      const asked = fold(input.value.trim());
      search.found = [];
      search.active = -1;
      if (asked) {
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
  }

  /* ---- tabs ---- */
  const TABS = ["legend", "table", "notes"];
  function makeTabs() {
    TABS.forEach((name, place) => {
      const tab = byId("zg-tab-" + name);
      tab.addEventListener("click", () => showTab(name));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = TABS[(place + step + TABS.length) % TABS.length];
        showTab(next);
        byId("zg-tab-" + next).focus();
      });
    });
    showTab("legend");
  }

  function showTab(name) {
    for (const other of TABS) {
      const isShown = other === name;
      byId("zg-tab-" + other).setAttribute("aria-selected", String(isShown));
      byId("zg-tab-" + other).tabIndex = isShown ? 0 : -1;
      byId("zg-" + other).hidden = !isShown;
    }
    page.tab = name;
    byId("zg-panel").classList.toggle("zg-wide", name === "table");
    resized();
    if (page.popup && page.popup.isOpen()) page.popup.update();
  }

  /* A reader who saw the whole zone goes on seeing it. */
  function resized() {
    const sawWhole = page.map.getBounds().contains(page.bounds);
    page.map.invalidateSize({ animate: false });
    if (sawWhole) showWhole(page.map);
  }

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

  function makeTable() {
    const hasStatus = "status" in page.parcels.content.columns;
    const all = Array.from({ length: page.parcels.shapes.count }, (_, i) => i);
    const table = (page.table = { scope: hasStatus ? "attention" : "all", sort: "id", down: false, from: 0 });
    table.columns = COLUMNS.filter(([name]) => name in page.parcels.content.columns);

    function ordered() {
      const rows = (table.scope === "all" ? all : page.parcels.content.attention).slice();
      const value = table.sort === "area" ? (i) => page.parcels.read("area", i) : (i) => cellText(table.sort, i);
      const keys = new Map(rows.map((i) => [i, value(i)]));
      const compare = (a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a - b);
      return rows.sort((a, b) => (table.down ? compare(b, a) : compare(a, b)));
    }

    table.say = function () {
      const box = byId("zg-table");
      const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.id : "";
      table.rows = ordered();
      table.from = Math.min(table.from, Math.max(0, table.rows.length - 1));
      const shown = table.rows.slice(table.from, table.from + ROWS);
      box.textContent = "";
      box.append(filter(hasStatus), make("p", { class: "zg-hint" }, word("table_hint")));
      if (shown.length) {
        box.append(make("table", { class: "zg-table" }, [make("caption", {}, word("table_caption_" + table.scope)), head(), make("tbody", {}, shown.map(row))]));
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
        if (name === "area") return make("td", { class: "zg-number" }, number(page.parcels.read("area", i), 2));
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
  }

  /* ---- paper ---- */
  ZoneGIS.toPaper = function () {
    if (page.screen) return;
    page.screen = { bounds: page.map.getBounds(), tab: page.tab };
    page.map.closePopup(page.popup);
    document.body.classList.add("zg-paper");
    byId("zg-panel").classList.remove("zg-wide");
    byId("zg-legend").hidden = byId("zg-notes").hidden = false;
    byId("zg-table").hidden = true;
    ZoneGIS.paperRatio = PAPER_RATIO;
    layOut(page.screen.bounds);
  };

  ZoneGIS.toScreen = function () {
    if (!page.screen) return;
    const { bounds, tab } = page.screen;
    page.screen = null;
    document.body.classList.remove("zg-paper");
    ZoneGIS.paperRatio = undefined;
    showTab(tab);
    layOut(bounds);
  };

  function layOut(bounds) {
    page.map.invalidateSize({ animate: false, pan: false });
    fit(page.map, bounds, 0);
    for (const name of Object.keys(page.layers)) if (page.on[name]) page.layers[name].redraw();
  }
})();
