import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { useForm } from "react-hook-form";
import { expect, test, vi } from "vitest";
import { ApiError, api } from "@/api";
import { Toaster } from "@/components/ui/toast";
import { startI18n } from "@/lib/i18n";
import { useChange } from "./change";
import { useSubmit } from "./submit";

const refusal = (field: string) =>
  new ApiError(422, "validation_failed", "Invalid", "The name is in use.", [
    { field, rule: "taken", message: "is in use" },
  ]);

function withClient() {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return { client, wrapper };
}

test("a change reads its kinds again, says that it is done, and hands on what was returned", async () => {
  await startI18n();
  const { client, wrapper } = withClient();
  const [tokens, profiles] = [api.listTokensQueryKey(), api.listProfilesQueryKey()];
  for (const key of [tokens, profiles]) client.setQueryData(key, { items: [] } as never);
  const onDone = vi.fn();
  const send = vi.fn(async (name: string) => ({ data: { name } }));
  const message = ({ name }: { name: string }) => `Token ${name} created`;
  const { result } = renderHook(() => useChange({ send, changes: ["token"], message, onDone }), { wrapper });
  render(<Toaster />);
  await act(() => result.current.mutateAsync("build"));
  expect(client.getQueryState(tokens)?.isInvalidated).toBe(true);
  expect(client.getQueryState(profiles)?.isInvalidated).toBe(false);
  expect(screen.getByText("Token build created")).toBeVisible();
  expect(onDone).toHaveBeenCalledWith({ name: "build" }, "build");
});

test("a change that fails refreshes nothing, and its failure is there to be shown, or is a toast", async () => {
  await startI18n();
  const { client, wrapper } = withClient();
  client.setQueryData(api.listTokensQueryKey(), { items: [] } as never);
  const onDone = vi.fn();
  const send = () => Promise.reject(refusal("name"));
  const options = { send, changes: ["token"], onDone } as const;
  const shown = renderHook(() => useChange(options), { wrapper });
  const said = renderHook(() => useChange({ ...options, isFailureToast: true }), { wrapper });
  render(<Toaster />);
  act(() => shown.result.current.mutate());
  await waitFor(() => expect(shown.result.current.failure?.code).toBe("validation_failed"));
  expect(screen.queryByText("The name is in use.")).toBeNull();
  act(() => said.result.current.mutate());
  expect(await screen.findByText("The name is in use.")).toBeVisible();
  expect(client.getQueryState(api.listTokensQueryKey())?.isInvalidated).toBe(false);
  expect(onDone).not.toHaveBeenCalled();
});

function useNameForm(send: (name: string) => Promise<{ data: unknown }>, onRefused?: (failure: ApiError) => boolean) {
  const form = useForm({ defaultValues: { name: "x" } });
  form.register("name");
  const { errors } = form.formState;
  const change = useChange({ send });
  const inputOf = ({ name }: { name: string }) => name || undefined;
  return { form, errors, ...useSubmit(form, { change, fields: ["name"], inputOf, ...(onRefused && { onRefused }) }) };
}

test("a form shows what the server refuses at the field that it names, and the rest apart", async () => {
  const { wrapper } = withClient();
  const send = vi.fn<() => Promise<{ data: unknown }>>();
  const { result } = renderHook(() => useNameForm(send), { wrapper });
  send.mockRejectedValueOnce(refusal("name"));
  await act(() => result.current.submit());
  expect(result.current.errors.name?.message).toBe("is in use");
  expect(result.current.failure).toBeNull();
  send.mockRejectedValueOnce(refusal("elsewhere"));
  await act(() => result.current.submit());
  expect(result.current.failure?.code).toBe("validation_failed");
});

test("a form that is not complete sends nothing, and one that knows an error shows it itself", async () => {
  const { wrapper } = withClient();
  const send = vi.fn(() => Promise.reject(refusal("elsewhere")));
  const { result } = renderHook(() => useNameForm(send, ({ code }) => code === "validation_failed"), { wrapper });
  act(() => result.current.form.setValue("name", ""));
  await act(() => result.current.submit());
  expect(send).not.toHaveBeenCalled();
  act(() => result.current.form.setValue("name", "build"));
  await act(() => result.current.submit());
  expect(send).toHaveBeenCalledOnce();
  expect(result.current.failure).toBeNull();
});
