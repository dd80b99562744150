import type { ReactNode } from "react";
import { toApiError } from "@/api";
import { DetailFrame } from "@/components/detail-frame";
import type { Crumb } from "@/components/page";
import { ErrorState } from "@/components/states";
import { SkeletonRows } from "@/components/ui/skeleton";

/** What of a query is looked at; `useQuery` and `useInfiniteQuery` have it all. */
export interface Question<Data> {
  data: Data | undefined;
  error: unknown;
  isError: boolean;
  refetch: () => unknown;
}

/** The error of a query with a retry button; nothing without an error. */
export function Failure({ question }: { question: Question<unknown> }) {
  return question.isError && <ErrorState error={toApiError(question.error)} retry={() => void question.refetch()} />;
}

interface AnsweredProps<Data> {
  question: Question<Data>;
  /** What stands there until the answer is. */
  sketch?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** What a query brought; a sketch until it has, and the failure where it failed. */
export function Answered<Data>({ question, sketch = <SkeletonRows />, children }: AnsweredProps<Data>) {
  if (question.isError) return <Failure question={question} />;
  return question.data === undefined ? sketch : children(question.data);
}

interface AnsweredPageProps<Data> {
  question: Question<Data>;
  unnamed: string;
  crumbs: readonly Crumb[];
  children: (data: Data) => ReactNode;
}

/** The same as a page of one thing. */
export function AnsweredPage<Data>({ question, ...rest }: AnsweredPageProps<Data>) {
  return (
    <DetailFrame
      data={question.data}
      error={question.isError ? toApiError(question.error) : null}
      retry={() => void question.refetch()}
      {...rest}
    />
  );
}
