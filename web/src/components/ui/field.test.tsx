import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { show } from "../../../tests/show";
import { Checkbox, Field, Input, Select, Textarea, Tick } from "./field";

test("label, help and error belong to the control", async () => {
  const { unmount } = await show(
    <Field label="Name" help="As people call it." optional="optional">
      <Input />
    </Field>,
  );
  expect(screen.getByLabelText(/^Name/)).toHaveAccessibleDescription("As people call it.");
  expect(screen.getByLabelText(/^Name/)).not.toHaveAttribute("aria-invalid");
  unmount();
  await show(
    <Field label="Name" help="As people call it." error="Give it a name.">
      <Input />
    </Field>,
  );
  const field = screen.getByLabelText("Name");
  expect(field).toHaveAccessibleDescription("Give it a name.");
  expect(field).toBeInvalid();
});

test("nothing that is typed is corrected or remembered by the browser", async () => {
  await show(
    <Field label="Secret">
      <Input />
    </Field>,
  );
  expect(screen.getByLabelText("Secret")).toHaveAttribute("autocomplete", "off");
  expect(screen.getByLabelText("Secret")).toHaveAttribute("spellcheck", "false");
});

test("texts and choices take a label as well", async () => {
  await show(
    <>
      <Field label="Reason">
        <Textarea />
      </Field>
      <Field label="Role">
        <Select>
          <option value="a">Auditor</option>
          <option value="b">Operator</option>
        </Select>
      </Field>
    </>,
  );
  await userEvent.type(screen.getByLabelText("Reason"), "lost");
  await userEvent.selectOptions(screen.getByLabelText("Role"), "Operator");
  expect(screen.getByLabelText("Reason")).toHaveValue("lost");
  expect(screen.getByLabelText("Role")).toHaveValue("b");
});

test("a box is ticked by its words", async () => {
  await show(
    <>
      <Tick label="Also the keys" defaultChecked={false} />
      <Checkbox aria-label="Select row" defaultChecked />
    </>,
  );
  await userEvent.click(screen.getByText("Also the keys"));
  expect(screen.getByLabelText("Also the keys")).toBeChecked();
  expect(screen.getByLabelText("Select row")).toBeChecked();
});
