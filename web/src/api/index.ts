export {
  type ChangeKind,
  isAffected,
  isChangeKind,
  operationOf,
  refreshAfter,
  refreshAll,
} from "./changes";
export { startClient } from "./client";
export { ApiError, toApiError } from "./errors";
export { showFaults } from "./form-errors";
export type * from "./generated";
export * as api from "./generated/@tanstack/react-query.gen";
export * as rest from "./generated/sdk.gen";
export { followChanges } from "./live";
export { startPresence } from "./presence";
export { isServerAway, lookForServer, onServerBack, suspectAway, watchServer } from "./reach";
export { type RowDefaults, type RowForm, submitRows } from "./rows";
export { schemaOf } from "./schema";
export {
  currentProof,
  forgetProof,
  mayBeSignedIn,
  onProofNeeded,
  onSessionEnd,
  proveBySession,
  proveByToken,
} from "./session";
export { done, WaitingForApproval } from "./waiting";
export { readWholeList, wholeList } from "./whole-list";
