/* The scenario page: a parcel's green moved by slider, number or keys; the zone's total follows at once. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number, m2, squareMetres, percent } = ZoneGIS.words;
  const { createMap, showWhole, sayWords, sayNotes, listenToHead, markShown, outline, resized } = ZoneGIS.frame;
  const Model = ZoneGIS.ScenarioModel;
  const LISTED = 200; // lines of the list; the rest is counted
  const STEPS = 1000; // of the slider: a tenth of a per cent of the parcel's land
  const MM2 = 1e6;
  const FILTERS = ["all", "changed", "illegal", "undetermined", "below_target"];
  const OWN_SIGNS = 2; // of a view, before its steps: what breaks a limit, what is undetermined

  ZoneGIS.createScenario = (id, blockId) => {
    const map = createMap(id, blockId, start);
    map.zgLoading = (map.zgLoading || []).concat([
      ZoneGIS.readPacked("zonegis-scenario").then((content) => (page.model = new Model(content))),
    ]);
    return map;
  };

  function start() {
    page.parcels = page.map.zgParcels;
    page.chosen = null;
    page.preset = 0;
    page.filter = "all";
    page.compare = false;
    page.map.invalidateSize({ animate: false });
    showWhole(page.map);
    const around = page.map.zgAround || {};
    for (const name of ["roads", "boundary"]) if (around[name]) around[name].addTo(page.map);
    colour();
    page.parcels.addTo(page.map);
    byId("zs-name").value = said(page.model.content.name);
    page.map.on("click", (event) => {
      const hits = page.parcels.shapes.hits(event.latlng);
      if (hits.length) choose(hits[0]);
    });
    byId("zs-find").addEventListener("input", sayList);
    byId("zs-show").addEventListener("change", (event) => {
      page.filter = event.target.value;
      sayList();
    });
    byId("zs-download").addEventListener("click", download);
    byId("zs-name").addEventListener("input", sayYaml);
    byId("zs-reset").addEventListener("click", () => loadPreset(page.preset));
    listenToHead(speak, () => byId("zs-list").focus());
    window.addEventListener("resize", resized);
    speak(page.lang);
    markShown();
  }

  function speak(lang) {
    sayWords(lang);
    sayNotes();
    byId("zs-hint").textContent = word("export_hint", { file: page.model.content.base });
    sayPresets();
    const show = byId("zs-show");
    show.textContent = "";
    for (const name of FILTERS) show.append(make("option", { value: name }, word("show_" + name)));
    show.value = page.filter;
    sayLegend();
    sayParcel();
    say();
  }

  /* Everything that follows from an amount, but the controls of the chosen parcel themselves. */
  function say() {
    sayZones();
    sayList();
    sayYaml();
  }

  /* ---- the map ---- */
  function stepOf(above, steps) {
    for (let k = 0; k < steps.length; k++) if (steps[k].below === undefined || above < steps[k].below) return k;
    return steps.length - 1;
  }

  function colour() {
    const model = page.model;
    const { content } = model;
    const view = page.compare ? content.views.change : content.views.ratio;
    const codes = new Uint8Array(model.count);
    for (let i = 0; i < model.count; i++) {
      const change = model.green[i] - model.base[i];
      const above = Math.round((model.counted(i) / content.area[i] - content.zones[content.zone[i]].target) * 1e9) / 1e9;
      codes[i] = model.breaks(i) ? 0 : model.isOpen(i) ? 1 : OWN_SIGNS + (page.compare ? (change > 0 ? 0 : change < 0 ? 1 : 2) : stepOf(above, view.slice(OWN_SIGNS)));
    }
    page.parcels.paint(view, codes);
    page.waiting = false;
  }

  function recolour() {
    if (page.waiting) return;
    page.waiting = true;
    requestAnimationFrame(colour);
  }

  function sayLegend() {
    const view = page.compare ? page.model.content.views.change : page.model.content.views.ratio;
    const box = byId("zs-legend");
    box.textContent = "";
    box.append(make("h2", {}, word(page.compare ? "legend_change" : "legend_ratio")));
    for (const sign of view) box.append(make("div", {}, [ZoneGIS.swatch(sign), said(sign.words)]));
    resized(); // the legend stands below the map and takes its room
  }

  /* ---- the zones' totals ---- */
  function sayZones() {
    const box = byId("zs-zones");
    box.textContent = "";
    page.model.content.zones.forEach((facts, z) => {
      const zone = page.model.zone(z);
      const wide = Math.max(zone.ratio, zone.target) * 1.25 || 1;
      const width = (ratio) => "left:" + Math.min(100, (100 * ratio) / wide) + "%";
      const bar = make("div", { class: "zs-bar", "aria-hidden": "true" }, [
        make("span", { style: "width:" + Math.min(100, (100 * zone.ratio) / wide) + "%" }), make("i", { style: width(zone.target) }),
      ]);
      const key = zone.margin < 0 ? "zone_short" : "zone_above";
      box.append(make("article", { class: "zs-zone", "data-verdict": zone.verdict, "data-zone": facts.id }, [
        make("h2", { dir: "auto" }, facts.name),
        make("div", { class: "zs-ratio" }, [
          percent(zone.ratio, zone.target) + " ",
          make("small", {}, word("zone_target", { target: percent(zone.target) }) + " · " + word("verdict_" + zone.verdict)),
        ]),
        bar,
        make("p", {}, word("zone_green", { green: squareMetres(zone.green), needed: squareMetres(zone.needed) })),
        facts.claimed ? make("p", { class: "zg-hint" }, word("zone_claimed", { area: squareMetres(facts.claimed / MM2) })) : "",
        make("p", {}, make("b", {}, word(key, { area: squareMetres(Math.abs(zone.margin)) }))),
        make("p", { class: "zg-hint" }, said(facts.citation)),
      ]));
    });
    if (page.model.illegal) {
      box.append(make("p", { class: "zs-illegal-count" }, word("illegal_count", { count: number(page.model.illegal, 0) })));
    }
    if (page.model.open) {
      box.append(make("p", { class: "zs-open-count" }, word("open_count", { count: number(page.model.open, 0) })));
    }
  }

  /* ---- presets ---- */
  function sayPresets() {
    const box = byId("zs-presets");
    box.textContent = "";
    page.model.content.presets.forEach((preset, place) => {
      const input = make("input", { type: "radio", name: "zs-preset", id: "zs-preset-" + preset.key, onchange: () => loadPreset(place) });
      input.checked = place === page.preset;
      box.append(make("label", {}, [input, " ", said(preset.title)]));
    });
    const compare = make("input", {
      type: "checkbox", id: "zs-compare",
      onchange: (event) => {
        page.compare = event.target.checked;
        sayLegend();
        recolour();
      },
    });
    compare.checked = page.compare;
    box.append(make("label", {}, [compare, " ", word("compare_with_base")]));
  }

  function loadPreset(place) {
    page.preset = place;
    page.model.load(place);
    byId("zs-preset-" + page.model.content.presets[place].key).checked = true;
    sayParcel();
    recolour();
    say();
  }

  /* ---- one parcel ---- */
  function choose(i, from) {
    page.chosen = i;
    outline(i);
    if (from && page.parcels.shapes.drawable(i)) {
      const box = page.parcels.shapes.bounds(i);
      if (!page.map.getBounds().contains(box)) page.map.fitBounds(box, { maxZoom: 16.5, padding: [120, 120], animate: false });
    }
    sayParcel();
    sayList();
    const slider = byId("zs-slider");
    if (slider && !slider.disabled) slider.focus({ preventScroll: true });
  }

  function limitTexts(i) {
    const { content, columns } = page.model;
    const area = content.area[i];
    const lines = [];
    const tell = (key, value, ground) => lines.push([
      word(key, { area: squareMetres(value / MM2), ratio: percent(value / area) }), said(ground),
    ].filter((part) => part).join(" · "));
    if (content.floor[i] > 0) tell("floor_is", content.floor[i], columns.floor_ground.read(i));
    if (content.ceiling[i] < area) tell("ceiling_is", content.ceiling[i], columns.ceiling_ground.read(i));
    if (content.roof[i]) lines.push(word("roof_counts", { area: squareMetres(content.roof[i] / MM2), from: squareMetres(content.roof_from[i] / MM2) }));
    if (said(columns.belt.read(i))) lines.push(word("belt_is") + " · " + said(columns.belt.read(i)));
    if (content.locked[i]) lines.push([word("locked"), said(columns.lock_ground.read(i))].filter((part) => part).join(" · "));
    return lines;
  }

  function sayParcel() {
    const box = byId("zs-parcel");
    const i = page.chosen;
    const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.id : "";
    box.textContent = "";
    if (i === null) {
      box.append(make("p", { class: "zg-hint" }, word("choose_hint")));
      return;
    }
    const { content, columns } = page.model;
    const area = content.area[i];
    const isLocked = Boolean(content.locked[i]);
    const name = columns.name.read(i);
    const slider = make("input", {
      type: "range", id: "zs-slider", min: 0, max: STEPS, step: 1, disabled: isLocked, "aria-label": word("green_share"),
      oninput: (event) => move(i, Math.round((area * Number(event.target.value)) / STEPS / MM2) * MM2, event.target),
    });
    const metres = make("input", {
      type: "text", inputmode: "decimal", id: "zs-metres", disabled: isLocked, autocomplete: "off",
      oninput: (event) => typed(i, event.target),
    });
    const marks = [];
    if (content.floor[i] > 0) marks.push(["≥", content.floor[i]]);
    if (content.ceiling[i] < area) marks.push(["≤", content.ceiling[i]]);
    const ticks = marks.map(([sign, at]) => make("b", { style: "left:calc(8px + (100% - 16px) * " + at / area + ")" }, sign + " " + percent(at / area)));
    box.append(
      make("h2", { dir: "auto" }, [columns.id.read(i) + " ", make("small", {}, name)]),
      make("p", { class: "zg-hint" }, word("land_is", { area: squareMetres(area / MM2) })),
      make("div", { class: "zs-slider" }, ticks.concat([slider])),
      make("div", { class: "zs-numbers" }, [
        make("label", {}, [word("green_area") + " ", metres, " m²"]), make("output", { id: "zs-ratio" }), make("span", { id: "zs-change" }),
        make("button", { type: "button", id: "zs-undo", onclick: () => undo(i) }, word("undo")),
      ]),
      make("p", { class: "zs-illegal", id: "zs-illegal", role: "status" }),
      make("ul", { class: "zs-limits" }, limitTexts(i).map((line) => make("li", {}, line)))
    );
    sayAmount(i, null);
    if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
  }

  /* The amount in every control of the parcel but the one that it was typed into. */
  function sayAmount(i, source) {
    const model = page.model;
    const area = model.content.area[i];
    const broken = model.breaks(i);
    if (source !== byId("zs-slider")) byId("zs-slider").value = String(Math.round((model.green[i] / area) * STEPS));
    if (source !== byId("zs-metres")) byId("zs-metres").value = Model.metres(model.green[i]);
    byId("zs-metres").setAttribute("aria-invalid", String(Boolean(broken)));
    byId("zs-slider").setAttribute("aria-valuetext", percent(model.green[i] / area));
    byId("zs-ratio").textContent = percent(model.counted(i) / area);
    const change = model.green[i] - model.base[i];
    byId("zs-change").textContent = change ? word("changed_by", { area: (change > 0 ? "+" : "−") + squareMetres(Math.abs(change) / MM2) }) : "";
    byId("zs-undo").disabled = !change;
    byId("zs-illegal").textContent = broken ? word("broken_" + broken) : model.isOpen(i) ? word("open_" + model.opens(i)) : "";
    byId("zs-illegal").setAttribute("data-open", String(!broken && model.isOpen(i)));
  }

  function move(i, green, source) {
    page.model.set(i, green);
    sayAmount(i, source);
    recolour();
    say();
  }

  function typed(i, field) {
    const green = Model.read(field.value);
    if (Number.isNaN(green)) {
      field.setAttribute("aria-invalid", "true");
      byId("zs-illegal").textContent = word("broken_number");
      return;
    }
    move(i, green, field);
  }

  function undo(i) {
    move(i, page.model.base[i], null);
    byId("zs-slider").focus({ preventScroll: true });
  }

  /* ---- the list ---- */
  function isListed(i) {
    const { model } = page;
    if (page.filter === "changed") return model.isChanged(i);
    if (page.filter === "illegal") return Boolean(model.breaks(i));
    if (page.filter === "undetermined") return model.isOpen(i);
    const { content } = model;
    return page.filter === "all" || model.counted(i) < content.zones[content.zone[i]].target * content.area[i];
  }

  function sayList() {
    const { model } = page;
    const wanted = byId("zs-find").value.trim().toLowerCase();
    const box = byId("zs-list");
    const shown = [];
    let count = 0;
    for (const i of model.content.by_id) {
      if (!isListed(i)) continue;
      if (wanted && !(model.columns.id.read(i) + " " + model.columns.name.read(i)).toLowerCase().includes(wanted)) continue;
      if (count++ < LISTED) shown.push(i);
    }
    const head = make("tr", {}, ["parcel_id", "green_share", "green_area", "change"].map((key) => make("th", { scope: "col" }, word(key))));
    const rows = shown.map((i) => {
      const change = model.green[i] - model.base[i];
      const pick = make("button", { type: "button", onclick: () => choose(i, true) }, model.columns.id.read(i));
      return make("tr", { "data-parcel": model.columns.id.read(i), "data-illegal": String(Boolean(model.breaks(i))), "data-open": String(model.isOpen(i)), "aria-current": i === page.chosen ? "true" : undefined }, [
        make("th", { scope: "row" }, pick), make("td", {}, percent(model.counted(i) / model.content.area[i])),
        make("td", {}, m2(model.green[i] / MM2)), make("td", {}, change ? (change > 0 ? "+" : "−") + m2(Math.abs(change) / MM2) : ""),
      ]);
    });
    const top = box.scrollTop;
    box.textContent = "";
    box.append(make("table", {}, [make("thead", {}, head), make("tbody", {}, rows)]));
    if (!count) box.append(make("p", { class: "zg-hint" }, word("list_empty")));
    if (count > LISTED) box.append(make("p", { class: "zg-hint" }, word("list_more", { count: number(count - LISTED, 0) })));
    box.scrollTop = top;
  }

  /* ---- the file ---- */
  function sayYaml() {
    byId("zs-yaml").value = page.model.yaml(byId("zs-name").value.trim() || said(page.model.content.name));
    byId("zs-told").textContent = exportWarnings();
  }

  function exportWarnings() {
    return [["illegal", "export_illegal"], ["open", "export_open"]].filter(([count]) => page.model[count])
      .map(([count, key]) => word(key, { count: number(page.model[count], 0) })).join(" · ");
  }

  function download() {
    sayYaml();
    const name = byId("zs-name").value.trim().replace(/[\\/:*?"<>|\u0000-\u001f]+/g, "_") || "scenario";
    const link = make("a", { download: name + ".yaml", href: URL.createObjectURL(new Blob([byId("zs-yaml").value], { type: "application/yaml" })) });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    byId("zs-told").textContent = [word("exported", { name: name + ".yaml" }), exportWarnings()].filter((part) => part).join(" · ");
  }
})();
