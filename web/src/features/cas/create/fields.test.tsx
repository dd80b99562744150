import { zodResolver } from "@hookform/resolvers/zod";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm } from "react-hook-form";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startI18n } from "@/lib/i18n";
import { CaFields } from "./fields";
import { type CaForm, EMPTY, schema } from "./form";

vi.mock("../queries", () => ({
  useCas: () => ({ data: { items: [{ id: "p1", name: "Root CA", state: "active", path_length: null }] } }),
  useBackends: () => ({ data: { items: [] } }),
}));

function Form({ onSend }: { onSend: (values: CaForm) => void }) {
  const form = useForm<CaForm>({ resolver: zodResolver(schema), defaultValues: { ...EMPTY, name: "Edge CA" } });
  return (
    <FormProvider {...form}>
      <form onSubmit={form.handleSubmit(onSend)} noValidate>
        <CaFields />
        <button type="submit">Send</button>
      </form>
    </FormProvider>
  );
}

beforeEach(startI18n);
afterEach(cleanup);

test("policies are asked of whom another certifies, and refused by their form", async () => {
  const sent = vi.fn();
  render(<Form onSend={sent} />);
  const send = () => userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(screen.queryByLabelText(/^Certificate policies/)).toBeNull();
  await userEvent.selectOptions(screen.getByLabelText("Parent CA"), "Root CA");
  const policies = screen.getByLabelText(/^Certificate policies/);
  await userEvent.type(policies, "our rules");
  await send();
  expect(policies).toHaveAccessibleDescription(/^Enter one per line: an OID/);
  expect(sent).not.toHaveBeenCalled();
  await userEvent.clear(policies);
  await userEvent.type(policies, "2.999.1 https://example.com/cps");
  await send();
  expect(sent.mock.calls[0]?.[0]).toMatchObject({ parent: "p1", policies: "2.999.1 https://example.com/cps" });
});
