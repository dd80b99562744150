import { createFileRoute } from "@tanstack/react-router";
import { NotFound } from "@/shell";

/** Addresses without a page: inside the frame, so that a user can go on. */
export const Route = createFileRoute("/_app/$")({ component: NotFound });
