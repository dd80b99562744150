export { Extensions } from "./extensions";
export { IssuancePreview, lintText } from "./issuance-preview";
