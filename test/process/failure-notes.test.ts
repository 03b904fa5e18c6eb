import { describe, expect, test } from "bun:test";
import { FailureNotes, MOST_UNTOLD, NOTES_BYTES, type Noted } from "../../src/process/failure-notes.ts";

const START = 64;

/** What who shares the memory reads. */
function pair(): { written: FailureNotes; read: FailureNotes } {
  const memory = new ArrayBuffer(START + NOTES_BYTES);
  return { written: new FailureNotes(memory, START), read: new FailureNotes(memory, START) };
}

function noted(message: string, stack?: string): Noted {
  const error = { name: "RangeError", message };
  return { outcome: "error", error: stack === undefined ? error : { ...error, stack }, final: false };
}

describe("what a run failed of", () => {
  test("is read as it was noted, of the run of the slot that it was noted of alone", () => {
    const { written, read } = pair();
    const note = { ...noted("ü 😀 \n", "a stack"), outcome: "timeout", final: true } as const;
    written.write(7, 3, note);
    expect(read.read(7, 3)).toEqual(note);
    expect([read.read(7, 2), read.read(6, 3)]).toEqual([undefined, undefined]);
  });

  test("gives way to what others failed of only after far more than are ever untold", () => {
    const { written, read } = pair();
    for (let slot = 0; slot < 1_000; slot++) written.write(slot, 1, noted(`message ${slot}`));
    expect(read.read(0, 1)).toBeUndefined();
    for (let slot = 1_000 - 2 * MOST_UNTOLD; slot < 1_000; slot++) {
      expect(read.read(slot, 1)?.error.message).toBe(`message ${slot}`);
    }
  });

  test.each(["{", "null", "{}", `{"outcome":"done","error":{"name":"E","message":"m"},"final":false}`])(
    "is not known where user code has written over the memory: %s",
    (rubbish) => {
      const memory = new ArrayBuffer(START + NOTES_BYTES);
      const notes = new FailureNotes(memory, START);
      notes.write(7, 3, noted("message"));
      const [, , length = 0] = new Int32Array(memory, START);
      new TextEncoder().encodeInto(rubbish.padEnd(length), new Uint8Array(memory, START + 12));
      expect(notes.read(7, 3)).toBeUndefined();
    },
  );

  test("is shortened where it has no room, whatever its characters", () => {
    const { written, read } = pair();
    for (const [slot, character] of ["x", "😀", "\u0000"].entries()) {
      written.write(slot, 1, noted(character.repeat(4_000), character.repeat(16_000)));
      const { message, stack } = read.read(slot, 1)?.error ?? { message: "" };
      expect(character.repeat(4_000).startsWith(message)).toBe(true);
      expect(message.length).toBeGreaterThan(100);
      expect(character.repeat(16_000).startsWith(stack ?? "nothing")).toBe(true);
    }
  });
});
