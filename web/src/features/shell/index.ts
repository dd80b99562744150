export { AwayNotice } from "./away";
export { NotFound, RouteError } from "./faces";
export { keepPageWhileAway } from "./parts";
export { Shell } from "./shell";
