/** holdfast in React Native: the half for browsers, with a supervisor whose WebSockets take headers. */

export * from './browser.ts';
export { createSupervisor } from './presets/react-native.ts';
