"use strict";
// The tree of calls: what each place cost with everything below it, whichever weight is asked for.

class CallTree {
  constructor(data) {
    this.data = data;
    this.root = data.parent.length;
    this.children = Array.from({ length: this.root + 1 }, () => []);
    data.parent.forEach((parent, node) => this.children[this.parentOf(node)].push(node));
    this.hasSleep = data.kind.some((kind) => data.kinds[kind] === "sleep");
    this.sums = new Map();
  }

  parentOf(node) {
    return node === this.root ? -1 : this.data.parent[node] < 0 ? this.root : this.data.parent[node];
  }

  kind(node) {
    return node === this.root ? "root" : this.data.kinds[this.data.kind[node]];
  }

  name(node) {
    if (node === this.root) return "whole run";
    const name = this.data.names[this.data.name[node]];
    return this.kind(node) === "sleep" ? "asleep" : this.kind(node) === "other" ? "in no function" : name;
  }

  file(node) {
    return node === this.root ? "" : this.data.files[this.data.file[node]];
  }

  self(node, weight) {
    return node === this.root ? 0 : this.data[weight][node];
  }

  inclusive(weight, hasSleep) {
    const key = `${weight} ${hasSleep}`;
    if (!this.sums.has(key)) this.sums.set(key, this.summed(weight, hasSleep));
    return this.sums.get(key);
  }

  summed(weight, hasSleep) {
    const sums = new Float64Array(this.root + 1);
    for (let node = this.root - 1; node >= 0; node -= 1) { // callees come after their callers
      const isLeftOut = !hasSleep && this.kind(node) === "sleep";
      if (!isLeftOut) sums[node] += this.data[weight][node];
      sums[this.parentOf(node)] += sums[node];
    }
    return sums;
  }

  path(node) {
    const path = [];
    for (let each = node; each >= 0; each = this.parentOf(each)) path.unshift(each);
    return path;
  }

  matches(node, words) {
    return node !== this.root && `${this.name(node)} ${this.file(node)}`.toLowerCase().includes(words);
  }
}
