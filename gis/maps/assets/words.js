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
  function number(value, digits) {
    const [whole, part] = value.toFixed(digits).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? "." + part : "");
  }
  function squareMetres(value) {
    return number(value, 2) + " m²";
  }
  function withMu(value) {
    return squareMetres(value) + " · " + number((value * 15) / 10000, 2) + " " + word("mu");
  }
  /* A ratio in per cent; more digits where rounding would hide on which side of the floor it is. */
  function percent(value, against) {
    const text = number(value * 100, 2);
    const hides = typeof against === "number" && value !== against && text === number(against * 100, 2);
    return (hides ? number(value * 100, 4) : text) + " %";
  }

  ZoneGIS.words = { byId, make, said, word, number, squareMetres, withMu, percent };
})();
