import { createFileRoute } from "@tanstack/react-router";
import { SettingsPage, settingsQuery } from "@/features/settings";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/settings")({
  loader: ({ context }) => load(context, settingsQuery()),
  component: SettingsPage,
});
