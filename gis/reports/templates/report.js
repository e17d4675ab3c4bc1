// The page is complete without this: it only sorts and filters long tables.
(function () {
  "use strict";
  var words = document.getElementById("words").dataset;
  function key(row, column) {
    var cell = row.cells[column];
    return cell.dataset.sort !== undefined ? cell.dataset.sort : cell.textContent;
  }
  function compare(a, b) {
    var x = Number(a), y = Number(b);
    return a !== "" && b !== "" && !isNaN(x) && !isNaN(y) ? x - y : a.localeCompare(b);
  }
  document.querySelectorAll("table.long").forEach(function (table) {
    var body = table.tBodies[0];
    var rows = Array.prototype.filter.call(body.rows, function (row) { return !row.classList.contains("total"); });
    var total = body.querySelector("tr.total");
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      // No button element: Chromium leaves those out of heads that it repeats on printed pages.
      var button = document.createElement("span");
      button.setAttribute("role", "button");
      button.tabIndex = 0;
      button.textContent = head.textContent;
      button.title = words.sort;
      head.textContent = "";
      head.appendChild(button);
      function sort() {
        var up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        rows.sort(function (a, b) { return (up ? 1 : -1) * compare(key(a, column), key(b, column)); });
        rows.forEach(function (row) { body.insertBefore(row, total); });
      }
      button.addEventListener("click", sort);
      button.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
    var box = document.createElement("label");
    var input = document.createElement("input");
    var count = document.createElement("output");
    box.className = "filter";
    box.textContent = words.filter;
    input.type = "search";
    box.appendChild(input);
    box.appendChild(count);
    table.parentNode.insertBefore(box, table);
    input.addEventListener("input", function () {
      var wanted = input.value.trim().toLowerCase(), found = 0;
      rows.forEach(function (row) {
        var fits = row.textContent.toLowerCase().indexOf(wanted) >= 0;
        row.hidden = !fits;
        found += fits ? 1 : 0;
      });
      count.textContent = wanted ? words.found.replace("#", found) : "";
    });
  });
})();
