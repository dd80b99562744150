import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Trans } from "react-i18next";

interface TrustHelpProps {
  text: "enrollment.rootHelp" | "enrollment.recipeTrust";
  children?: ReactNode;
}

/** Where the root certificate and the commands that trust it are. */
export function TrustHelp({ text, children }: TrustHelpProps) {
  return (
    <p className="text-xs text-muted">
      <Trans i18nKey={text} components={{ cas: <Link to="/cas" className="underline" /> }} /> {children}
    </p>
  );
}
