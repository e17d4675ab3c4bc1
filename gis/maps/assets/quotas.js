/* What each zone draws of its quotas: a table below the layers, with the state of the ledger that it rests on. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said } = ZoneGIS.words;
  const sayLayers = ZoneGIS.legend.sayLayers;

  function sayQuotas() {
    const told = page.facts.quotas;
    let box = byId("zg-quotas");
    if (!box) {
      box = make("section", { class: "zg-classes", id: "zg-quotas" });
      byId("zg-legend").append(box);
    }
    box.textContent = "";
    box.append(make("h2", { style: "padding-top:6px" }, said(told.title)));
    const heads = told.heads.map((head) => make("th", { scope: "col" }, said(head)));
    if (told.groups.length) box.append(make("table", {}, [make("thead", {}, make("tr", {}, heads))].concat(told.groups.map(group))));
    else box.append(make("p", {}, said(told.none)));
    for (const note of told.notes) box.append(make("p", { style: "margin:5px 0 0;overflow-wrap:anywhere" }, said(note)));
  }

  function group(each) {
    const name = make("th", { scope: "rowgroup", colspan: 3, style: "font-weight:700;padding-top:7px" }, said(each.zone));
    return make("tbody", {}, [make("tr", {}, name)].concat(each.rows.map(line)));
  }
  function line(row) {
    return make("tr", {}, [make("th", { scope: "row" }, said(row[0])), make("td", {}, row[1]), make("td", {}, row[2])]);
  }

  ZoneGIS.legend.sayLayers = function () {
    sayLayers();
    sayQuotas();
  };
})();
