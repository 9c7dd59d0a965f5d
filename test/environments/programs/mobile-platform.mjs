/** `AppState` of React Native and NetInfo, in the hands of the test. */
const listeners = { app: new Set(), network: new Set() };

const added = (set, listener) => {
  set.add(listener);
  return () => set.delete(listener);
};

export const platform = {
  app: (state) => {
    for (const listener of listeners.app) listener(state);
  },
  network: (state) => {
    for (const listener of listeners.network) listener(state);
  },
  listeners: () => listeners.app.size + listeners.network.size,
};

export const AppState = {
  addEventListener: (_event, listener) => ({ remove: added(listeners.app, listener) }),
};

// biome-ignore lint/style/noDefaultExport: as the package of NetInfo does
export default {
  addEventListener: (listener) => {
    const remove = added(listeners.network, listener);
    listener({ isConnected: true });
    return remove;
  },
};
