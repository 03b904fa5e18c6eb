/** Scripts are source files of their own; the bundler and Bun embed their text. */
declare module "*.lua" {
  const text: string;
  export default text;
}
