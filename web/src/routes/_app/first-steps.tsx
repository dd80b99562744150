import { createFileRoute } from "@tanstack/react-router";
import { FirstStepsPage } from "@/features/first-steps";

export const Route = createFileRoute("/_app/first-steps")({ component: FirstStepsPage });
