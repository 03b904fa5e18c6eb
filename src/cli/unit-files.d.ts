/** Unit files are embedded as text. */
declare module "*.service" {
  const text: string;
  export default text;
}
