/* The legend: themes, classes with their counts, how small parcels are shown, layers. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word, number, squareMm, hectares } = ZoneGIS.words;

  /* ---- themes, classes, layers ---- */
  function colour() {
    const view = page.views[page.view];
    const off = page.off[page.view] || {};
    page.parcels.paint(view.classes, view.codes, view.classes.map((item) => Boolean(off[item.key])));
  }

  ZoneGIS.showView = function (name) {
    page.view = name;
    colour();
    if (name === "green" && page.layers.green_spaces && !page.greenChosen) toggleLayer("green_spaces", true);
    sayLegend();
    sayLayers();
    ZoneGIS.remember();
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
    if (view.claimed_m2) classes.append(make("p", { id: "zg-claimed" }, word("legend_claimed", { ha: hectares(view.claimed_m2) })));
    classes.append(make("p", { class: "zg-hint" }, word("legend_hint")), overviewChoice());
    sayOverview();
    if (focused && byId(focused)) byId(focused).focus();
  }

  function legendTable(view) {
    const off = (page.off[page.view] = page.off[page.view] || {});
    const head = make("tr", {}, ["legend_class", "legend_count", "legend_ha"].map((key) => make("th", { scope: "col" }, word(key))));
    const body = make("tbody", {});
    let count = 0;
    let mm2 = 0;
    view.classes.forEach((item, code) => {
      const row = make("tr", { "data-class": item.key, class: off[item.key] ? "zg-class-hidden" : "" });
      const input = make("input", {
        type: "checkbox", id: "zg-class-" + item.key,
        onchange: (event) => {
          off[item.key] = !event.target.checked;
          row.className = off[item.key] ? "zg-class-hidden" : "";
          page.parcels.hide(code, off[item.key]);
          ZoneGIS.remember();
        },
      });
      input.checked = !off[item.key];
      const label = make("label", {}, [input, ZoneGIS.swatch(item), said(item.words)]);
      row.append(make("th", { scope: "row" }, label), make("td", {}, number(item.count, 0)), make("td", {}, hectares(item.m2)));
      body.append(row);
      count += item.count;
      mm2 += squareMm(item.m2);
    });
    const total = make("tr", {}, [
      make("th", { scope: "row" }, word("legend_total")), make("td", {}, number(count, 0)), make("td", {}, hectares(mm2 / 1e6)),
    ]);
    return make("table", {}, [make("thead", {}, head), body, make("tfoot", {}, total)]);
  }

  /* How parcels too small to trace are shown: the mode is named, and says when it is on. */
  function overviewChoice() {
    const box = make("fieldset", { class: "zg-overview", id: "zg-overview" }, make("legend", {}, word("overview")));
    for (const mode of ["mean", "worst"]) {
      const input = make("input", {
        type: "radio", name: "zg-overview", id: "zg-overview-" + mode, value: mode,
        onchange: () => {
          ZoneGIS.overview = mode;
          sayOverview();
          page.parcels.redraw();
          ZoneGIS.remember();
        },
      });
      input.checked = mode === (ZoneGIS.overview || "mean");
      box.append(make("label", {}, [input, word(overviewWord(mode))]));
    }
    box.append(make("p", { id: "zg-overview-now", role: "status" }));
    return box;
  }
  function sayOverview() {
    const isOn = page.parcels.isOverview();
    const mode = ZoneGIS.overview || "mean";
    byId("zg-overview").classList.toggle("zg-off", !isOn); // off: not on paper
    byId("zg-overview-now").textContent = word(isOn ? "overview_on" : "overview_off", { mode: word(overviewWord(mode)) });
  }
  function overviewWord(mode) {
    return mode === "mean" ? "overview_mean" : page.view === "status" ? "overview_worst" : "overview_first";
  }

  function toggleLayer(name, isOn) {
    page.on[name] = isOn;
    const line = byId("zg-layer-" + name).parentNode;
    line.classList.toggle("zg-off", !isOn || !page.layers[name].sign);
    if (isOn) page.layers[name].addTo(page.map);
    else page.layers[name].remove();
    ZoneGIS.remember();
  }

  function sayLayers() {
    const box = byId("zg-layers");
    const focused = document.activeElement && document.activeElement.id;
    box.querySelectorAll("label").forEach((label) => label.remove());
    for (const [name] of ZoneGIS.LAYER_ORDER.slice().reverse()) {
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

  ZoneGIS.legend = { colour, sayLegend, sayLayers, sayOverview };
})();
