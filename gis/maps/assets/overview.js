/* Parcels too small to trace, as pixels. Two modes, which the legend names:
   "mean": each pixel has the mean colour of the land in it, by area: no class looks larger than it is.
   "worst": the most important class wins the pixel, so that no idle parcel is lost; it overstates.
   Parcels wider than a few pixels among the small ones are traced all the same. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
  const TRACED_FROM = 8; // pixels
  const NOBODY = 255;
  let sums = new Float32Array(0);
  let winners = new Uint8Array(0);

  function colour(sign) {
    const hex = sign.fill || sign.ink || "#000000";
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  /* Share each small shape out to the pixels its box covers, by the area of the shape. */
  function addMean(side, signs) {
    const colours = signs.map(colour);
    if (sums.length < 4 * side * side) sums = new Float32Array(4 * side * side);
    sums.fill(0);
    return (code, x0, y0, x1, y1, area) => {
      const [red, green, blue] = colours[code];
      const share = area / Math.max(1e-12, (x1 - x0) * (y1 - y0));
      const c1 = Math.min(side - 1, Math.floor(x1)), r1 = Math.min(side - 1, Math.floor(y1));
      for (let r = Math.max(0, Math.floor(y0)); r <= r1; r++) {
        const high = (Math.min(y1, r + 1) - Math.max(y0, r)) * share;
        for (let c = Math.max(0, Math.floor(x0)); c <= c1; c++) {
          const weight = high * (Math.min(x1, c + 1) - Math.max(x0, c));
          const at = 4 * (r * side + c);
          sums[at] += weight * red;
          sums[at + 1] += weight * green;
          sums[at + 2] += weight * blue;
          sums[at + 3] += weight;
        }
      }
    };
  }

  function paintMean(pixels, side) {
    for (let at = 0; at < 4 * side * side; at += 4) {
      const weight = sums[at + 3];
      if (!weight) continue;
      pixels[at] = sums[at] / weight + 0.5;
      pixels[at + 1] = sums[at + 1] / weight + 0.5;
      pixels[at + 2] = sums[at + 2] / weight + 0.5;
      pixels[at + 3] = Math.min(1, weight) * 255 + 0.5;
    }
  }

  /* The first class of the legend matters most: the least code wins. */
  function addWorst(side) {
    if (winners.length < side * side) winners = new Uint8Array(side * side);
    winners.fill(NOBODY);
    return (code, x0, y0, x1, y1) => {
      const middle = (low, high) => Math.floor((low + high) / 2);
      const wide = (low, high) => (high - low < 1 ? [middle(low, high), middle(low, high)] : [Math.floor(low + 0.5), Math.floor(high - 0.5)]);
      const [c0, c1] = wide(x0, x1), [r0, r1] = wide(y0, y1);
      for (let r = Math.max(0, r0); r <= Math.min(side - 1, r1); r++) {
        for (let c = Math.max(0, c0); c <= Math.min(side - 1, c1); c++) {
          const at = r * side + c;
          if (code < winners[at]) winners[at] = code;
        }
      }
    };
  }

  function paintWorst(pixels, side, signs) {
    const colours = signs.map(colour);
    for (let at = 0; at < side * side; at++) {
      if (winners[at] === NOBODY) continue;
      const [red, green, blue] = colours[winners[at]];
      pixels[4 * at] = red;
      pixels[4 * at + 1] = green;
      pixels[4 * at + 2] = blue;
      pixels[4 * at + 3] = 255;
    }
  }

  /* Draw a tile's small shapes into its canvas; returns the shapes that are large enough to trace. */
  ZoneGIS.drawOverview = function (context, tiles, projection, ratio, mode) {
    const { shapes, codes, signs } = tiles;
    const side = context.canvas.width;
    const isMean = mode !== "worst";
    const add = isMean ? addMean(side, signs) : addWorst(side);
    const perUnit = projection.kx * projection.ky * ratio * ratio; // pixels of the screen in a square unit
    const traced = [];
    const [west, south, east, north] = projection.reach;
    let drawn = 0;
    shapes.each(west, south, east, north, (i) => {
      if (!tiles.shows(i)) return;
      const b = 4 * i;
      const x0 = projection.x(shapes.box[b]) * ratio, x1 = projection.x(shapes.box[b + 2]) * ratio;
      const y0 = projection.y(shapes.box[b + 3]) * ratio, y1 = projection.y(shapes.box[b + 1]) * ratio;
      if (x1 - x0 > TRACED_FROM || y1 - y0 > TRACED_FROM) traced.push(i);
      else {
        add(codes[i], x0, y0, x1, y1, shapes.area[i] * perUnit);
        drawn++;
      }
    });
    if (drawn) {
      const image = context.createImageData(side, side);
      if (isMean) paintMean(image.data, side);
      else paintWorst(image.data, side, signs);
      context.putImageData(image, 0, 0);
    }
    return traced;
  };
})();
