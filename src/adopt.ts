/** Supervises clients of other libraries, which bring their own sockets and parsers. */
export { type AdoptedConnection, type Adopter, type AdoptSpec, adopt } from './adopt/adopt.ts';
export type { Adopting, Adoption, UserAndPassword } from './adopt/adoption.ts';
