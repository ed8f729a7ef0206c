// @ts-check
// The screens of the guide's pictures. To add one: a line here, and `cargo xtask pictures`.

/** @type {import("./photograph.mjs").Screen[]} */
export const SCREENS = [{ name: "front", role: null, path: "/" }];
