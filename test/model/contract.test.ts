import { MODES, type Opened, describeDriver } from "../driver/contract.ts";
import { hostClock } from "../../src/process/clock.ts";
import { ModelDriver } from "./driver.ts";
import { ModelStore } from "./store.ts";

for (const mode of MODES) {
  describeDriver("the model", openModel({ grants: false }), mode);
  describeDriver("the model whose waits take jobs", openModel({ grants: true }), mode);
}

function openModel(how: { readonly grants: boolean }): () => Promise<Opened> {
  return async () => {
    const store = new ModelStore(hostClock, how);
    return { connect: async () => new ModelDriver(store), end: async () => undefined };
  };
}
