/* Two states of the same parcels: two maps that move together, side by side or under a swipe. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number, squareMm, m2, hectares, squareMetres } = ZoneGIS.words;
  const { createMap, fit, sayWords, sayHead, sayNotes, listenToHead, markShown } = ZoneGIS.frame;
  const SIDES = ["first", "second"];
  const ROWS = 100;
  const OUTLINE = { line: "#d400c8", width: 3, fixed: true };
  const NOTHING = {};

  ZoneGIS.createComparison = (id, blockId) => createMap(id, blockId, start);

  async function start() {
    const content = await ZoneGIS.readPacked("zonegis-comparison");
    page.columns = ZoneGIS.columnsOf(content.columns);
    page.shapes = new ZoneGIS.Shapes(content.shapes);
    page.views = content.views;
    page.view = Object.keys(page.views)[0];
    page.mode = "side";
    page.from = 0;
    makeSecond();
    for (const side of SIDES) addLayers(side);
    colour();
    sayHead();
    setMode("side");
    synchronise();
    byId("zc-divider").addEventListener("input", cut);
    listenToHead(speak, () => byId("zc-list").focus());
    window.addEventListener("resize", resized);
    speak(page.lang);
    markShown();
  }

  /* ---- the maps ---- */
  function makeSecond() {
    const first = page.map;
    first.options.zoomSnap = 0; // both have to be at the very same zoom
    const options = { zoomSnap: 0, maxZoom: first.options.maxZoom, zoomControl: false, fadeAnimation: false, trackResize: false, attributionControl: false };
    const second = L.map("zc-second-map", options);
    second.setMinZoom(first.getMinZoom());
    for (const [name, z] of ZoneGIS.LAYER_ORDER) second.createPane("zg-" + name).style.zIndex = z;
    second.setView(first.getCenter(), first.getZoom(), { animate: false });
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(second);
    page.maps = { first, second };
  }

  function addLayers(side) {
    const map = page.maps[side];
    const around = page.map.zgAround || {};
    for (const name of ["roads", "boundary"]) {
      if (around[name]) new ZoneGIS.ShapeTiles(around[name].shapes, [around[name].sign], { pane: "zg-" + name }).addTo(map);
    }
    page.parcels = page.parcels || {};
    page.outlines = page.outlines || {};
    const labels = (i) => page.columns.id.read(i);
    page.parcels[side] = new ZoneGIS.ShapeTiles(page.shapes, [NOTHING], { pane: "zg-parcels", labels }).addTo(map);
    page.outlines[side] = new ZoneGIS.ShapeTiles(page.shapes, [OUTLINE], { pane: "zg-green_spaces" }).addTo(map);
    map.on("click", (event) => {
      const hit = page.shapes.hits(event.latlng).find((i) => page.parcels[side].shows(i));
      if (hit !== undefined) open(side, hit, event.latlng);
    });
    map.on("move", cut);
  }

  /* What one map does, the other does at once. */
  function synchronise() {
    let isFollowing = false;
    for (const [own, other] of [SIDES, SIDES.slice().reverse()]) {
      page.maps[own].on("move zoom", () => {
        if (isFollowing) return;
        isFollowing = true;
        page.maps[other].setView(page.maps[own].getCenter(), page.maps[own].getZoom(), { animate: false });
        isFollowing = false;
      });
    }
  }

  function differs(i) {
    const view = page.views[page.view];
    return view.first[i] !== view.second[i];
  }

  function colour() {
    const view = page.views[page.view];
    const mask = new Uint8Array(page.shapes.count);
    page.differing = [];
    for (let i = 0; i < mask.length; i++) {
      if (!differs(i)) continue;
      mask[i] = 1;
      page.differing.push(i);
    }
    page.differing.sort((a, b) => page.columns.id.compare(a, b));
    for (const side of SIDES) {
      page.parcels[side].mask = page.only ? mask : null;
      page.parcels[side].paint(view.classes, view[side]);
      page.outlines[side].filter(mask);
    }
  }

  function setMode(mode) {
    page.mode = mode;
    byId("zc-maps").classList.toggle("zc-swipe", mode === "swipe");
    byId("zc-divider").hidden = mode !== "swipe";
    resized();
    fit(page.map, page.bounds, 20);
    page.maps.second.setView(page.map.getCenter(), page.map.getZoom(), { animate: false });
  }

  /* Under a swipe the first map lies on the second, and its layers end at the divider; popups do not. */
  function cut() {
    const part = Number(byId("zc-divider").value);
    const map = page.maps.first;
    const size = map.getSize();
    const [top, end] = [map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint([(size.x * part) / 100, size.y])];
    byId("zc-maps").style.setProperty("--cut", part + "%");
    for (const [name] of ZoneGIS.LAYER_ORDER) {
      map.getPane("zg-" + name).style.clip =
        page.mode === "swipe" ? "rect(" + [top.y, end.x, end.y, top.x].map((at) => at + "px").join(",") + ")" : "";
    }
  }

  function resized() {
    for (const side of SIDES) page.maps[side].invalidateSize({ animate: false });
    cut();
  }

  /* ---- what is said of a parcel ---- */
  function classOn(side, i) {
    const view = page.views[page.view];
    return view.classes[view[side][i]];
  }

  function open(side, i, latlng) {
    const box = make("article", { class: "zg-popup", "data-parcel": page.columns.id.read(i) });
    box.append(make("h2", { dir: "auto" }, page.columns.id.read(i)));
    if (page.columns.name.read(i)) box.append(make("h3", { dir: "auto" }, page.columns.name.read(i)));
    const list = make("dl", {});
    const add = (label, value) => list.append(make("dt", {}, label), make("dd", {}, value));
    if (page.columns.holder.read(i)) add(word("holder"), page.columns.holder.read(i));
    for (const one of SIDES) {
      const item = classOn(one, i);
      add(word(one + "_name"), [ZoneGIS.swatch(item), make("span", {}, said(item.words))]);
      add(word("area"), squareMetres(page.columns["area_" + one].read(i)));
    }
    box.append(list);
    const other = SIDES.find((one) => one !== side);
    page.maps[other].closePopup();
    page.popup = L.popup({ maxWidth: 380, minWidth: 300 }).setLatLng(latlng).setContent(box).openOn(page.maps[side]);
  }

  ZoneGIS.findDifference = function (i) {
    page.map.fitBounds(page.shapes.bounds(i), { padding: [120, 120], maxZoom: 17.5, animate: false });
    const [x, y] = page.shapes.labelPlace(i);
    open("first", i, page.map.options.crs.pointToLatLng(L.point(x, y), 0));
  };

  /* ---- the panel ---- */
  function speak(lang) {
    sayWords(lang);
    sayNotes();
    sayViews();
    sayModes();
    say();
    for (const side of SIDES) page.maps[side].closePopup();
  }

  function say() {
    sayLegend();
    sayMoves();
    sayList();
  }

  function sayViews() {
    const box = byId("zc-views");
    box.textContent = "";
    for (const name of Object.keys(page.views)) {
      const choose = () => {
        page.view = name;
        page.from = 0;
        colour();
        say();
      };
      const input = make("input", { type: "radio", name: "zc-view", id: "zc-view-" + name, value: name, onchange: choose });
      input.checked = name === page.view;
      box.append(make("label", {}, [input, said(page.views[name].title)]));
    }
  }

  function sayModes() {
    const box = byId("zc-modes");
    box.textContent = "";
    for (const mode of ["side", "swipe"]) {
      const input = make("input", { type: "radio", name: "zc-mode", id: "zc-mode-" + mode, value: mode, onchange: () => setMode(mode) });
      input.checked = mode === page.mode;
      box.append(make("label", {}, [input, word("compare_" + mode)]));
    }
    const only = make("input", {
      type: "checkbox", id: "zc-only",
      onchange: (event) => {
        page.only = event.target.checked;
        colour();
      },
    });
    only.checked = Boolean(page.only);
    box.append(make("label", {}, [only, word("compare_only")]));
  }

  function row(cells, tag) {
    return make("tr", {}, cells.map((cell, place) => make(place ? "td" : tag || "td", { class: typeof cell === "string" && place ? "zg-number" : "" }, cell)));
  }

  function sayLegend() {
    const view = page.views[page.view];
    const box = byId("zc-classes");
    const heads = [word("compare_class"), word("first_name"), word("second_name")];
    const body = view.classes.map((item) => {
      const figure = (side) => number(item["count_" + side], 0) + " · " + hectares(item["m2_" + side]) + " " + word("legend_ha");
      return make("tr", { "data-class": item.key }, [
        make("th", { scope: "row" }, make("label", {}, [ZoneGIS.swatch(item), said(item.words)])), make("td", {}, figure("first")), make("td", {}, figure("second")),
      ]);
    });
    const total = SIDES.map((side) => {
      const sum = (part) => view.classes.reduce((whole, item) => whole + item[part + "_" + side], 0);
      return make("td", {}, number(sum("count"), 0) + " · " + hectares(view.classes.reduce((whole, item) => whole + squareMm(item["m2_" + side]), 0) / 1e6) + " " + word("legend_ha"));
    });
    box.textContent = "";
    box.append(make("h2", {}, said(view.title)), make("p", {}, said(view.unit)), make("table", {}, [
      make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, body),
      make("tfoot", {}, make("tr", {}, [make("th", { scope: "row" }, word("legend_total"))].concat(total))),
    ]), make("label", {}, [ZoneGIS.swatch(OUTLINE), word("compare_outline")]));
  }

  /* From which class to which, with counts and hectares. */
  function sayMoves() {
    const view = page.views[page.view];
    const moves = new Map();
    let whole = 0;
    for (const i of page.differing) {
      const key = view.first[i] * 256 + view.second[i];
      const area = squareMm(page.columns.area_second.read(i));
      const found = moves.get(key) || { count: 0, area: 0 };
      moves.set(key, { count: found.count + 1, area: found.area + area });
      whole += area;
    }
    const claimed = view.changed_claimed_m2 || 0; // what the parcels that differ hold more than once
    whole -= squareMm(claimed);
    const box = byId("zc-moves");
    box.textContent = "";
    const told = page.differing.length ? word("compare_summary", { count: number(page.differing.length, 0), ha: hectares(whole / 1e6) }) : word("compare_none");
    box.append(make("h2", {}, word("compare_moves")), make("p", { class: "zg-hint", id: "zc-told", role: "status" }, told));
    if (!moves.size) return;
    const body = Array.from(moves.keys()).sort((a, b) => a - b).map((key) => {
      const [from, to] = [view.classes[key >> 8], view.classes[key & 255]];
      const { count, area } = moves.get(key);
      return row([
        make("span", {}, [ZoneGIS.swatch(from), said(from.words) + " → ", ZoneGIS.swatch(to), said(to.words)]), number(count, 0), hectares(area / 1e6),
      ]);
    });
    if (claimed) body.push(row([word("compare_claimed"), "", hectares(-claimed)]));
    const heads = [word("compare_class"), word("legend_count"), word("legend_ha")];
    box.append(make("table", { class: "zc-table" }, [
      make("thead", {}, make("tr", {}, heads.map((head, place) => make("th", { scope: "col", class: place ? "zg-number" : "" }, head)))), make("tbody", {}, body),
    ]));
  }

  function sayList() {
    const box = byId("zc-list");
    box.textContent = "";
    if (!page.differing.length) return;
    const shown = page.differing.slice(page.from, page.from + ROWS);
    const body = shown.map((i) => {
      const id = page.columns.id.read(i);
      const button = make("button", { type: "button", dir: "auto", onclick: () => ZoneGIS.findDifference(i) }, id);
      const line = row([button, make("span", {}, said(classOn("first", i).words)), make("span", {}, said(classOn("second", i).words)), m2(page.columns.area_second.read(i))], "th");
      line.setAttribute("data-parcel", id);
      return line;
    });
    const heads = [word("parcel_id"), word("first_name"), word("second_name"), word("table_area")];
    box.append(make("h2", {}, word("compare_list")), make("p", { class: "zg-hint" }, word("compare_hint")), make("table", { class: "zc-table" }, [
      make("thead", {}, make("tr", {}, heads.map((head, place) => make("th", { scope: "col", class: place === 3 ? "zg-number" : "" }, head)))), make("tbody", {}, body),
    ]));
    const step = (by) => () => {
      page.from += by;
      sayList();
    };
    box.append(make("div", { class: "zg-pager" }, [
      make("button", { type: "button", id: "zc-before", disabled: page.from === 0, onclick: step(-ROWS) }, word("table_before")),
      make("span", { role: "status" }, word("table_page", { first: number(page.from + 1, 0), last: number(page.from + shown.length, 0), count: number(page.differing.length, 0) })),
      make("button", { type: "button", id: "zc-after", disabled: page.from + shown.length >= page.differing.length, onclick: step(ROWS) }, word("table_after")),
    ]));
  }
})();
