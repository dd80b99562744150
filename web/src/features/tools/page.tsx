import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FileDrop } from "@/components/file-drop";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Tabs } from "@/components/ui/tabs";
import { addPageTexts } from "@/lib/i18n";
import { tools } from "@/lib/locales/en/pages/tools";
import { useDecode, useLint } from "./mutations";
import { CompareForm } from "./parts/compare";
import { DecodedView } from "./parts/decoded";
import { LintView } from "./parts/lint";
import { VerifyForm } from "./parts/verify";
import type { Tool } from "./search";

addPageTexts({ tools });

interface ToolsPageProps {
  tool: Tool;
  onTool: (tool: Tool) => void;
}

/** Tools for any object. The server stores nothing. */
export function ToolsPage({ tool, onTool }: ToolsPageProps) {
  const { t } = useTranslation();
  return (
    <Page title={t("tools.title")} purpose={t("tools.purpose")}>
      <Tabs
        label={t("tools.title")}
        value={tool}
        onChange={onTool}
        tabs={[
          { value: "decode", label: t("tools.decode"), content: <DecodeForm /> },
          { value: "lint", label: t("tools.lint"), content: <LintForm /> },
          { value: "verify", label: t("tools.verify"), content: <VerifyForm /> },
          { value: "compare", label: t("tools.compare"), content: <CompareForm /> },
        ]}
      />
    </Page>
  );
}

function DecodeForm() {
  const { t } = useTranslation();
  const [data, setData] = useState("");
  const [password, setPassword] = useState("");
  const decode = useDecode();
  const run = () => decode.mutate({ data, ...(password && { password }) });
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Field label={t("tools.data")} help={t("tools.dataHelp")}>
        <FileDrop value={data} onChange={setData} />
      </Field>
      <Field
        label={t("tools.password")}
        optional={t("common.optional")}
        help={t("tools.passwordHelp")}
        className="max-w-xs"
      >
        <Input
          type="password"
          autoComplete="off"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <div>
        <Button variant="primary" disabled={data.trim() === ""} busy={decode.isPending} onClick={run}>
          {t("tools.decode")}
        </Button>
      </div>
      <ErrorNotice error={decode.failure} />
      {decode.data?.objects.map((object, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may be equal
        <DecodedView key={index} object={object} />
      ))}
    </div>
  );
}

function LintForm() {
  const { t } = useTranslation();
  const [data, setData] = useState("");
  const lint = useLint();
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Field label={t("tools.lintData")} help={t("tools.lintHelp")}>
        <FileDrop value={data} onChange={setData} />
      </Field>
      <div>
        <Button variant="primary" disabled={data.trim() === ""} busy={lint.isPending} onClick={() => lint.mutate(data)}>
          {t("tools.lint")}
        </Button>
      </div>
      <ErrorNotice error={lint.failure} />
      {lint.data?.objects.map((object, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may be equal
        <LintView key={index} object={object} />
      ))}
    </div>
  );
}
