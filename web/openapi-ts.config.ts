import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "./openapi.json",
  output: { path: process.env.CLIENT_FOLDER ?? "src/api/generated" },
  plugins: [
    { name: "@hey-api/client-fetch", throwOnError: true }, // an operation returns its result or throws an ApiError
    "@hey-api/typescript",
    "@hey-api/sdk",
    "@tanstack/react-query",
  ],
});
