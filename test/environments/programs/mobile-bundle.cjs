/** Bundles the app as React Native's template does, with the configuration of `@react-native/metro-config`. */
const Metro = require('metro');
const { getDefaultConfig } = require('@react-native/metro-config');

const platform = ['react-native', '@react-native-community/netinfo'];

async function bundle() {
  const config = await Metro.loadConfig({ cwd: __dirname }, getDefaultConfig(__dirname));
  // The app has no views: it sets up what it needs itself.
  config.serializer.getModulesRunBeforeMainModule = () => [];
  config.resolver.resolveRequest = (context, name, os) =>
    context.resolveRequest(context, platform.includes(name) ? './mobile-platform.mjs' : name, os);
  const out = { out: 'out/app.js', dev: false, minify: false, platform: 'android' };
  await Metro.runBuild(config, { entry: 'mobile-app.mjs', ...out });
}

bundle();
