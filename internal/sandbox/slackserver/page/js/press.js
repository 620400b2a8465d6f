// A click is a press and a release on the same element: what is redrawn in between loses it.

let press = null; // while a button or finger is down

addEventListener("pointerdown", () => { press ??= Promise.withResolvers(); }, true);
for (const end of ["pointerup", "pointercancel", "blur"]) {
  // The click comes right after the release, and belongs to the page as it was.
  addEventListener(end, () => setTimeout(() => { press?.resolve(); press = null; }), true);
}

/** released waits until nothing is pressed. */
export const released = () => press?.promise;
