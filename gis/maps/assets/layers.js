/* The layers of the map as the page adds them: parcels, and the plain layers around them. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});

  function waitFor(map, promise) {
    map.zgLoading = (map.zgLoading || []).concat([promise]);
    return promise;
  }

  ZoneGIS.addParcels = function (map, blockId) {
    return waitFor(map, ZoneGIS.readPacked(blockId).then((content) => {
      const shapes = new ZoneGIS.Shapes(content.shapes);
      const columns = ZoneGIS.columnsOf(content.columns);
      const tiles = new ZoneGIS.ShapeTiles(shapes, [{}], { pane: "zg-parcels", labels: (i) => columns.id.read(i) });
      tiles.columns = columns;
      tiles.views = content.views;
      tiles.attention = content.attention;
      tiles.measures = content.measures;
      tiles.timeline = content.timeline;
      /* What a column holds at a row: a text, a pair of words, a number, or nothing. */
      tiles.read = (name, i) => (name in columns ? columns[name].read(i) : "");
      tiles.placeOf = (id) => columns.id.find(id);
      map.zgParcels = tiles;
      return tiles;
    }));
  };

  /* Signs of the layers around the parcels. */
  const AROUND = {
    roads: { fill: "#dedcd6", line: "#b9b5ab", width: 1, fixed: true },
    // No fill: the colour of the parcel below has to stay what the legend says.
    green_spaces: { pattern: "dots", ink: "#0f5a12", line: "#0f5a12", width: 1.4, fixed: true },
    boundary: { line: "#1c2429", width: 2.6, dash: [14, 4, 3, 4], fixed: true },
  };

  ZoneGIS.addShapes = function (map, blockId, name) {
    return waitFor(map, ZoneGIS.readPacked(blockId).then((content) => {
      const shapes = new ZoneGIS.Shapes(content.shapes);
      const sign = Object.assign({}, AROUND[name]);
      if (shapes.hasLines) sign.width = Math.max(sign.width, 2.5);
      const tiles = new ZoneGIS.ShapeTiles(shapes, [sign], { pane: "zg-" + name });
      tiles.sign = sign;
      map.zgAround = map.zgAround || {};
      map.zgAround[name] = tiles;
      return tiles;
    }));
  };
})();
