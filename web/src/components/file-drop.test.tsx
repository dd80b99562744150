import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { FileDrop } from "./file-drop";
import { Field } from "./ui/field";

function Held({ largest, isText }: { largest?: number; isText?: boolean }) {
  const [text, setText] = useState("");
  return (
    <Field label="Request">
      <FileDrop value={text} onChange={setText} {...(largest && { largest })} {...(isText && { isText })} />
    </Field>
  );
}

const field = () => screen.getByLabelText("Request");
const chooser = () => screen.getByLabelText("Choose file");
const DER = new Uint8Array([0x30, 0x82, 0x00, 0xff]);

test("what is typed, and a file of text, stand as they are", async () => {
  await show(<Held />);
  await userEvent.type(field(), "typed");
  expect(field()).toHaveValue("typed");
  await userEvent.upload(chooser(), new File(["-----BEGIN X-----\n"], "a.csr"));
  await waitFor(() => expect(field()).toHaveValue("-----BEGIN X-----\n"));
});

test("a binary file becomes base64, also when it is dropped; as text where text is meant", async () => {
  const { unmount } = await show(<Held />);
  fireEvent.drop(field(), { dataTransfer: { files: [new File([DER], "a.der")] } });
  await waitFor(() => expect(field()).toHaveValue("MIIA/w=="));
  unmount();
  await show(<Held isText />);
  await userEvent.upload(chooser(), new File(["Zürich"], "index.txt"));
  await waitFor(() => expect(field()).toHaveValue("Zürich"));
});

test("a file that is too large is refused, and what was there stays", async () => {
  await show(<Held largest={1024 * 1024} />);
  await userEvent.type(field(), "kept");
  await userEvent.upload(chooser(), new File([new Uint8Array(1024 * 1024 + 1)], "large.bin"));
  expect(await screen.findByText(/At most 1 MB are accepted/)).toBeVisible();
  expect(field()).toHaveValue("kept");
});
