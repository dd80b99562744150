import { client } from "./generated/client.gen";

interface OpenApi {
  components: { schemas: Record<string, unknown> };
}

/** The JSON Schema of a body by its name in the server's own description of itself. */
export async function schemaOf(name: string, signal: AbortSignal): Promise<unknown> {
  const { data } = await client.get<OpenApi, unknown, true>({ url: "/openapi.json", signal, throwOnError: true });
  return (data as OpenApi).components.schemas[name];
}
