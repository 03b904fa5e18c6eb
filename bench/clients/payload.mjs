/** The data of every job in every system: about a hundred bytes of JSON, or as many more as are wanted. */
export function payload(n, { bytes, burn } = {}) {
  const data = { n, to: `user-${n}@example.com`, template: "welcome", locale: "en", tags: ["a", "b"], price: 12.5 };
  if (burn !== undefined) data.burn = burn;
  if (bytes !== undefined)
    data.fill = "x".repeat(Math.max(0, bytes - JSON.stringify(data).length - `,"fill":""`.length));
  return data;
}
