/* The page around the map: languages, themes, legend, layers, tabs and paper. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word } = ZoneGIS.words;
  const LAYER_ORDER = (ZoneGIS.LAYER_ORDER = [["roads", 350], ["parcels", 360], ["green_spaces", 370], ["boundary", 380]]);
  const PAPER_RATIO = 2;
  const LEAST_PRINT = 6; // pixels of 1/96 inch on A3

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
    document.addEventListener("DOMContentLoaded", () => Promise.all(map.zgLoading || []).then(start).catch(failed));
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

  /* A page that can't show its map says so, and leaves the reason to whoever looks. */
  function failed(error) {
    byId("zg-quality").textContent = word("load_failed") + " " + error;
    byId("zg-quality").hidden = false;
    throw error;
  }

  function start() {
    page.parcels = page.map.zgParcels;
    page.views = page.parcels.views;
    page.view = Object.keys(page.views)[0];
    page.off = {};
    page.on = { roads: true, parcels: true, green_spaces: false, boundary: true };
    const around = page.map.zgAround || {};
    page.layers = Object.assign({ parcels: page.parcels }, around);
    ZoneGIS.legend.colour();
    // The head and the banner take their room first, then the map is fitted to what is left.
    sayHead();
    page.map.invalidateSize({ animate: false });
    showWhole(page.map);
    for (const [name] of LAYER_ORDER) if (page.layers[name] && page.on[name]) page.layers[name].addTo(page.map);
    ZoneGIS.makeSearch();
    makeTabs();
    ZoneGIS.makeTable();
    ZoneGIS.listenToMap();
    page.map.on("zoomend", () => ZoneGIS.legend.sayOverview());
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
    ZoneGIS.legend.sayLegend();
    ZoneGIS.legend.sayLayers();
    sayNotes();
    page.table.say();
    page.search.say();
    if (page.popup && page.popup.isOpen()) page.popup.setContent(ZoneGIS.describe(page.popup.zgHits, page.popup.zgParcel));
  }

  function sayHead() {
    const facts = page.facts;
    document.title = said(facts.title);
    byId("zg-title").textContent = said(facts.title);
    const head = byId("zg-facts");
    head.textContent = "";
    const colon = page.lang === "zh" ? "：" : ": ";
    const parts = [["as_of", facts.as_of], ["area_basis", said(facts.area_basis)], ["quality", word("quality_" + facts.quality)], ["place", said(facts.place)]];
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
    if (name === "table") page.table.say();
    resized();
    if (page.popup && page.popup.isOpen()) page.popup.update();
  }

  /* A reader who saw the whole zone goes on seeing it. */
  function resized() {
    const sawWhole = page.map.getBounds().contains(page.bounds);
    page.map.invalidateSize({ animate: false });
    if (sawWhole) showWhole(page.map);
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
    shrinkToFit(byId("zg-notes"));
  };

  /* Notes that a sheet has no room for are written smaller, since paper can't be scrolled. */
  function shrinkToFit(box) {
    for (let size = 12; size >= LEAST_PRINT && box.scrollHeight > box.clientHeight; size -= 0.5) {
      box.style.fontSize = size + "px";
    }
  }

  ZoneGIS.toScreen = function () {
    if (!page.screen) return;
    const { bounds, tab } = page.screen;
    page.screen = null;
    document.body.classList.remove("zg-paper");
    byId("zg-notes").style.fontSize = "";
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
