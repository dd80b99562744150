import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

export interface Looks {
  theme: Theme;
  density: Density;
}

const KEY = "pkim.looks";
const DEFAULT: Looks = { theme: "system", density: "comfortable" };
const listeners = new Set<() => void>();
const prefersDark = () => window.matchMedia("(prefers-color-scheme: dark)");
let looks: Looks = DEFAULT;

/** Applies the theme that the user chose last, and follows the system if they chose that. */
export function startLooks(): void {
  try {
    looks = { ...DEFAULT, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    looks = DEFAULT;
  }
  prefersDark().addEventListener("change", apply);
  apply();
}

export function setLooks(changed: Partial<Looks>): void {
  looks = { ...looks, ...changed };
  localStorage.setItem(KEY, JSON.stringify(looks));
  apply();
  for (const listener of listeners) listener();
}

export function useLooks(): Looks {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => looks,
  );
}

function apply(): void {
  const isDark = looks.theme === "dark" || (looks.theme === "system" && prefersDark().matches);
  document.documentElement.classList.toggle("dark", isDark);
  document.documentElement.classList.toggle("compact", looks.density === "compact");
}
