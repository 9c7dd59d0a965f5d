/** Name and version of this package: constants, as browsers cannot read `package.json`. A test compares them. */
export const packageVersion = '0.1.0';

/** Such as `holdfast 0.1.0`. */
export const packageName = `holdfast ${packageVersion}`;
