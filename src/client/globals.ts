/**
 * What a function that runs in a worker finds by itself: the globals of the language and of Bun, whatever the pusher runs
 * on. Without those of a browser's window, which no job can mean.
 */
export const GLOBALS: ReadonlySet<string> = new Set(
  `
  AbortController AbortSignal AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array
  BigUint64Array Blob Boolean BroadcastChannel Buffer BuildError BuildMessage Bun ByteLengthQueuingStrategy
  CloseEvent CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DataView Date
  DecompressionStream DisposableStack Error ErrorEvent EvalError Event EventTarget File FinalizationRegistry
  Float16Array Float32Array Float64Array FormData Function HTMLRewriter Headers Infinity Int16Array Int32Array
  Int8Array Intl Iterator JSON Map Math MessageChannel MessageEvent MessagePort NaN Number Object Performance
  PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
  PerformanceResourceTiming PerformanceServerTiming PerformanceTiming Promise Proxy RangeError
  ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest
  ReadableStreamDefaultController ReadableStreamDefaultReader ReferenceError Reflect RegExp Request ResolveError
  ResolveMessage Response Set ShadowRealm SharedArrayBuffer String SubtleCrypto SuppressedError Symbol SyntaxError
  Temporal TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
  TransformStreamDefaultController TypeError URIError URL URLPattern URLSearchParams Uint16Array Uint32Array
  Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly WebSocket Worker WritableStream
  WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearImmediate clearInterval clearTimeout
  console crypto decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval fetch global globalThis
  isFinite isNaN navigator parseFloat parseInt performance process queueMicrotask reportError setImmediate
  setInterval setTimeout structuredClone undefined unescape
`
    .trim()
    .split(/\s+/),
);
