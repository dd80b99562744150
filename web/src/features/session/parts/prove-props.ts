export interface ProveProps {
  /** True once the user has confirmed their identity, false when they cancel. */
  onAnswer: (isProven: boolean) => void;
}
