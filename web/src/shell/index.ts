export { AwayNotice } from "./away";
export { NotFound, RouteError } from "./faces";
export { LeaveQuestion } from "./leave";
export { keepPageWhileAway } from "./parts";
export { Shell } from "./shell";
