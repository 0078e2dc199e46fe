"use strict";
// Axes of charts: round ticks with units, and SVG elements.

function svgElement(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function roundStep(span, count) {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((each) => each * power >= rough * 0.999);
}

function ticks(low, high, count) {
  const step = roundStep(high - low, count);
  const first = Math.ceil(low / step - 1e-6);
  const last = Math.floor(high / step + 1e-6);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => (first + place) * step);
}

// All ticks of an axis in one unit, with as many digits as their distance needs.
function tickWords(values, unit) {
  const largest = Math.max(...values.map(Math.abs), 1e-12);
  const [scale, prefix] = prefixOf(largest, 3);
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : largest;
  const decimals = Math.min(9, Math.max(0, Math.ceil(-Math.log10(step / scale) - 1e-6)));
  return values.map((value) => (value === 0 ? `0 ${unit}` : `${(value / scale).toFixed(decimals)} ${prefix}${unit}`));
}

function byteTicks(high, count) {
  const step = 2 ** Math.ceil(Math.log2(Math.max(high / count, 1)));
  return Array.from({ length: Math.floor(high / step) + 1 }, (_, place) => place * step);
}

function logTicks(low, high) {
  const values = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-6); 10 ** power <= high * 1.001; power += 1) values.push(10 ** power);
  return values;
}

// The place of the last value that is not after `wanted`; -1: all are after it.
function placeBefore(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
