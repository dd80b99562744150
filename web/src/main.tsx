import "./lib/arrival";
import "./lib/zod";
import "./styles/app.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { keepPageWhileAway } from "@/shell";
import { startClient, startPresence } from "./api";
import { Toaster } from "./components/ui/toast";
import { startI18n } from "./lib/i18n";
import { createQueryClient } from "./lib/query-client";
import { startLooks } from "./lib/theme";
import { createAppRouter } from "./router";

const root = document.getElementById("root");
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;

async function start(into: HTMLElement): Promise<void> {
  if (nonce) setNonce(nonce); // the style elements that dialogs add while they are open
  startLooks();
  startPresence();
  startClient();
  keepPageWhileAway();
  await startI18n();
  const queryClient = createQueryClient();
  const router = createAppRouter(queryClient);
  createRoot(into).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toaster />
      </QueryClientProvider>
    </StrictMode>,
  );
}

if (root) void start(root);
