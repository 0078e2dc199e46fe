"use strict";
// Numbers for people, in the same words as mcusim/units.py (the tests compare the two).

const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]];

function prefixOf(value, digits) {
  const limit = 1 - 0.5 * 10 ** -digits;
  return PREFIXES.find(([scale]) => Math.abs(value) >= scale * limit) || PREFIXES[PREFIXES.length - 1];
}

function engineering(value, unit, digits = 3) {
  if (value === 0) return `0 ${unit}`;
  const [scale, prefix] = prefixOf(value, digits);
  const scaled = value / scale;
  const whole = String(Math.trunc(Math.abs(scaled) + 0.5)).length;
  return `${scaled.toFixed(Math.max(0, digits - whole))} ${prefix}${unit}`;
}

function grouped(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

function size(bytes) {
  if (bytes < 10 * 1024) return `${grouped(bytes)} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
}

function percent(ratio) {
  return `${(100 * ratio).toFixed(1)}%`;
}

function signed(text, value) {
  return value > 0 ? `+${text}` : text;
}

const WEIGHT_WORDS = {
  cycles: (value) => `${grouped(value)} cycles`,
  s: (value) => engineering(value, "s"),
  j: (value) => engineering(value, "J"),
};
