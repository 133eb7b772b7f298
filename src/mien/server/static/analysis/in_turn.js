/**
 * Do what a thread's messages ask for, one after the other: a model runs one input at a time.
 * @param actions by `kind` of the message, called with it
 * @param onFailure called with {kind: "failed", message, alone} of a message that could not be obeyed
 */
export function inTurn(actions, onFailure) {
  const obey = async (asked) => {
    try {
      await actions[asked.kind](asked);
    } catch (error) {
      onFailure({ kind: "failed", message: error.message ?? String(error), alone: asked.alone ?? 0 });
    }
  };
  let last = Promise.resolve();
  addEventListener("message", ({ data }) => {
    last = last.then(() => obey(data));
  });
}
