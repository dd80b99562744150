import { config } from "zod/mini";

// Before any schema is made: the content security policy forbids the eval that zod would compile its checks with.
config({ jitless: true });
