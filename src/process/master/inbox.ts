import type { ManageToMaster, MasterToManage } from "../protocol.ts";
import { startingStatus } from "./status.ts";

type Receive = (message: ManageToMaster) => void;

/**
 * Receives what manage says, from the first moment on. Until there is a master who receives it, a question how it is gets
 * the answer that it starts, and the rest waits: the store may take long to open, and this process is well meanwhile.
 *
 * Returns what hands all over to the master.
 */
export function openInbox(queue: string, tell: (message: MasterToManage) => void): (receive: Receive) => void {
  const early: ManageToMaster[] = [];
  let receive: Receive = (message) => {
    if (message.say === "status") tell({ say: "status", ask: message.ask, processes: startingStatus(queue) });
    else early.push(message);
  };
  process.on("message", (message) => receive(message as ManageToMaster));
  return (master) => {
    receive = master;
    for (const message of early) master(message);
  };
}
