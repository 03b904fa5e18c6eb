/** The data of every job in every system: about a hundred bytes of JSON. */
export function payload(n) {
  return { n, to: `user-${n}@example.com`, template: "welcome", locale: "en", tags: ["a", "b"], price: 12.5 };
}
