/** True in builds that carry the phone made of TypeScript. */
declare const __MOCK__: boolean;

declare module '*.css';

/** Packages in the built window by licence (`tools/packages.mjs`). */
declare module 'virtual:packages' {
  const byLicence: Record<string, string[]>;
  export default byLicence;
}
