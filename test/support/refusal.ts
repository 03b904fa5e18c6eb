/** The reason why a promise rejects. Throws when it does not. */
export async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  const nothing = Symbol("nothing");
  const reason: unknown = await promise.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (reason === nothing) throw new Error("the promise was kept; a refusal was expected");
  return reason;
}
