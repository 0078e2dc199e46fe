"use strict";
// Tables: sorted by any column, searched by name, long ones cut until asked for, rows that open.

const ROWS_AT_FIRST = 25;

class SortedTable {
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.isCut = this.rows.length > ROWS_AT_FIRST + 5 && table.hasAttribute("data-searchable");
    this.words = "";
    this.addSortButtons();
    this.addSearch();
    this.addShowAll();
    this.show();
    this.body.addEventListener("click", (event) => this.opened(event));
  }

  addSortButtons() {
    [...this.table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = element("button", { type: "button", class: "sort" }, heading.textContent);
      heading.replaceChildren(button);
      button.addEventListener("click", () => this.sortBy(column));
    });
  }

  sortBy(column) {
    const headings = [...this.table.tHead.rows[0].cells];
    const isNumber = this.rows.some((row) => row.cells[column].dataset.v !== undefined);
    const was = headings[column].getAttribute("aria-sort");
    const isUp = was ? was === "descending" : !isNumber; // the dearest first
    headings.forEach((each) => each.removeAttribute("aria-sort"));
    headings[column].setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const key = isNumber
      ? (row) => Number(row.cells[column].dataset.v ?? -1)
      : (row) => row.cells[column].textContent.toLowerCase();
    const keys = new Map(this.rows.map((row) => [row, key(row)]));
    this.rows.sort((a, b) => {
      const [first, second] = [keys.get(a), keys.get(b)];
      return (first < second ? -1 : first > second ? 1 : 0) * (isUp ? 1 : -1);
    });
    this.show();
  }

  addSearch() {
    const input = document.querySelector(`[data-filter="${this.table.id}"]`);
    this.count = document.querySelector(`[data-count="${this.table.id}"]`);
    if (!input) return;
    input.addEventListener("input", () => {
      this.words = input.value.trim().toLowerCase();
      this.show();
    });
  }

  addShowAll() {
    if (!this.isCut) return;
    this.more = element("button", { type: "button", class: "show-all" }, `Show all ${grouped(this.rows.length)} rows`);
    this.table.after(this.more);
    this.more.addEventListener("click", () => {
      this.isCut = false;
      this.show();
    });
  }

  show() {
    const found = this.words
      ? this.rows.filter((row) => `${row.cells[0].title} ${row.cells[0].textContent}`.toLowerCase().includes(this.words))
      : this.rows;
    const shown = this.isCut && !this.words ? found.slice(0, ROWS_AT_FIRST) : found;
    this.body.replaceChildren(...shown);
    this.body.querySelectorAll("[aria-expanded=true]").forEach((each) => each.setAttribute("aria-expanded", "false"));
    if (this.more) this.more.hidden = !this.isCut || Boolean(this.words);
    if (this.count) this.count.textContent = this.words ? `${grouped(found.length)} of ${grouped(this.rows.length)}` : "";
  }

  opened(event) {
    const button = event.target.closest(".open");
    if (!button) return;
    const row = button.closest("tr");
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) row.nextElementSibling.remove();
    else row.after(this.details(Number(button.dataset.details), row.cells.length));
  }

  details(index, columns) {
    const row = element("tr", { class: "details" });
    const cell = element("td", { colspan: columns });
    const list = element("ul");
    const reasons = DATA.functions[index];
    const whole = reasons.reduce((sum, [, cycles]) => sum + cycles, 0);
    for (const [name, cycles] of reasons) {
      const text = `${name.replaceAll("_", "-")} ${grouped(cycles)} cycles, ${percent(whole ? cycles / whole : 0)}`;
      list.append(element("li", { class: `key ${DATA.reasons[name] ?? "reason-7"}` }, text));
    }
    cell.append(list);
    row.append(cell);
    return row;
  }
}

document.querySelectorAll("table[data-sortable]").forEach((table) => new SortedTable(table));
