import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api";
import { showFaults } from "@/api/form-errors";
import { show } from "../../../../tests/show";
import { fieldsPart, RequestFields, type RequestFieldsForm } from "./request-fields";

const FAULT = { field: "fields.sid", rule: "field.value", message: "must match" };
const sid = { name: "sid", required: true, pattern: "S-1-5-21-*", maximum: 60 };
vi.mock("@/features/profiles", () => ({
  useProfiles: () => ({
    data: {
      items: [
        { name: "plain", extensions: [{ oid: "1.3.6.1.4.1.32473.1", type: "INTEGER", value: "5", field: null }] },
        {
          name: "logon",
          extensions: [
            { oid: "1.3.6.1.4.1.311.25.2", type: "SID", field: sid },
            { oid: "1.3.6.1.4.1.32473.2", type: "UTF8String", field: { name: "asset", pattern: "*", maximum: 200 } },
          ],
        },
      ],
    },
  }),
}));

function Form({ onValues }: { onValues: (values: RequestFieldsForm) => void }) {
  const form = useForm<RequestFieldsForm>({ defaultValues: { profile: "logon", fields: {} } });
  const refuse = () =>
    showFaults(new ApiError(403, "policy_refused", "Refused", "", [FAULT]), form.setError, ["fields"]);
  return (
    <FormProvider {...form}>
      <form onSubmit={form.handleSubmit(onValues)}>
        <RequestFields />
        <button type="submit">send</button>
        <button type="button" onClick={refuse}>
          refuse
        </button>
        <button type="button" onClick={() => form.setValue("profile", "plain")}>
          plain
        </button>
      </form>
    </FormProvider>
  );
}

test("each field of the profile has an input with its rule, and its value is sent", async () => {
  const onValues = vi.fn();
  await show(<Form onValues={onValues} />);
  const input = screen.getByRole("textbox", { name: "sid" });
  expect(input).toHaveAccessibleDescription(/SID.*60.*S-1-5-21-\*/);
  expect(screen.getByRole("textbox", { name: /asset/ })).toHaveAccessibleDescription(/UTF8String/);
  await userEvent.type(input, " S-1-5-21-7 ");
  await userEvent.click(screen.getByText("send"));
  expect(fieldsPart(onValues.mock.calls[0]?.[0].fields)).toEqual({ fields: { sid: "S-1-5-21-7" } });
});

test("the server's message is at its field", async () => {
  await show(<Form onValues={vi.fn()} />);
  await userEvent.click(screen.getByText("refuse"));
  expect(screen.getByRole("textbox", { name: "sid" })).toHaveAccessibleDescription("must match");
});

test("another profile has no such fields, and their values are not sent", async () => {
  const onValues = vi.fn();
  await show(<Form onValues={onValues} />);
  await userEvent.type(screen.getByRole("textbox", { name: "sid" }), "S-1-5-21-7");
  await userEvent.click(screen.getByText("plain"));
  expect(screen.queryByRole("textbox")).toBeNull();
  await userEvent.click(screen.getByText("send"));
  expect(fieldsPart(onValues.mock.calls[0]?.[0].fields ?? {})).toEqual({});
});
