export { NotFound, RouteError } from "./faces";
export { Shell } from "./shell";
