/* Nodes, words and numbers of the page.
   Whatever comes from data is put into the page as text, never as HTML. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
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

  /* ---- amounts: the rule of gis/areas.py. A number is its shortest decimal text; an area is put on the grid of
     whole mm², a ratio on that of 1e-9; then it is converted exactly and rounded half away from zero. ---- */
  const M2_DIGITS = 2, HA_DIGITS = 4, MU_DIGITS = 2, PERCENT_DIGITS = 2, MOST_PERCENT_DIGITS = 7, INDEX_DIGITS = 3;
  const SQUARE_MM = 1000000n, RATIO_GRID = 1000000000n;

  function halfAway(above, below) {
    const size = above < 0n ? -above : above;
    const whole = (2n * size + below) / (2n * below);
    return above < 0n ? -whole : whole;
  }
  /* A number times a whole one, rounded to a whole one. */
  function scaled(value, times) {
    const [digits, power] = String(value).split("e");
    const [whole, part] = digits.split(".");
    const exponent = Number(power || 0) - (part || "").length;
    const above = BigInt(whole + (part || "")) * times * 10n ** BigInt(Math.max(0, exponent));
    return halfAway(above, 10n ** BigInt(Math.max(0, -exponent)));
  }
  /* above / below with so many decimals. */
  function decimals(above, below, digits) {
    const rounded = halfAway(above * 10n ** BigInt(digits), below);
    const text = String(rounded < 0n ? -rounded : rounded).padStart(digits + 1, "0");
    const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
    return (rounded < 0n ? "-" : "") + whole + (digits ? "." + text.slice(-digits) : "");
  }
  function number(value, digits) {
    return decimals(scaled(value, 10n ** BigInt(digits)), 10n ** BigInt(digits), digits);
  }
  function squareMm(value) {
    return Number(scaled(value, SQUARE_MM));
  }
  function m2(value) {
    return decimals(scaled(value, SQUARE_MM), SQUARE_MM, M2_DIGITS);
  }
  function hectares(value) {
    return decimals(scaled(value, SQUARE_MM), SQUARE_MM * 10000n, HA_DIGITS);
  }
  function mu(value) {
    return decimals(scaled(value, SQUARE_MM) * 15n, SQUARE_MM * 10000n, MU_DIGITS);
  }
  function index(value) {
    return number(value, INDEX_DIGITS);
  }
  function squareMetres(value) {
    return m2(value) + " m²";
  }
  function withMu(value) {
    return squareMetres(value) + " · " + mu(value) + " " + word("mu");
  }
  /* A ratio in per cent; more digits where rounding would hide on which side of the floor it is. */
  function percent(value, against) {
    const text = (ratio, digits) => decimals(scaled(ratio, RATIO_GRID) * 100n, RATIO_GRID, digits) + "%";
    let digits = PERCENT_DIGITS;
    if (typeof against === "number" && value !== against) {
      while (digits < MOST_PERCENT_DIGITS && text(value, digits) === text(against, digits)) digits++;
    }
    return text(value, digits);
  }

  ZoneGIS.words = { byId, make, said, word, number, squareMm, m2, hectares, mu, index, squareMetres, withMu, percent };
})();
