import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { packageName, packageVersion } from '../../src/base/package-name.ts';

test('package name: name and version are those of package.json', () => {
  expect({ packageName, packageVersion }).toEqual({
    packageName: `${manifest.name} ${manifest.version}`,
    packageVersion: manifest.version,
  });
});
