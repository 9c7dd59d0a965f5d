/** Requests with answers over any connection, for Node and browsers. */
export type { Answer, Via } from './requests/pending.ts';
export { RequestError, type RequestOutcome, type Unanswered } from './requests/request-error.ts';
export {
  type RequestConnection,
  type RequestOptions,
  type Requests,
  type RequestsOptions,
  requests,
} from './requests/requests.ts';
