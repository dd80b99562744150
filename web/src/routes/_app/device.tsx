import { createFileRoute } from "@tanstack/react-router";
import { DevicePage } from "@/features/device";

export const Route = createFileRoute("/_app/device")({ component: DevicePage });
