export { AwayNotice } from "./away";
export { NotFound, PagePending, RouteError } from "./faces";
export { LeaveQuestion } from "./leave";
export { keepPageWhileAway } from "./parts";
export { Shell } from "./shell";
