/** The client of Redis, as a module that is loaded when it is asked for. */

export { Redis } from 'ioredis';
