"use strict";
// Light or dark: the system's wish, until the reader chooses; remembered where the browser allows it.

const THEME_KEY = "mcusim-theme";

function storedTheme() {
  try {
    return localStorage.getItem(THEME_KEY);
  } catch {
    return null; // storage is blocked: the choice holds for this page only
  }
}

function storeTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // as above
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const label = () => (button.textContent = isDark() ? "Light" : "Dark");
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    storeTheme(theme);
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
}

document.documentElement.classList.add("scripted");
if (["light", "dark"].includes(storedTheme())) document.documentElement.dataset.theme = storedTheme();
document.addEventListener("DOMContentLoaded", setUpTheme);
