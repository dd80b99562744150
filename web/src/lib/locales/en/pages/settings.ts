export const settings = {
  title: "Settings",
  purpose:
    "What this installation was started with. They stand in its file and its environment, and are checked before it starts.",
  name: "Setting",
  value: "Value",
  meaning: "Meaning",
  source: "Source",
  sources: { default: "Default", file: "File", environment: "Environment" },
  standard: "Default: {{value}}",
  empty: "not set",
};
