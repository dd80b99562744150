import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../../../tests/show";
import { useCheck, useDefinitionSchema, useProfile } from "../queries";
import { EditProfilePage } from "./page";

vi.mock("../queries", () => ({
  PROFILE_TO_COPY: "tls-server",
  useCheck: vi.fn(),
  useDefinitionSchema: vi.fn(),
  useProfile: vi.fn(),
  useTrial: () => ({ isAsked: false }),
}));

/** What the server says about a definition without a name. */
function checked(definition: unknown) {
  const fault = { severity: "error", message: "The name is empty.", field: "name", rule: "name" };
  return { isCurrent: definition !== undefined, data: definition && { sound: false, remarks: [fault] } };
}

function editor(edit?: string) {
  const profile = { name: "tls-server", description: "For servers", version: 3, state: "active" };
  vi.mocked(useProfile).mockReturnValue({ data: profile } as unknown as ReturnType<typeof useProfile>);
  vi.mocked(useDefinitionSchema).mockReturnValue({ data: { properties: {} } } as ReturnType<
    typeof useDefinitionSchema
  >);
  vi.mocked(useCheck).mockImplementation((definition) => checked(definition) as ReturnType<typeof useCheck>);
  return show(
    <QueryClientProvider client={new QueryClient()}>
      <EditProfilePage edit={edit} />
    </QueryClientProvider>,
  );
}

test("a new profile opens without an error, and is checked after the first change", async () => {
  await editor();
  expect(screen.getByText("Not checked yet")).toBeVisible();
  expect(screen.queryByText("The name is empty.")).toBeNull();
  await userEvent.type(screen.getByLabelText("Definition, YAML"), "# mail");
  expect(screen.getByText("The name is empty.")).toBeVisible();
});

test("a profile that exists is checked when its editor opens", async () => {
  await editor("tls-server");
  expect(screen.getByText("Invalid")).toBeVisible();
});
