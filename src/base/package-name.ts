/** Name and version of this package, for recordings and inspectors: a constant, as browsers cannot read `package.json`. */

/** Such as `holdfast 0.1.0`. */
export const packageName = 'holdfast 0.1.0';
