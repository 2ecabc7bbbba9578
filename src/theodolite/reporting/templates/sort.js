"use strict";
// Sorts a table by a column when its heading is pressed, by mouse or keyboard.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const values = (index, numeric) => {
    const rank = (text) => {
      if (text === "\u2013") return NaN;
      const plain = text.replace(/[,%]/g, "").replace("\u221e", "Infinity");
      const scale = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[plain.slice(-1)];
      return scale ? Number(plain.slice(0, -1)) * scale : Number(plain);
    };
    return [...body.rows].map((row) => {
      const text = row.cells[index].textContent.trim();
      return { row, key: numeric ? rank(text) : text };
    });
  };
  const collator = new Intl.Collator(undefined, { numeric: true });
  const compare = (a, b) => {
    if (typeof a === "string") return collator.compare(a, b);
    return a === b ? 0 : a - b;
  };
  headings.forEach((heading, index) => {
    const numeric = heading.classList.contains("number");
    heading.querySelector("button").addEventListener("click", () => {
      const before = heading.getAttribute("aria-sort");
      // Best on top first: numbers fall, words rise.
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const order = before === first ? other : first;
      const sign = order === "ascending" ? 1 : -1;
      const missing = (key) => (Number.isNaN(key) ? 1 : 0);
      const rows = values(index, numeric);
      rows.sort((a, b) => missing(a.key) - missing(b.key) || sign * compare(a.key, b.key) || 0);
      body.append(...rows.map((item) => item.row));
      headings.forEach((cell) => cell.setAttribute("aria-sort", "none"));
      heading.setAttribute("aria-sort", order);
    });
  });
}
