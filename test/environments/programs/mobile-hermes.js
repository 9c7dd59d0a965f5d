/** Before the app, in Hermes without a phone: there are no modules of the platform, and no clock of it. */
globalThis.nativeModuleProxy = {};
globalThis.__turboModuleProxy = () => ({ getConstants: () => ({}) });
globalThis.performance = { now: () => Date.now() };
// Hermes has it since 0.13; the engine that npm has is 0.12.
for (const { prototype } of [Array, String, Object.getPrototypeOf(Uint8Array)]) {
  if (prototype.at !== undefined) continue;
  Object.defineProperty(prototype, 'at', {
    value(index) {
      return this[index < 0 ? this.length + index : index];
    },
  });
}
