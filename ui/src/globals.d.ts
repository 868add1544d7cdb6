/** True in builds that carry the phone made of TypeScript. */
declare const __MOCK__: boolean;

declare module '*.css';
