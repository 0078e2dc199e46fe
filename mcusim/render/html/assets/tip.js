"use strict";
// The page's data, and the one tooltip that all pictures share.

const DATA = JSON.parse(document.getElementById("data").textContent);
const TIP = document.getElementById("tip");

function showTip(text, x, y) {
  TIP.textContent = text;
  TIP.hidden = false;
  const box = TIP.getBoundingClientRect();
  const left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 8));
  const top = y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18;
  TIP.style.left = `${left}px`;
  TIP.style.top = `${Math.max(4, top)}px`;
}

function hideTip() {
  TIP.hidden = true;
}

function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}
