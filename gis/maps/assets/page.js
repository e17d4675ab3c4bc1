/* The page of a zone: its start, languages, tabs and paper. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId } = ZoneGIS.words;
  const { createMap, fit, showWhole, sayWords, sayHead, resized, sayNotes, listenToHead, markShown } = ZoneGIS.frame;
  const LAYER_ORDER = ZoneGIS.LAYER_ORDER;
  const PAPER_RATIO = 2;
  const LEAST_PRINT = 6; // pixels of 1/96 inch on A3

  ZoneGIS.createMap = (id, blockId) => createMap(id, blockId, start);

  function start() {
    page.parcels = page.map.zgParcels;
    page.views = page.parcels.views;
    page.view = Object.keys(page.views)[0];
    page.off = {};
    page.on = { roads: true, parcels: true, green_spaces: false, boundary: true };
    const around = page.map.zgAround || {};
    page.layers = Object.assign({ parcels: page.parcels }, around);
    ZoneGIS.recall();
    ZoneGIS.makeTimeline(page.parcels.timeline);
    ZoneGIS.legend.colour();
    // The head and the banner take their room first, then the map is fitted to what is left.
    sayHead();
    ZoneGIS.sayTimeline();
    page.map.invalidateSize({ animate: false });
    showWhole(page.map);
    if (page.place) page.map.setView([page.place[0], page.place[1]], page.place[2], { animate: false });
    for (const [name] of LAYER_ORDER) if (page.layers[name] && page.on[name]) page.layers[name].addTo(page.map);
    ZoneGIS.makeSearch();
    makeTabs();
    ZoneGIS.makeTable();
    ZoneGIS.listenToMap();
    page.map.on("zoomend", () => ZoneGIS.legend.sayOverview());
    byId("zg-print").addEventListener("click", () => window.print());
    listenToHead(speak, () => {
      showTab("table");
      byId("zg-table").focus();
    });
    window.addEventListener("resize", () => page.screen || resized());
    window.addEventListener("beforeprint", () => ZoneGIS.toPaper());
    window.addEventListener("afterprint", () => ZoneGIS.toScreen());
    speak(page.lang);
    page.map.on("moveend", ZoneGIS.remember);
    window.addEventListener("hashchange", () => window.location.reload());
    page.isReady = true;
    if (page.isPaper) ZoneGIS.toPaper();
    markShown();
  }

  /* ---- languages ---- */
  function speak(lang) {
    sayWords(lang);
    ZoneGIS.legend.sayLegend();
    ZoneGIS.legend.sayLayers();
    ZoneGIS.filters.say();
    ZoneGIS.sayTimeline();
    ZoneGIS.remember();
    sayNotes();
    page.table.say();
    page.search.say();
    if (page.popup && page.popup.isOpen()) page.popup.setContent(ZoneGIS.describe(page.popup.zgHits, page.popup.zgParcel));
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

  /* ---- paper ---- */
  ZoneGIS.toPaper = function () {
    if (page.screen) return;
    // A page that opens as a sheet shows the whole zone, unless its link says where to look.
    page.screen = { bounds: page.isPaper && !page.place ? page.bounds : page.map.getBounds(), tab: page.tab };
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
    fit(page.map, bounds, bounds === page.bounds ? 16 : 0);
    for (const name of Object.keys(page.layers)) if (page.on[name]) page.layers[name].redraw();
  }
})();
