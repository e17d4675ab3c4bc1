/* The frame of every page: the map's base, its controls, the words of the page, its head. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word } = ZoneGIS.words;
  const LAYER_ORDER = [["roads", 350], ["parcels", 360], ["green_spaces", 370], ["boundary", 380]];

  /* Make the map of a page and call ``start`` once its blocks are unpacked. */
  function createMap(id, blockId, start) {
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
  }

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

  /* ---- words ---- */
  /* Say everything in a language that stands in the page itself. */
  function sayWords(lang) {
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
  }

  /* The head of every page: its languages, and the link past the map. */
  function listenToHead(speak, skip) {
    for (const lang of ["zh", "en"]) byId("zg-lang-" + lang).addEventListener("click", () => speak(lang));
    byId("zg-skip").addEventListener("click", (event) => {
      event.preventDefault();
      skip();
    });
  }

  /* What a script outside measures from: the page is drawn. */
  function markShown() {
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("zonegis-shown")));
  }

  function sayNotes() {
    const list = make("ul", { class: "zg-notes-list" });
    for (const note of page.facts.notes) list.append(make("li", {}, said(note)));
    byId("zg-notes").textContent = "";
    byId("zg-notes").append(list);
  }

  /* Outline a parcel of the page's layer, and no other. */
  function outline(i) {
    if (page.ring) page.ring.remove();
    page.ring = null;
    if (i === null || !page.parcels.shapes.drawable(i)) return;
    const rings = page.parcels.shapes.rings(i);
    const style = (color, weight) => ({ color, weight, fill: false, interactive: false, smoothFactor: 0 });
    page.ring = L.layerGroup([L.polygon(rings, style("#ffffff", 7)), L.polygon(rings, style("#0b57d0", 3.5))]).addTo(page.map);
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

  /* A reader who saw the whole zone goes on seeing it. */
  function resized() {
    const sawWhole = page.map.getBounds().contains(page.bounds);
    page.map.invalidateSize({ animate: false });
    if (sawWhole) showWhole(page.map);
  }

  ZoneGIS.LAYER_ORDER = LAYER_ORDER;
  ZoneGIS.frame = { createMap, fit, showWhole, sayWords, sayHead, sayNotes, listenToHead, markShown, outline, resized };
})();
