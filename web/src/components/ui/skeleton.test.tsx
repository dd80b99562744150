import { expect, test } from "vitest";
import { show } from "../../../tests/show";
import { Skeleton, SkeletonRows } from "./skeleton";

test("a place is kept in silence, and a list says that it is on its way", async () => {
  const { container } = await show(
    <>
      <Skeleton className="h-9" />
      <SkeletonRows rows={3} />
    </>,
  );
  expect(container.querySelector(".h-9")).toHaveAttribute("aria-hidden", "true");
  expect(container.querySelectorAll("[aria-busy=true] > div")).toHaveLength(3);
});
